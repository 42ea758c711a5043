# -*- test-case-name: tests.integration.faults.kill -*-
"""
SSLDCSSM: the agent process, and what a process that it forks becomes.  One of
the two places where the roles meet (the other is L{sslpool.composition}).

The stack starts it as C{python -m sslpool.ssldcssm}, with its end of a C{SOCK_SEQPACKET} pair as descriptor 3, and the
stack's and its own part of the shared segment as descriptors 4 and 5.  Everything that a server needs is imported here,
before the fork, so that a server is Active within milliseconds and shares the memory.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module

from twisted.internet.protocol import Factory
from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogBeginner,
    textFileLogObserver,
)

from sslpool.agent.confinement import confineAgent, confineServer
from sslpool.agent.grants import applyGrants
from sslpool.agent.nursery import Nursery, hearBeginning
from sslpool.agent.segment import mapAgent, mapSeat, mapStack
from sslpool.config.operands import operandsOf
from sslpool.control.serverlink import ServerControl
from sslpool.keydb.accepted import AcceptedKeys
from sslpool.keydb.readablepaths import ReadablePaths, authorities
from sslpool.librarywarnings import hideLibraryWarnings
from sslpool.server.console import Console
from sslpool.server.figures import Figures
from sslpool.server.observer import IRelayObserver
from sslpool.server.reactor import install
from sslpool.server.relay import Relay
from sslpool.server.service import Server
from sslpool.server.surroundings import Surroundings
from sslpool.signals import ignore, release
from sslpool.tls.anchors import RING, AnchorRing
from sslpool.tls.policy import Policy
from sslpool.wire.cachebook import CacheBook
from sslpool.wire.launching import Beginning, Sandbox
from sslpool.wire.segment import KeyFacts, SeatWords, StackWords

PAIR, STACK, AGENT = 3, 4, 5

ORPHANED = 30
"""
How long a server's sessions may go on when the stack has gone without a word, in seconds.
"""


PRELOADED = """
    _colorize _strptime encodings.ascii encodings.idna encodings.latin_1 encodings.punycode encodings.utf_16_be
    encodings.utf_32_be linecache stringprep tokenize traceback unicodedata
"""
"""
What is loaded at its first use otherwise, which may be in a server: that cannot open a module's file any more.  Some
are not there in every release of what they belong to.
"""


FAREWELL = 1.0
"""
How long a server waits at its end for the stack to take its last lines, in seconds.
"""


def main() -> None:
    """
    Be the agent until the stack has gone.
    """
    ignore()
    release()
    hideLibraryWarnings()
    for name in PRELOADED.split():
        with suppress(ImportError, AttributeError):
            import_module(name)
    # A Ctrl-C in the stack's terminal is the stack's business.
    os.setsid()
    pair = socket.socket(fileno=PAIR)
    beginning = hearBeginning(pair)
    if beginning is None:
        return
    policy = Policy.of(beginning.parameters)
    stack, agent = mapStack(STACK), mapAgent(AGENT)
    os.close(STACK)
    os.close(AGENT)
    lacking = confineAgent() if beginning.sandbox else []
    now = time.monotonic()
    anchors = AnchorRing(policy, now, RING, stack)
    anchors.rehearse(now)
    ring = secrets.randbits(63) | 1
    agent.keys = KeyFacts(ring, int(now * 1000), int(anchors.period), RING, anchors.base)

    def serverMain(handoff: socket.socket, control: socket.socket, seated: int, accepted: int | None) -> None:
        parameters = beginning.parameters
        seat = mapSeat(seated, beginning.slots)
        os.close(seated)
        book = CacheBook(seat.books, parameters.cacheLife, parameters.cacheCleanup, ring, time.monotonic())
        serve(stack, seat, anchors, book, policy, beginning, lacking, handoff, control, AcceptedKeys(accepted))

    def turn() -> None:
        # Keys that are not needed any more go.
        anchors.current(time.monotonic())
        agent.progress += 1

    Nursery(pair, serverMain, turn, lacking).run()


def serve(
    stack: StackWords,
    seat: SeatWords,
    anchors: AnchorRing,
    book: CacheBook,
    policy: Policy,
    beginning: Beginning,
    lacking: Sequence[str],
    handoff: socket.socket,
    control: socket.socket,
    accepted: AcceptedKeys,
) -> None:
    """
    Be a server until it is to end.

    @param lacking: what the agent could not give up; the stack has said so.
    """
    ungranted = applyGrants(beginning.machine)
    figures = Figures()
    readable, unconfined = _confine(beginning.sandbox)
    unsaid = [each for each in unconfined if each not in lacking]
    reactor = install()
    _logToStack()
    handoff.setblocking(False)
    control.setblocking(False)

    def makeRelay(observer: IRelayObserver) -> Relay:
        return Relay(handoff, stack, seat.region, anchors, book, observer)

    protocol = ServerControl()
    console = Console(reactor, time.time, protocol.writeConsole)

    def end() -> None:
        """
        End, as soon as the last lines of the console have arrived.
        """
        arriving = console.flush()
        if arriving is None:
            reactor.stop()
        else:
            arriving.addTimeout(FAREWELL, reactor).addBoth(lambda _: reactor.stop())

    server = Server(
        makeRelay,
        policy,
        reactor,
        protocol.report,
        end,
        Surroundings(ungranted, unsaid, readable.left, figures, operandsOf(beginning.parameters)),
        console=console,
        libraryMask=beginning.parameters.gskTrace,
        writeKey=protocol.writeKey,
        accepted=accepted,
    )
    protocol.wire(server, partial(server.quiesce, ORPHANED))
    reactor.adoptStreamConnection(control.fileno(), socket.AF_UNIX, Factory.forProtocol(lambda: protocol))
    control.close()
    reactor.serve(server.relay)
    server.startService()
    reactor.run(installSignalHandlers=False)
    server.stopService()


def _confine(sandbox: Sandbox | None) -> tuple[ReadablePaths, list[str]]:
    """
    Give up what a server does not need; return what it can read, and what the system does not let it give up.
    """
    if sandbox is None:
        return ReadablePaths(""), []
    readable = ReadablePaths(sandbox.keyFile)
    return readable, confineServer([*readable.directories, *authorities(os.environ)])


def _logToStack() -> None:
    """
    What goes wrong unforeseen is written to the standard error output, which
    the stack reads and logs; everything foreseen goes over the control connection.
    """
    observer = FilteringLogObserver(textFileLogObserver(sys.stderr), [LogLevelFilterPredicate(LogLevel.error)])
    globalLogBeginner.beginLoggingTo([observer], discardBuffer=True, redirectStandardIO=False)


if __name__ == "__main__":
    main()
