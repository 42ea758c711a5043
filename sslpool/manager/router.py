# -*- test-case-name: tests.manager.test_router -*-
"""
The pool as the acceptor sees it: who takes the next connection.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from sslpool.config.limits import Limits
from sslpool.interfaces import IHandoff, IRouter
from sslpool.manager.member import Member, Process
from sslpool.pool.routing import SHUT, Availability, Room, choose, roomFor, toActivate


@implementer(IRouter)
class Router:
    """
    Routes connections to members.

    @ivar limits: the limits in force.
    @ivar peak: the most sessions at once.
    @ivar former: processes that have been replaced and still have sessions.
    @param reactor: the stack's clock.
    @param members: all members.
    @param activate: activates an Eligible member.
    """

    def __init__(
        self, reactor: IReactorTime, members: list[Member], limits: Limits, activate: Callable[[Member], None]
    ) -> None:
        self.limits = limits
        self.peak = self._all = 0
        self.former: list[Process] = []
        self._reactor = reactor
        self._members = members
        self._activate = activate
        self._availabilities = [member.availability for member in members]
        self._regions = [member.region for member in members]
        self._busy: list[Member] = []

    @property
    def sessions(self) -> int:
        """
        Sessions that count against MAXSESSIONS.
        """
        return self._total(self._counts())

    def _counts(self) -> list[int]:
        return [region.sessions for region in self._regions]

    def _total(self, sessions: Iterable[int]) -> int:
        total = sum(sessions)
        if self.former:
            total += sum(process.sessions for process in self.former)
        return total

    @property
    def pending(self) -> int:
        return sum(region.pending for region in self._regions) + sum(
            process.seat.region.pending for process in self.former
        )

    @property
    def handoffs(self) -> list[IHandoff]:
        return [process.seat.handoff for member in self._members for process in member.processes]

    @property
    def room(self) -> Room:
        sessions = self._counts()
        return roomFor(self._availabilities, sessions, self._total(sessions), self.limits, self._dataOf)

    @property
    def exhausted(self) -> bool:
        return self.room in SHUT

    def choose(self) -> Member | None:
        sessions = self._counts()
        self._all = total = self._total(sessions)
        index = choose(self._availabilities, sessions, total, self.limits, self._dataOf)
        return None if index is None else self._members[index]

    def _dataOf(self, index: int) -> int:
        return self._regions[index].data

    def handed(self, index: int) -> None:
        """
        See L{IRouter.handed}.  When it was its last, one more
        member is activated, so that the next connection need not wait for that.
        """
        sessions = self._regions[index].sessions
        self._members[index].counted(sessions)
        # There was one fewer when it was chosen, a moment ago.
        self._all += 1
        self.peak = max(self.peak, self._all)
        if sessions + self._dataOf(index) >= self.limits.maxPerServer:
            self.prompt()

    def passOver(self, index: int) -> None:
        self._availabilities[index] = Availability.BUSY
        self._busy.append(self._members[index])

    def lookAgain(self) -> None:
        if self._busy:
            for member in self._busy:
                self.judge(member)
            self._busy = [member for member in self._busy if member.availability is Availability.BUSY]

    def prompt(self) -> None:
        now = self._reactor.seconds()
        availabilities = [
            Availability.CLOSED if availability is Availability.ELIGIBLE and member.notBefore > now else availability
            for member, availability in zip(self._members, self._availabilities, strict=True)
        ]
        sessions = self._counts()
        index = toActivate(availabilities, sessions, self._total(sessions), self.limits, self._dataOf)
        if index is not None:
            self._activate(self._members[index])

    # What the pool says

    def judge(self, member: Member) -> None:
        """
        Something has changed that decides what a member means to new connections, such as its process.
        """
        index = member.index
        if index < len(self._members) and self._members[index] is member:
            self._availabilities[index], self._regions[index] = member.availability, member.region

    def added(self) -> None:
        """
        There is one more member, the last.
        """
        self._availabilities.append(self._members[-1].availability)
        self._regions.append(self._members[-1].region)

    def removed(self) -> None:
        """
        The last member is there no more.
        """
        self._availabilities.pop()
        self._regions.pop()
