# -*- test-case-name: tests.stack.front.test_handoff -*-
"""
The way on which accepted sockets go to one process of a member.  Lives in the
stack process; one object for each seat of the segment.

The stack keeps its own duplicate of a socket until the server has written the connection's number into its slot of the
shared segment, which it does when it has read the first octets.  Should the process end before, hang, or give the
connection back, it goes to another member, and its client notices nothing.

A process that hangs may go on at any moment.  So the stack says first up to which offer it takes none any more, and
looks some time later how many have been received: what has not been received by then never will be.
"""

from __future__ import annotations

import errno
import socket
import sys
from array import array
from collections.abc import Callable, Iterable, Sequence
from fcntl import ioctl
from termios import FIONREAD

from twisted.internet.interfaces import IReactorFDSet, IReadWriteDescriptor
from zope.interface import implementer

from sslpool.interfaces import Arrival, IHandoff
from sslpool.pool.peers import Ledger, Peer
from sslpool.pool.tally import Tally
from sslpool.readers import Reader
from sslpool.wire.offer import packOffer
from sslpool.wire.segment import RETURNED, Region, Shortage

_BYTES_RECEIVED = 128
"""
Where C{tcpi_bytes_received} stands in C{struct tcp_info} (linux/tcp.h).
"""


_SHORTAGES = {errno.ENOBUFS, errno.ENOMEM, errno.ETOOMANYREFS}
_CLOSED = {errno.EAGAIN, errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN}
"""
Why a pair takes nothing: the system is short of something; or it is full, or
its process is ending, which is heard elsewhere.
"""


@implementer(IHandoff, IReadWriteDescriptor)
class Handoff(Reader):
    """
    The stack's end of the pair that it shares with one server process.

    @param reactor: watches the pair for the server's wake-ups.
    @param region: the counters of the process.
    @param woken: called when something more may be handed over, with the connections that the server has given back.
    """

    def __init__(self, reactor: IReactorFDSet, region: Tally, woken: Callable[[Sequence[Arrival]], None]) -> None:
        self._reactor = reactor
        self._region = region
        self._woken = woken
        self._ledger = Ledger(region)
        self._pair: socket.socket | None = None
        self._held: dict[int, tuple[int, Arrival]] = {}
        self._free: list[int] = []
        self._returned: list[Arrival] = []
        self._full = self._short = False

    def begin(self, pair: socket.socket) -> None:
        pair.setblocking(False)
        self.watched = self._pair = pair
        self._full = self._short = False
        self._free = list(range(self._region.slots))
        self._ledger.begin()
        self._reactor.addReader(self)

    def end(self) -> list[Arrival]:
        returned = self.release()
        # As the others that it returns, they are still counted.
        self._region.handed += len(returned)
        orphans = returned + [arrival for _, arrival in self._held.values()]
        orphans.sort(key=lambda arrival: arrival.number)
        self._held.clear()
        # A process may have been killed between reading and saying so: nobody else could go on with these.
        for lost in [arrival for arrival in orphans if wasRead(arrival.client, arrival.read)]:
            orphans.remove(lost)
            lost.close()
        if self._pair is not None:
            self._reactor.removeReader(self)
            self._reactor.removeWriter(self)
            self._pair.close()
            self._pair = None
        for arrival in orphans:
            self._back(arrival)
        self._ledger.end()
        return orphans

    @property
    def holding(self) -> bool:
        """
        Whether there are duplicates that the server has not yet read from.
        """
        return bool(self._held)

    @property
    def untaken(self) -> int:
        """
        How many connections others would get if the process ended now; its region counts them.
        """
        taken = self._region.taken
        return sum(
            taken(slot) != arrival.number and not wasRead(arrival.client, arrival.read)
            for slot, (_, arrival) in self._held.items()
        )

    @property
    def refuses(self) -> bool:
        """
        Whether nothing can be handed over at the moment.
        """
        return self._full or self._short or not self._free or self._region.shortage is not Shortage.NONE

    @property
    def stuck(self) -> int | None:
        """
        How many offers the server has received, where others wait for it; otherwise C{None}.
        """
        arrived = self._region.words[Region.ARRIVED]
        return arrived if arrived < self._region.sent else None

    def hand(self, arrival: Arrival) -> bool:
        region = self._region
        if not self._free:
            self._returned += self.release()
        pair = self._pair
        if pair is None or not self._free or region.words[Region.SHORTAGE]:
            return False
        self._ledger.heed()
        slot = self._free.pop()
        message = packOffer(arrival.number, slot, arrival.port, arrival.host, arrival.hostPort, arrival.order)
        rights = array("i", (arrival.client.fileno(),))
        if arrival.conversation is not None:
            rights.append(arrival.conversation.fileno())
        # Counted before it is sent: the server looks at the counters when it gets it.
        order = region.offer(1)
        try:
            pair.sendmsg((message,), ((socket.SOL_SOCKET, socket.SCM_RIGHTS, rights),))
        except OSError as error:
            region.offer(-1)
            self._free.append(slot)
            if error.errno in _SHORTAGES:
                self._short = True  # nothing tells when it is over: it is tried again at the next release
            elif error.errno in _CLOSED:
                self._full = True
                if error.errno == errno.EAGAIN:
                    self._reactor.addWriter(self)
            else:
                raise
            return False
        self._held[slot] = order, arrival
        if arrival.peer is not None:
            self._ledger.handed(arrival.number, arrival.peer)
        return True

    def settle(self) -> None:
        self._ledger.settle()

    def watch(self) -> None:
        self._ledger.watch()

    def adopt(self, found: Iterable[tuple[int, Peer | None]]) -> None:
        self._ledger.adopt(found)

    def _back(self, arrival: Arrival) -> None:
        """
        A connection goes elsewhere, and takes along that it is counted: perhaps only since L{adopt}.
        """
        arrival.peer = self._ledger.back(arrival.number) or arrival.peer

    def release(self) -> list[Arrival]:
        taken = self._region.taken
        returned, self._returned = self._returned, []
        for slot, (_, arrival) in list(self._held.items()):
            said = taken(slot)
            if said == arrival.number:
                arrival.close()
            elif said == arrival.number | RETURNED:
                returned.append(arrival)
                self._back(arrival)
                self._region.handed -= 1
            else:
                continue
            del self._held[slot]
            self._free.append(slot)
        self._short = False
        return returned

    def withdraw(self) -> None:
        self._region.withdrawn = self._region.sent

    def withdrawn(self) -> list[Arrival]:
        received, limit = self._region.words[Region.ARRIVED], self._region.withdrawn
        found = [(slot, arrival) for slot, (order, arrival) in self._held.items() if received < order <= limit]
        for slot, arrival in found:
            del self._held[slot]
            self._free.append(slot)
            self._back(arrival)
            self._region.handed -= 1
        return sorted((arrival for _, arrival in found), key=lambda arrival: arrival.number)

    def doRead(self) -> None:
        """
        The server has ended a session while the stack was waiting for room, or has given a connection back.
        """
        assert self._pair is not None
        try:
            woken = self._pair.recv(1)
        except BlockingIOError:
            return
        except ConnectionError:
            woken = b""
        if woken:
            self._woken(self.release())
        else:
            # Its process ends as well, and that is when it counts.
            self._reactor.removeReader(self)

    def doWrite(self) -> None:
        """
        The server has taken something: the pair has room again.
        """
        self._reactor.removeWriter(self)
        self._full = False
        self._woken(self.release())


def wasRead(client: socket.SocketType, before: int = 0) -> bool:
    """
    Tell whether somebody has read from a TCP socket.

    @param before: what L{octetsRead} was when nobody should have.
    """
    # The end of the stream counts as one octet that nobody reads.
    return octetsRead(client) > before + 1


def octetsRead(client: socket.SocketType) -> int:
    """
    Return how many octets have been read from a TCP socket: the kernel knows how much
    has come (C{tcpi_bytes_received}, tcp(7)) and how much is still there.
    """
    try:
        information = client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_RECEIVED + 8)
        waiting = int.from_bytes(ioctl(client, FIONREAD, bytes(4)), sys.byteorder)
    except OSError:
        return 0  # it has no TCP, or no connection any more
    if len(information) < _BYTES_RECEIVED + 8:
        return 0  # an old kernel does not say
    return int.from_bytes(information[_BYTES_RECEIVED : _BYTES_RECEIVED + 8], sys.byteorder) - waiting
