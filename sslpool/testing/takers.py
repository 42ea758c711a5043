# -*- test-case-name: tests.stack.test_handoff -*-
"""
The server's end of the handoff, without TLS: takes sockets, says in the shared
segment that it has read from them, and ends sessions.
"""

from __future__ import annotations

import socket
from array import array
from contextlib import suppress

from attrs import define, field

from sslpool.pool.offer import LONGEST, WAKE, Offer, unpackOffer
from sslpool.pool.segment import Region, Segment


@define(eq=False)
class Taker:
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
                message, ancillary, _, _ = self.pair.recvmsg(LONGEST, socket.CMSG_SPACE(4))
            except BlockingIOError:
                return taken
            if not message:
                return taken
            offer = unpackOffer(message)
            [(_, _, rights)] = ancillary
            self.offers[offer.number] = offer
            self.sockets[offer.number] = socket.socket(fileno=array("i", rights)[0])
            taken.append(offer)

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
        self.region.words[Region.FINISHED] += 1
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
