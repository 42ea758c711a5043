# -*- test-case-name: tests.agent.test_nursery -*-
"""
The nursery: the agent's loop, which forks servers when the stack asks and says what became of them.  Lives in the agent
process, which has no reactor: a reactor could not be inherited by its children.
"""

from __future__ import annotations

import errno
import gc
import os
import select
import signal
import socket
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import cast

from sslpool.pool.exits import exitReason
from sslpool.wire.datagrams import receiveRecord, sendRecord
from sslpool.wire.launching import Beginning, Ended, Launch, Launched, Ready
from sslpool.wire.segment import BEAT

NEEDED = 3
"""
How many descriptors a server needs: its ends of handoff and control, and its seat.
"""

ServerMain = Callable[[socket.socket, socket.socket, int, int | None], None]
"""
What a forked process does: given its ends of handoff and control, the descriptor of its seat, and
that of the accepted key files where there are some, it returns when the server is to end.
"""


def hearBeginning(pair: socket.socket) -> Beginning | None:
    """
    Return what the stack says first; C{None} where it has gone, or is of another build, which it is let know.
    """
    try:
        received = receiveRecord(pair, Beginning)
    except ValueError:
        with suppress(OSError):  # it may have gone meanwhile
            sendRecord(pair, Ready())
        return None
    return None if received is None else cast(Beginning, received[0])


class Nursery:
    """
    Forks servers and reaps them.

    @param pair: the agent's end of the pair that it shares with the stack.
    @param serverMain: what a forked process does.
    @param turn: called with each turn of the loop: at least every L{BEAT} seconds, and before a server is forked.
    @param lacking: as of L{Ready}.
    """

    def __init__(
        self,
        pair: socket.socket,
        serverMain: ServerMain,
        turn: Callable[[], object] = lambda: None,
        lacking: Sequence[str] = (),
    ) -> None:
        self._pair = pair
        self._serverMain = serverMain
        self._turn = turn
        self._lacking = tuple(lacking)
        self._launches: dict[int, int] = {}

    def run(self) -> None:
        """
        Work until the stack has gone.  Servers outlive that: they notice it
        themselves, and end when their sessions have.
        """
        wakeup, awaken = socket.socketpair()
        wakeup.setblocking(False)
        awaken.setblocking(False)
        signal.set_wakeup_fd(awaken.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        # What has been loaded so far stays shared with the servers: a collection
        # would write to it, and so copy it.
        gc.collect()
        gc.freeze()
        poll = select.poll()
        poll.register(self._pair, select.POLLIN)
        poll.register(wakeup, select.POLLIN)
        self._tell(Ready(self._lacking))
        while True:
            occurred = poll.poll(BEAT * 1000)
            self._turn()
            for descriptor, _ in occurred:
                if descriptor == wakeup.fileno():
                    _empty(wakeup)
                    self._reap()
                elif not self._obey(wakeup, awaken):
                    return

    def _obey(self, *mine: socket.socket) -> bool:
        try:
            received = receiveRecord(self._pair, Launch)
        except ConnectionError:
            return False  # the stack has gone without reading what we had said
        if received is None:
            return False
        launch, descriptors = received
        try:
            self._launch(launch, descriptors, mine)
        except OSError as error:
            self._tell(Ended(launch.number, f"its process could not be created: {error.strerror}"))
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        return True

    def _launch(self, launch: Launch, descriptors: list[int], mine: tuple[socket.socket, ...]) -> None:
        if len(descriptors) < NEEDED:
            # Without descriptors to receive them in, the system drops them.
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        pid = os.fork()
        if pid == 0:
            self._become(descriptors, mine)
        self._launches[pid] = launch.number
        self._tell(Launched(launch.number, pid))

    def _become(self, descriptors: list[int], agents: tuple[socket.socket, ...]) -> None:
        """
        Be the server, and never return.
        """
        status = os.EX_SOFTWARE
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for each in (self._pair, *agents):
                each.close()
            handoff, control = (socket.socket(fileno=descriptor) for descriptor in descriptors[:2])
            self._serverMain(handoff, control, descriptors[2], next(iter(descriptors[NEEDED:]), None))
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            # Not sys.exit: the agent's own clean-up is not the server's.
            os._exit(status)

    def _reap(self) -> None:
        for pid in list(self._launches):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self._tell(Ended(self._launches.pop(pid), exitReason(status)))

    def _tell(self, record: object) -> None:
        with suppress(OSError):  # the stack has gone; the loop notices
            sendRecord(self._pair, record)


def _empty(wakeup: socket.socket) -> None:
    with suppress(BlockingIOError):
        while wakeup.recv(512):
            pass
