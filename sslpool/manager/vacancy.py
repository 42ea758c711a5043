# -*- test-case-name: tests.manager.test_pool -*-
"""
Says in the log, at once, when no server takes connections any more: nobody should have to wait in vain before an
operator can read that; and whether new clients are served, to those who ask.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from sslpool.manager.member import Member
from sslpool.manager.router import Router
from sslpool.messages import Said
from sslpool.messages.announce import announceSaid
from sslpool.pool.serving import PoolFacts, PortFacts, ofPool, portVerdicts, verdictOn
from sslpool.wire.records import PortServing, ServingStatus

VACANT = ("SSLP457W", "SSLP458E", "SSLP460E", "SSLP468I")
"""
The messages about a pool in which no server takes connections.
"""

SEVERAL = ("SSLP461E", "SSLP466W", "SSLP474W")
"""
The messages that are about ports with reasons of their own.
"""


class Vacancy:
    """
    The pool, where it is seen whether anybody takes connections.

    @param members: the members.
    @param router: knows their room.
    @param firstActive: has fired when the ports are open.
    """

    log = Logger()

    def __init__(self, members: Sequence[Member], router: Router, firstActive: Deferred[None]) -> None:
        self._members = members
        self._router = router
        self._firstActive = firstActive
        self._told = ""

    def facts(self, shortage: str = "") -> PoolFacts:
        """
        Return what decides whether new clients are served.

        @param shortage: why the stack cannot accept connections, or empty.
        """
        router = self._router
        members = tuple(member.facts for member in self._members)
        opened = self._firstActive.called
        return PoolFacts(router.room, members, router.sessions, router.limits, shortage, opened)

    @property
    def message(self) -> Said | None:
        """
        Why no server takes connections; C{None} where one does, and where all are full.
        """
        verdict = ofPool(self.facts())
        return verdict.said if verdict is not None and verdict.said.id in VACANT else None

    def look(self) -> None:
        """
        Say what has not been said since a server took connections last.
        """
        message = self.message
        kind = "" if message is None else message.id
        if message is not None and kind != self._told:
            announceSaid(self.log, message)
        self._told = kind


def servingStatus(facts: PoolFacts, ports: Sequence[PortFacts]) -> ServingStatus:
    """
    Return whether a new client is served on any of C{ports}, and on each.
    """
    verdict, found = verdictOn(facts, ports), portVerdicts(facts, ports)
    each = tuple(
        PortServing(port.local, port.userid, one.serving, one.said.id, one.said.text, one.said.message.action)
        for port, one in zip(ports, found, strict=True)
    )
    action = verdict.said.message.action
    if verdict.said.id in SEVERAL:
        # Once for each reason that is told.
        action = " ".join(dict.fromkeys(f"{one.reason}: {one.action}" for one in each if not one.serving))
    return ServingStatus(verdict.serving, verdict.said.id, verdict.said.text, action, each)
