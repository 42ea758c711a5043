# -*- test-case-name: tests.stack.test_handoff -*-
"""
The way on which accepted sockets go to one member's process.  Lives in the
stack process; one object for each member.

The stack keeps its own duplicate of a socket until the server has written the
connection's number into its slot of the shared segment, which it does when it
has read the first octets.  Should the process end before, the connection goes
to another member, and its client notices nothing.
"""

from __future__ import annotations

import socket
import sys
from array import array
from collections.abc import Callable
from fcntl import ioctl
from termios import FIONREAD

from twisted.internet.interfaces import IReactorFDSet, IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from sslpool.interfaces import Arrival, IHandoff
from sslpool.pool.offer import packOffer
from sslpool.pool.segment import Region

_BYTES_RECEIVED = 128
"""
Where C{tcpi_bytes_received} stands in C{struct tcp_info} (linux/tcp.h).
"""


@implementer(IHandoff, IReadDescriptor)
class Handoff:
    """
    The stack's end of the pair that it shares with one server process.

    @param reactor: watches the pair for the server's wake-ups.
    @param region: the member's counters.
    @param woken: called when the server says that a session has ended.
    """

    def __init__(self, reactor: IReactorFDSet, region: Region, woken: Callable[[], None]) -> None:
        self._reactor = reactor
        self._region = region
        self._woken = woken
        self._pair: socket.socket | None = None
        self._held: dict[int, Arrival] = {}
        self._free: list[int] = []

    def begin(self, pair: socket.socket) -> None:
        """
        See L{IHandoff.begin}.
        """
        pair.setblocking(False)
        self._pair = pair
        self._free = list(range(self._region.slots))
        self._reactor.addReader(self)

    def end(self) -> list[Arrival]:
        """
        See L{IHandoff.end}.
        """
        self.release()
        orphans = sorted(self._held.values(), key=lambda arrival: arrival.number)
        self._held.clear()
        # A process may have been killed between reading and saying so: nobody else could go on with these.
        for lost in [arrival for arrival in orphans if wasRead(arrival.client)]:
            orphans.remove(lost)
            lost.close()
        if self._pair is not None:
            self._reactor.removeReader(self)
            self._pair.close()
            self._pair = None
        return orphans

    @property
    def holding(self) -> bool:
        """
        There are duplicates that the server has not yet read from.
        """
        return bool(self._held)

    def hand(self, arrival: Arrival) -> bool:
        """
        Send a connection; C{False} where that is not possible at the moment.

        The caller has made sure that the member has room.
        """
        if not self._free:
            self.release()
        pair = self._pair
        if pair is None or not self._free:
            return False
        slot = self._free.pop()
        message = packOffer(arrival.number, slot, arrival.port, arrival.host, arrival.hostPort, arrival.order)
        rights = array("i", (arrival.client.fileno(),))
        if arrival.conversation is not None:
            rights.append(arrival.conversation.fileno())
        # Counted before it is sent: the server looks at the counter when it gets it.
        self._region.handed += 1
        try:
            pair.sendmsg((message,), ((socket.SOL_SOCKET, socket.SCM_RIGHTS, rights),))
        except OSError:
            # Its buffer is full, or its process is ending, which is heard elsewhere.
            self._region.handed -= 1
            self._free.append(slot)
            return False
        self._held[slot] = arrival
        return True

    def release(self) -> None:
        """
        Let go of the duplicates that the server has read from.
        """
        taken = self._region.taken
        done = [slot for slot, arrival in self._held.items() if taken(slot) == arrival.number]
        for slot in done:
            self._held.pop(slot).close()
            self._free.append(slot)

    # IReadDescriptor

    def fileno(self) -> int:
        """
        The descriptor to watch.
        """
        return -1 if self._pair is None else self._pair.fileno()

    def doRead(self) -> None:
        """
        The server has ended a session while the stack was waiting for room.
        """
        assert self._pair is not None
        try:
            woken = self._pair.recv(1)
        except BlockingIOError:
            return
        except ConnectionError:
            woken = b""
        if woken:
            self._woken()
        else:
            # Its process ends as well, and that is when it counts.
            self._reactor.removeReader(self)

    def connectionLost(self, reason: Failure) -> None:
        """
        The reactor has lost the descriptor.
        """

    def logPrefix(self) -> str:
        """
        How the reactor calls this reader.
        """
        return "handoff"


def wasRead(client: socket.socket) -> bool:
    """
    Tell whether somebody has read from a TCP socket: the kernel knows how much
    has come (C{tcpi_bytes_received}, tcp(7)) and how much is still there.
    """
    try:
        information = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_RECEIVED + 8)
        waiting = int.from_bytes(ioctl(client, FIONREAD, bytes(4)), sys.byteorder)
    except OSError:
        return False  # it has no TCP, or no connection any more
    if len(information) < _BYTES_RECEIVED + 8:
        return False  # an old kernel does not say
    received = int.from_bytes(information[_BYTES_RECEIVED : _BYTES_RECEIVED + 8], sys.byteorder)
    # The end of the stream counts as one octet that nobody reads.
    return received > waiting + 1
