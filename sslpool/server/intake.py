# -*- test-case-name: tests.server.test_relay -*-
"""
The server's end of the handoff: takes sockets from the stack, makes sessions of them, and says when they have been read
from and when they have ended.  Lives in a server process; the hot path.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap
from select import EPOLLIN
from typing import TYPE_CHECKING

from sslpool.sessions.outcome import Outcome
from sslpool.sessions.requested import takeRequested
from sslpool.sessions.session import Kind, Session
from sslpool.sessions.static import kindFor
from sslpool.wire.assignment import PortAssignment
from sslpool.wire.descriptors import receiveDescriptors
from sslpool.wire.offer import DYNAMIC, LONGEST, PEER_HOST, WAKE, Offer, unpackOffer
from sslpool.wire.segment import RETURNED, Region, Shortage, StackWords

if TYPE_CHECKING:
    from sslpool.server.relay import Relay

OFFERS = 32
"""
The most sockets that are taken before other events get their turn again.
"""

EARLY = 5.0
"""
How long a connection may wait until its port is known, in seconds.
"""

SPARE_DESCRIPTORS = 16
SPARE_MEMORY = 4 << 20
"""
How many descriptors must be free for a server that had run out of them to take connections again, and how many octets
for one to take any: its sessions, and what the libraries do, need some.
"""

_DESCRIPTORS = 2
"""
The most descriptors of one message: a connection, and the conversation of the program that asked for it to be secured.
"""


class Intake:
    """
    The server's end of the pair on which the stack hands sockets over.

    @ivar ports: the secure ports by their keys.
    @ivar offered: sockets are waiting to be taken.
    @ivar shortage: what the server has run out of; the stack hands it nothing meanwhile.
    """

    def __init__(self, relay: Relay, handoff: socket.socket, stack: StackWords, region: Region) -> None:
        self._relay = relay
        self._handoff = handoff
        self._stack = stack
        self._region = region
        self._words = region.words
        self._arrived = 0
        self.shortage = Shortage.NONE
        self._failed = False
        self.ports: dict[int, PortAssignment] = {}
        self._kinds: dict[int, Callable[[], Kind]] = {}
        self._early: list[tuple[float, Offer, Sequence[int]]] = []
        self.offered = False

    def setPort(self, port: PortAssignment) -> None:
        """
        Take a secure port, new or changed.
        """
        self.ports[port.key] = port
        self._kinds[port.key] = kindFor(port)
        early, self._early = self._early, []
        for deadline, offer, descriptors in early:
            if offer.port == port.key:
                self._open(offer, descriptors)
            else:
                self._early.append((deadline, offer, descriptors))

    def begin(self) -> None:
        """
        Watch for sockets from now on.
        """
        self._relay.watch(self._handoff.fileno(), 0, EPOLLIN, self.ready)

    def end(self) -> None:
        """
        Watch for sockets no longer.
        """
        self._relay.watch(self._handoff.fileno(), EPOLLIN, 0, self.ready)

    def fail(self) -> None:
        """
        Taking sockets has met a fault: it is tried again with the next L{resume}, and not again and again.
        """
        self.offered = False
        if not self._failed:
            self._failed = True
            self.end()

    def resume(self) -> None:
        """
        Go on after a fault, and with connections whose port is still not known.
        """
        if self._failed:
            self._failed = False
            self.begin()
        while self._early and self._early[0][0] <= self._relay.now:
            _, offer, descriptors = self._early.pop(0)
            _shut(socket.SocketType(fileno=descriptors[0]))
            self._refuse(offer, Outcome.FAULT)
            self._relay.observer.fault(KeyError(f"port {offer.port}"))

    def close(self) -> None:
        """
        Let go of the pair.
        """
        self._handoff.close()

    @property
    def empty(self) -> bool:
        """
        No session is here or on its way from the stack, and no data connection outlives its own.
        """
        return self._region.load <= 0

    def ready(self, events: int) -> None:
        """
        Sockets are waiting.  They are taken when this round is over: an event that it still has for a descriptor which
        was closed meanwhile would otherwise meet a new session that got its number.
        """
        self.offered = True

    def taken(self, slot: int, number: int) -> None:
        """
        Tell the stack that it can let go of its duplicate.
        """
        self._words[Region.SLOTS + slot] = number

    def passed(self) -> None:
        """
        Tell the stack that a connection has completed its handshake, or will not.
        """
        self._words[Region.PASSED] += 1

    def finished(self, number: int) -> None:
        """
        Tell the stack that a connection has ended.
        """
        self._region.finish(number)
        if self._stack.waiting:
            self._wake()

    def _wake(self) -> None:
        # Where the stack has gone, or has been woken often enough, there is nobody to wake.
        with suppress(OSError):
            self._handoff.send(WAKE)

    def carry(self, change: int) -> None:
        """
        Count data connections of FTP, open or expected: they take room that the stack may wait for.

        @param change: how many there are more.
        """
        self._region.data += change
        if change < 0 and self._stack.waiting:
            self._wake()

    @property
    def full(self) -> bool:
        """
        There are as many data connections as there may be.
        """
        return self._region.data >= self._relay.limits.data

    def take(self) -> None:
        """
        Take what is waiting, up to L{OFFERS}.
        """
        self.offered = False
        # The counter says how many are there, so that no read is bound to fail;
        # without any it is the end of the stack.
        words = self._words
        for _ in range(max(1, min(OFFERS, words[Region.SENT] - self._arrived))):
            try:
                message, descriptors = receiveDescriptors(self._handoff, LONGEST, _DESCRIPTORS)
            except BlockingIOError:
                return
            except ConnectionError:
                message = b""
            if not message:
                # The stack has gone; the server hears of it on its control connection.
                self.end()
                return
            self._arrived += 1
            words[Region.ARRIVED] = self._arrived
            offer = unpackOffer(message)
            if words[Region.WITHDRAWN] >= self._arrived:
                self._giveBack(offer, descriptors)
            else:
                self._open(offer, descriptors)

    def _open(self, offer: Offer, descriptors: Sequence[int]) -> None:
        relay = self._relay
        if len(descriptors) < (2 if offer.port == DYNAMIC else 1):
            self.lack(Shortage.DESCRIPTORS)
            self._giveBack(offer, descriptors)
            return
        if offer.port == DYNAMIC:
            self._openRequested(offer, descriptors)
            return
        port = self.ports.get(offer.port)
        if port is None:
            # What the stack says of it is still on its way, on the other connection.
            self._early.append((relay.now + EARLY, offer, descriptors))
            return
        # Family and kind are given so that Python need not ask the kernel for them: ports of IPv6 are for IPv6
        # alone.  What socket.socket adds to its base costs a microsecond and is not used here.
        family = socket.AF_INET if offer.peer.find(b":", PEER_HOST) < 0 else socket.AF_INET6
        client = socket.SocketType(family, socket.SOCK_STREAM, 0, descriptors[0])
        client.setblocking(False)
        try:
            if port.label in relay.labels or not port.label:
                kind = self._kinds[offer.port]()
                relay.sessions[offer.number] = Session(relay, kind, offer.number, offer.slot, port, client, offer.peer)
                return
        except MemoryError:
            self.lack(Shortage.MEMORY)
            with suppress(KeyError, OSError):  # it had not come so far
                relay.watch(client.fileno(), EPOLLIN, 0, self.ready)
            self._giveBack(offer, (client.detach(),))
            return
        except Exception as error:
            _shut(client)
            self._refuse(offer, Outcome.FAULT)
            relay.observer.fault(error)
            return
        _shut(client)
        self._refuse(offer, Outcome.LABEL_MISSING)
        relay.observer.refused(port)

    def _giveBack(self, offer: Offer, descriptors: Sequence[int]) -> None:
        """
        Let another server have a connection from which nothing has been read.
        """
        for descriptor in descriptors:
            os.close(descriptor)
        self.taken(offer.slot, offer.number | RETURNED)
        self._wake()

    def progress(self) -> None:
        """
        Tell the stack that this process gets on.
        """
        self._region.progress += 1

    def lack(self, shortage: Shortage) -> None:
        """
        The server has run out of something: it is to get no connections for now.
        """
        if self.shortage is Shortage.NONE:
            self._relay.observer.exhausted(shortage)
        self.shortage = self._region.shortage = shortage

    def recover(self) -> None:
        """
        See whether what the server had run out of is there again, or memory comes to its end.
        """
        if self.shortage is Shortage.NONE:
            if not enough(Shortage.MEMORY):
                self.lack(Shortage.MEMORY)
        elif enough(self.shortage):
            self.shortage = self._region.shortage = Shortage.NONE
            self._wake()

    def _openRequested(self, offer: Offer, descriptors: Sequence[int]) -> None:
        try:
            outcome = takeRequested(self._relay, offer, descriptors)
        except Exception as error:
            outcome = Outcome.FAULT
            self._relay.observer.fault(error)
        if outcome is not None:
            self._refuse(offer, outcome)

    def _refuse(self, offer: Offer, outcome: Outcome) -> None:
        self.taken(offer.slot, offer.number)
        self.passed()
        self._relay.count(outcome, offer.number)


def _shut(client: socket.SocketType) -> None:
    # The stack holds a duplicate, so closing alone would not end the connection.
    with suppress(OSError):  # the client was faster
        client.shutdown(socket.SHUT_RDWR)
    client.close()


def _isFree(octets: int) -> bool:
    try:
        # Not touched, it costs nothing.
        mmap(-1, octets, flags=MAP_PRIVATE | MAP_ANONYMOUS).close()
    except OSError:
        try:
            # What has been released may be free in this process all the same.
            bytearray(octets)
        except MemoryError:
            return False
    return True


def enough(shortage: Shortage) -> bool:
    """
    Tell whether this process has enough of something that it may have run out of.
    """
    if shortage is Shortage.MEMORY:
        return _isFree(SPARE_MEMORY)
    probes: list[socket.SocketType] = []
    try:
        for _ in range(SPARE_DESCRIPTORS):
            # Not a file: servers open none.
            probes.append(socket.socket(socket.AF_UNIX))
    except OSError:
        return False
    finally:
        for probe in probes:
            probe.close()
    return True
