# -*- test-case-name: tests.stack.front.test_admission -*-
"""
Who is let in: the lists of ports, and the limits of single addresses and of all together.  Lives in the stack process,
and is asked for each connection that it accepts while anything of this is set.

A connection that is refused is reset, before anything is read from it: nothing of it is left
here, neither memory nor an address pair that has to be waited for.
"""

from __future__ import annotations

import socket
import struct
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

from attrs import Factory, define, field, frozen
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from zope.interface import implementer

from sslpool.config.configuration import Configuration
from sslpool.config.limits import Limits
from sslpool.config.networks import Networks, addressOf
from sslpool.interfaces import Arrival, IReconfigurable, IRouter, Preparation
from sslpool.messages import Said, said
from sslpool.messages.announce import announce
from sslpool.pool.peers import PEERS, Bucket, Peer, Peers, keyOf
from sslpool.throttle import Throttle
from sslpool.wire.admission import AdmissionStatus

PERIOD = 60.0
"""
For how long, in seconds, refusals for a reason are only counted after its first lines.
"""

LINES = 3
"""
How many lines a reason gets in each period.
"""

GRACE = 1.0
"""
How much longer than WAIT, in seconds, a connection may have waited for HANDSHAKERATE.
"""

LOOPBACK = ("127.0.0.0/8", "::1/128")
"""
This machine's own networks, which are always exempt.
"""

_FULL = "SSLP153W"

_RESET = struct.pack("ii", 1, 0)

_OPERANDS = {
    "foreign": "FOREIGNIPCONLIMIT",
    "pending": "PENDINGCONNECTIONLIMIT",
    "peerRate": "PEERRATE",
    "handshakeRate": "HANDSHAKERATE",
}


@frozen
class Door:
    """
    What is particular to the clients of a port.

    @ivar local: the address that they connect to, C{address:port}.
    @ivar allow: the networks of ALLOW.
    @ivar deny: the networks of DENY.
    @ivar counted: the limits are for them.
    """

    local: str
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    counted: bool = True


class _Lists:
    """
    The lists of a door, made ready for looking.
    """

    def __init__(self, door: Door) -> None:
        self.door = door
        self._allow = Networks(door.allow)
        self._deny = Networks(door.deny)

    def objection(self, host: str) -> str:
        """
        Return the list that keeps an address out; empty where none does.
        """
        address = addressOf(host)
        if self.door.allow and address not in self._allow:
            return "ALLOW"
        return "DENY" if address in self._deny else ""


@implementer(IReconfigurable)
@define(eq=False, slots=False)
class Admission:
    """
    Lets connections in or refuses them.

    @ivar on: there is anything to be asked.
    @ivar rate: HANDSHAKERATE.
    @ivar _router: the pool.
    @ivar _doors: returns what is particular to secure ports, by their keys.
    @ivar _census: has those counted who are there, when a limit of addresses is switched on; it
        gets what returns the place of an address.
    @ivar _size: how many addresses are counted at once.
    @ivar _own: the networks that are always exempt.
    """

    _reactor: IReactorTime
    _router: IRouter
    _doors: Callable[[], Mapping[int, Door]]
    _census: Callable[[Callable[[str], Peer | None]], None]
    _size: int = PEERS
    _own: Sequence[str] = LOOPBACK
    _peers: Peers = field(default=Factory(lambda self: Peers(self._size), takes_self=True), init=False)
    _networks: Networks = field(default=Factory(lambda self: Networks(self._own), takes_self=True), init=False)
    _limits: Limits = field(factory=Limits, init=False)
    _exempt: tuple[str, ...] = field(default=(), init=False)
    _lists: dict[int, _Lists] = field(factory=dict, init=False)
    _bucket: Bucket = field(factory=Bucket, init=False)
    _throttle: Throttle[str] = field(factory=Throttle, init=False)
    _ending: IDelayedCall | None = field(default=None, init=False)
    _refused: Counter[str] = field(factory=Counter, init=False)
    _uncounted: int = field(default=0, init=False)
    _counting: bool = field(default=False, init=False)
    on: bool = field(default=False, init=False)
    rate: int = field(default=0, init=False)
    log = Logger()

    # The configuration

    def prepare(self, configuration: Configuration) -> Preparation:
        return Preparation(partial(self.follow, configuration.limits, configuration.exempt))

    def follow(self, limits: Limits, exempt: tuple[str, ...] = ()) -> None:
        """
        Take limits, and the lists of ports as they are now.  Those who have come are not
        disturbed, whatever is lowered.

        @param exempt: the networks of LIMITEXEMPT.
        """
        self._limits, self._exempt = limits, exempt
        self.rate = limits.handshakeRate
        self._networks = Networks((*self._own, *exempt))
        self._lists = {key: _Lists(door) for key, door in self._doors().items()}
        counting, self._counting = self._counting, bool(limits.foreign or limits.peerRate)
        if self._counting and not counting:
            self._census(lambda host: None if self._isExempt(host) else self._placeOf(host))
        lists = any(each.door.allow or each.door.deny for each in self._lists.values())
        self.on = lists or any(getattr(limits, name) for name in _OPERANDS)

    def _isExempt(self, host: str) -> bool:
        return addressOf(host) in self._networks

    # A connection

    def level(self) -> float:
        """
        Return how many connections HANDSHAKERATE lets in now.
        """
        return self._bucket.level(self.rate, self._reactor.seconds())

    def admits(self, arrival: Arrival, waiting: int, waited: float = 0.0) -> bool:
        """
        Let a connection in, or reset it.

        @param waiting: how many have been let in and wait for room.
        @param waited: for how long it has been in the kernel's backlog, in seconds.
        """
        reason = self._objection(arrival, waiting, waited)
        if reason:
            self._refuse(arrival, reason)
            return False
        if self.rate:
            self._bucket.take(self.rate, self._reactor.seconds())
        return True

    def _objection(self, arrival: Arrival, waiting: int, waited: float) -> str:
        lists = self._lists.get(arrival.port)
        if lists is not None and (word := lists.objection(arrival.host)):
            return f"{word} of {lists.door.local}"
        if self.rate and waited > self._limits.wait + GRACE:
            return "HANDSHAKERATE"
        if lists is not None and not lists.door.counted:
            return ""
        return self._beyond(arrival, waiting)

    def _beyond(self, arrival: Arrival, waiting: int) -> str:
        """
        Return the limit that a connection would exceed; empty where it would none, and is counted.
        """
        host = arrival.host
        if self._isExempt(host):
            return ""
        if self._isPending(waiting):
            return "PENDINGCONNECTIONLIMIT"
        peer = self._placeOf(host) if self._counting else None
        return "" if peer is None else self._objectionTo(peer, arrival)

    def _isPending(self, waiting: int) -> bool:
        """
        Whether PENDINGCONNECTIONLIMIT is reached, with C{waiting} that wait for room.
        """
        limit = self._limits.pending
        return bool(limit and self._router.pending + waiting >= limit)

    def shut(self, waiting: int) -> Said | None:
        """
        Return the message why nobody is let in now who is not exempt; C{None} where somebody is.

        @param waiting: as for L{admits}.
        """
        if not self._isPending(waiting):
            return None
        return said("SSLP475W", limit=self._limits.pending, pending=self._router.pending + waiting)

    def _objectionTo(self, peer: Peer, arrival: Arrival) -> str:
        limits = self._limits
        if limits.foreign and peer.count >= limits.foreign:
            self._settle()
            if peer.count >= limits.foreign:
                return "FOREIGNIPCONLIMIT"
        if limits.peerRate and not peer.take(limits.peerRate, self._reactor.seconds()):
            return "PEERRATE"
        peer.join()
        arrival.peer = peer
        return ""

    def _placeOf(self, host: str) -> Peer | None:
        """
        Return the place of an address in the table; where all are taken, it has none and is not counted.
        """
        key = keyOf(host)
        peer = self._peers.get(key) or self._peers.add(key)
        if peer is None:
            self._settle()
            peer = self._peers.add(key)
        if peer is None:
            self._uncounted += 1
            if self._isFew(_FULL, 1):
                announce(self.log, "SSLP153W", size=self._size)
        return peer

    def _settle(self) -> None:
        for handoff in self._router.handoffs:
            handoff.settle()

    # Those who are refused

    def _refuse(self, arrival: Arrival, reason: str) -> None:
        with suppress(OSError):  # it has gone
            arrival.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        arrival.client.close()
        self._refused[reason] += 1
        if self._isFew(reason, LINES):
            announce(self.log, "SSLP151W", client=arrival.host, reason=self._said(reason))

    def _said(self, reason: str) -> str:
        """
        Return a reason with the limit, as the operator would write it.
        """
        attribute = next((name for name, operand in _OPERANDS.items() if operand == reason), "")
        return f"{reason} {getattr(self._limits, attribute)}" if attribute else reason

    def _isFew(self, reason: str, lines: int) -> bool:
        """
        Count, and tell whether there have been at most C{lines} in this period.
        """
        if self._ending is None:
            self._ending = self._reactor.callLater(PERIOD, self._endPeriod)
        return self._throttle.admits(reason, lines)

    def _endPeriod(self) -> None:
        """
        Say how much was left unsaid.
        """
        self._ending = None
        for reason, count in self._throttle.renew().items():
            if reason != _FULL:
                announce(self.log, "SSLP152W", count=count, seconds=int(PERIOD), reason=self._said(reason))

    def stop(self) -> None:
        """
        Say what is left to be said: the stack ends.
        """
        if self._ending is not None:
            self._ending.cancel()
            self._endPeriod()

    def status(self) -> AdmissionStatus:
        """
        Return what is in effect, and whom it has refused.
        """
        self._settle()
        doors = [each.door for each in self._lists.values()]
        lists = [(f"ALLOW of {door.local}", door.allow) for door in doors]
        lists += [(f"DENY of {door.local}", door.deny) for door in doors]
        return AdmissionStatus(
            limits={operand: getattr(self._limits, name) for name, operand in _OPERANDS.items()},
            exempt=self._exempt,
            lists={name: networks for name, networks in lists if networks},
            pending=self._router.pending,
            addresses=len(self._peers) - len(self._peers.idle),
            refused=dict(self._refused),
            uncounted=self._uncounted,
        )
