"""
The server's end of the handoff, without TLS: takes sockets, says in the shared
segment that it has read from them, and ends sessions.
"""

from __future__ import annotations

import socket
from contextlib import suppress

from attrs import define, field

from sslpool.wire.descriptors import receiveDescriptors
from sslpool.wire.offer import LONGEST, WAKE, Offer, unpackOffer
from sslpool.wire.segment import RETURNED, Region, Segment


@define(eq=False)
class ServerStub:
    """
    What a server does with its handoff and its counters.

    @ivar pair: the server's end.
    @ivar segment: the whole segment.
    @ivar region: the server's counters.
    @ivar offers: the sessions that have not ended, by connection number.
    @ivar sockets: their sockets.
    """

    pair: socket.socket
    segment: Segment
    region: Region
    arrived: int = 0
    offers: dict[int, Offer] = field(factory=dict)
    sockets: dict[int, socket.socket] = field(factory=dict)

    def take(self) -> list[Offer]:
        """
        Take every socket that is there.
        """
        taken: list[Offer] = []
        self.pair.setblocking(False)
        while True:
            try:
                message, descriptors = receiveDescriptors(self.pair, LONGEST, 1)
            except BlockingIOError:
                return taken
            if not message:
                return taken
            offer = unpackOffer(message)
            [descriptor] = descriptors
            self.offers[offer.number] = offer
            self.sockets[offer.number] = socket.socket(fileno=descriptor)
            self.arrived += 1
            self.region.words[Region.ARRIVED] = self.arrived
            if self.region.words[Region.WITHDRAWN] >= self.arrived:
                self.giveBack(offer.number)
            else:
                taken.append(offer)

    def giveBack(self, number: int) -> None:
        """
        Let another server have a connection.
        """
        self.region.words[Region.SLOTS + self.offers.pop(number).slot] = number | RETURNED
        self.sockets.pop(number).close()
        with suppress(OSError):
            self.pair.send(WAKE)

    def read(self, number: int) -> None:
        """
        Say that the connection's first octets have been read.
        """
        self.region.words[Region.SLOTS + self.offers[number].slot] = number

    def finish(self, number: int) -> None:
        """
        End a session.
        """
        self.read(number)
        del self.offers[number]
        self.sockets.pop(number).close()
        self.region.words[Region.PASSED] += 1
        self.region.finish(number)
        if self.segment.waiting:
            with suppress(OSError):
                self.pair.send(WAKE)

    def close(self) -> None:
        """
        Let go of everything, as the end of the process does.
        """
        self.offers.clear()
        while self.sockets:
            self.sockets.popitem()[1].close()
        self.pair.close()
