# -*- test-case-name: tests.live.test_kill -*-
"""
SSLDCSSM: the agent process, and what a process that it forks becomes.  One of
the two places where the roles meet (the other is L{sslpool.tap}).

The stack starts it as C{python -m sslpool.ssldcssm}, with its end of a
C{SOCK_SEQPACKET} pair as descriptor 3, and the stack's and its own part of the shared
segment as descriptors 4 and 5.
Everything that a server needs is imported here, before the fork, so that a
server is Active within milliseconds and shares the memory.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
import time

from twisted.internet.epollreactor import EPollReactor
from twisted.internet.main import installReactor
from twisted.internet.protocol import Factory
from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogBeginner,
    textFileLogObserver,
)

from sslpool.agent.grants import applyGrants
from sslpool.agent.nursery import Nursery
from sslpool.agent.segment import mapAgent, mapSeat, mapStack
from sslpool.clocks import countMonotonic
from sslpool.control.links import ServerControl
from sslpool.datagrams import receiveRecord
from sslpool.keydb.accepted import AcceptedKeys
from sslpool.pool.cachebook import CacheBook
from sslpool.pool.launching import Beginning
from sslpool.pool.segment import KeyFacts, SeatWords, StackWords
from sslpool.server.console import Console
from sslpool.server.observer import IRelayObserver
from sslpool.server.relay import Relay
from sslpool.server.service import Server
from sslpool.signals import ignore, release
from sslpool.tls.anchors import RING, AnchorRing
from sslpool.tls.policy import Policy

PAIR, STACK, AGENT = 3, 4, 5

ORPHANED = 30
"""
How long a server's sessions may go on when the stack has gone without a word, in seconds.
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
    # A Ctrl-C in the stack's terminal is the stack's business.
    os.setsid()
    pair = socket.socket(fileno=PAIR)
    received = receiveRecord(pair, Beginning)
    if received is None:
        return
    beginning: Beginning = received[0]
    policy = Policy.of(beginning.parameters)
    stack, agent = mapStack(STACK), mapAgent(AGENT)
    os.close(STACK)
    os.close(AGENT)
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
        serve(stack, seat, anchors, book, policy, beginning, handoff, control, AcceptedKeys(accepted))

    def turn() -> None:
        # Keys that are not needed any more go.
        anchors.current(time.monotonic())
        agent.progress += 1

    Nursery(pair, serverMain, turn).run()


def serve(
    stack: StackWords,
    seat: SeatWords,
    anchors: AnchorRing,
    book: CacheBook,
    policy: Policy,
    beginning: Beginning,
    handoff: socket.socket,
    control: socket.socket,
    accepted: AcceptedKeys,
) -> None:
    """
    Be a server until it is to end.
    """
    ungranted = applyGrants(beginning.machine)
    reactor = EPollReactor()
    installReactor(reactor)
    countMonotonic(reactor)
    _logToStack()
    handoff.setblocking(False)
    control.setblocking(False)

    def makeRelay(observer: IRelayObserver) -> Relay:
        return Relay(handoff, stack, seat.region, anchors, book, observer)

    def end() -> None:
        """
        End, as soon as the last lines of the console have arrived.
        """
        arriving = console.flush()
        if arriving is None:
            reactor.stop()
        else:
            arriving.addTimeout(FAREWELL, reactor).addBoth(lambda _: reactor.stop())

    console = Console(reactor, time.time, lambda *lines: protocol.writeConsole(server.userid, *lines))
    server = Server(
        makeRelay,
        policy,
        reactor,
        lambda *message: protocol.report(*message),
        end,
        ungranted,
        console=console,
        libraryMask=beginning.parameters.gskTrace,
        writeKey=lambda line: protocol.writeKey(line),
        accepted=accepted,
    )
    protocol = ServerControl(server, lambda: server.quiesce(ORPHANED))
    reactor.adoptStreamConnection(control.fileno(), socket.AF_UNIX, Factory.forProtocol(lambda: protocol))
    control.close()
    reactor.addReader(server.relay)
    server.startService()
    reactor.run(installSignalHandlers=False)
    server.stopService()


def _logToStack() -> None:
    """
    What goes wrong unforeseen is written to the standard error output, which
    the stack reads and logs; everything foreseen goes over the control connection.
    """
    observer = FilteringLogObserver(textFileLogObserver(sys.stderr), [LogLevelFilterPredicate(LogLevel.error)])
    globalLogBeginner.beginLoggingTo([observer], discardBuffer=True, redirectStandardIO=False)


if __name__ == "__main__":
    main()
