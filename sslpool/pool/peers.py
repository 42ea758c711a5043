# -*- test-case-name: tests.pool.test_peers -*-
"""
How many connections each address has, and how fast it makes new ones.  Pure; used in the stack process.

A server says in the shared segment which connections have ended (L{sslpool.wire.segment.Region.finish}), and the stack
reads that when it has to know: no message is needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address

from sslpool.config.networks import addressOf
from sslpool.wire.segment import Region

PEERS = 32768
"""
How many addresses are known at once.  Those with connections are not forgotten; of the others
those that have been without for longest.
"""

_LINK_LOCAL = "fe80:"
_PREFIX = 64


class Bucket:
    """
    How often something may happen: tokens come with time, and each time takes one.  A bucket
    holds those of one second, so that is the burst.

    @ivar tokens: how many there are; C{None} is as many as it holds.
    @ivar filled: when they were counted, by the clock of whoever asks, in seconds.
    """

    __slots__ = ("filled", "tokens")

    def __init__(self) -> None:
        self.tokens: float | None = None
        self.filled = 0.0

    def level(self, rate: int, now: float) -> float:
        """
        Return how many tokens there are.

        @param rate: how many come in a second.
        """
        if self.tokens is None:
            tokens = float(rate)
        else:
            tokens = min(float(rate), self.tokens + max(0.0, now - self.filled) * rate)
        self.tokens, self.filled = tokens, now
        return tokens

    def take(self, rate: int, now: float) -> bool:
        """
        Take a token; C{False} where there is none.
        """
        tokens = self.level(rate, now)
        if tokens < 1:
            return False
        self.tokens = tokens - 1
        return True


class Peer(Bucket):
    """
    An address, or what counts as one.

    @ivar key: the address as L{keyOf} has it.
    @ivar count: how many connections it has.
    """

    __slots__ = ("_peers", "count", "key")

    def __init__(self, peers: Peers, key: str) -> None:
        super().__init__()
        self._peers = peers
        self.key = key
        self.count = 0

    def join(self) -> None:
        """
        It has one more connection.
        """
        if not self.count:
            self._peers.idle.pop(self.key, None)
        self.count += 1

    def leave(self) -> None:
        """
        One of its connections has ended.
        """
        self.count -= 1
        if not self.count:
            self._peers.idle[self.key] = self


class Peers:
    """
    The table of addresses, of a fixed size.  Its keys are strings, whose hash nobody outside this process can foresee.

    @ivar idle: those without connections, by their keys, the one that has been so for longest
        first: their places can be had.
    """

    def __init__(self, size: int = PEERS) -> None:
        self._size = size
        self._known: dict[str, Peer] = {}
        self.idle: dict[str, Peer] = {}

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: str) -> Peer | None:
        """
        Return an address that is known.
        """
        return self._known.get(key)

    def add(self, key: str) -> Peer | None:
        """
        Return an address that is not known yet; C{None} where every place is that of an address with connections.
        """
        if len(self._known) >= self._size:
            if not self.idle:
                return None
            oldest = next(iter(self.idle))
            del self._known[oldest], self.idle[oldest]
        peer = self._known[key] = self.idle[key] = Peer(self, key)
        return peer


class Ledger:
    """
    Which counted connections a process has.

    @param region: its counters.
    """

    def __init__(self, region: Region) -> None:
        self._region = region
        self._peers: dict[int, Peer] = {}
        self._gone: set[int] | None = None
        self._watches = 0
        self._seen = 0

    def begin(self) -> None:
        """
        Another process has the region, which is clear.
        """
        self._seen, self._gone, self._watches = 0, None, 0

    def heed(self) -> None:
        """
        One more connection is to be handed to the process: settle before what it has said of
        those that ended can be overwritten.
        """
        if (self._peers or self._gone is not None) and self._region.handed - self._seen >= self._region.slots:
            self.settle()

    def handed(self, number: int, peer: Peer) -> None:
        """
        A connection has been handed to the process.
        """
        self._peers[number] = peer

    def back(self, number: int) -> Peer | None:
        """
        A connection has not become the process's: it is still counted, and goes elsewhere.

        @return: the address that it is counted for; C{None} where the process has none to count with this number.
        """
        return self._peers.pop(number, None)

    def settle(self) -> None:
        """
        Count no longer what has ended.
        """
        finished = self._region.finished
        if (self._peers or self._gone is not None) and finished != self._seen:
            ended = self._region.ended(self._seen, finished)
            for number in ended:
                if (peer := self._peers.pop(number, None)) is not None:
                    peer.leave()
            if self._gone is not None:
                self._gone.update(ended)
        self._seen = finished

    def watch(self) -> None:
        """
        Keep in mind what ends, until L{adopt}: the process is asked what it has.  It can be asked again
        before it has answered: the first answer must not bring back what has ended since.
        """
        self.settle()
        self._watches += 1
        if self._gone is None:
            self._gone = set()

    def adopt(self, found: Iterable[tuple[int, Peer | None]]) -> None:
        """
        Count what was handed over while nobody did, as far as it has not ended since L{watch}.
        Where the process has, there is nothing to count.
        """
        self.settle()
        gone = self._gone
        if gone is None:
            return
        self._watches -= 1
        if not self._watches:
            self._gone = None
        for number, peer in found:
            if peer is not None and number not in self._peers and number not in gone:
                peer.join()
                self._peers[number] = peer

    def end(self) -> None:
        """
        The process has ended, and with it whatever it had.
        """
        peers, self._peers, self._gone, self._watches = self._peers, {}, None, 0
        for peer in peers.values():
            peer.leave()


def keyOf(host: str) -> str:
    """
    Return what counts as one address: an address of IPv4, a network of 64 bits of IPv6, since
    that is the least that a host is given (RFC 6177 section 2); of link-local ones each, as all
    of a link have the same 64 bits.  One of IPv4 that is mapped to IPv6 is one of IPv4.

    @param host: numeric, as the system has it.
    """
    if ":" not in host or host.startswith(_LINK_LOCAL):
        return host
    version, number = addressOf(host)
    return str(IPv4Address(number)) if version == 4 else f"{number >> _PREFIX:x}::"
