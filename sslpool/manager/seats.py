# -*- test-case-name: tests.manager.test_seats -*-
"""
Where processes have their counters: seats of the shared segment.  Lives in the stack process.

Each member has a seat of its own.  While a process that is being replaced still has sessions, its successor takes a
spare one, so that the counters of a seat have one writer at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import frozen
from zope.interface.verify import verifyObject

from sslpool.interfaces import Arrival, IAcceptor, IHandoff
from sslpool.wire.segment import MEMBERS, SEATS, Region


@frozen(eq=False)
class Seat:
    """
    Room in the segment for one process.

    @ivar number: its number; those below L{MEMBERS} are the members' own.
    @ivar region: its counters.
    @ivar handoff: the way on which its process gets sockets.
    """

    number: int
    region: Region
    handoff: IHandoff


Woken = Callable[[Sequence[Arrival]], None]
"""
Called when something more may be handed to a server, with the connections that it has given back.
"""


class Seats:
    """
    All seats.

    @param make: makes the seat with a number; its handoff calls the second argument.
    """

    def __init__(self, make: Callable[[int, Woken], Seat]) -> None:
        self._make = make
        self._spare: list[Seat] = []
        self._next = MEMBERS
        self._owners: dict[int, int] = {}

    def wire(self, room: IAcceptor) -> None:
        """
        Have C{room} hear what servers wake the stack for.
        """
        verifyObject(IAcceptor, room)
        self._room = room

    def _woken(self, returned: Sequence[Arrival]) -> None:
        self._room.woken(returned)

    def own(self, member: int) -> Seat:
        """
        Return a member's own seat.

        @param member: the member's index.
        """
        return self._make(member, self._woken)

    def take(self, member: int) -> Seat | None:
        """
        Return a spare seat, the one that the member has had before if it can be; C{None} where all are taken.
        """
        mine = [seat for seat in self._spare if self._owners[seat.number] == member]
        if mine or self._spare:
            seat = (mine or self._spare)[-1]
            self._spare.remove(seat)
        elif self._next < SEATS:
            seat = self._make(self._next, self._woken)
            self._next += 1
        else:
            return None
        self._owners[seat.number] = member
        return seat

    def give(self, seat: Seat) -> None:
        """
        The process of a seat has ended: others can have it, where it is a spare one.
        """
        if seat.number >= MEMBERS:
            self._spare.append(seat)

    def of(self, member: int) -> list[int]:
        """
        Return the numbers of the seats that a member's processes have had, the last ones of each.
        """
        return [member, *(number for number, owner in self._owners.items() if owner == member)]
