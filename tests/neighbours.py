"""
What stands around the parts of the stack in their tests: ports for a pool, and a pool for others.
"""

from __future__ import annotations

from collections.abc import Sequence

from zope.interface import implementer

from sslpool.interfaces import IPool, IPorts
from sslpool.pool.assignment import PortAssignment
from sslpool.reports.records import LabelsRead


@implementer(IPorts)
class FakePorts:
    """
    Secure ports.

    @ivar learnt: what servers have begun with, and which they were.
    """

    def __init__(self, assignments: Sequence[PortAssignment] = ()) -> None:
        self._assignments = list(assignments)
        self.learnt: list[tuple[str, LabelsRead]] = []

    def assignments(self) -> list[PortAssignment]:
        """
        Return them.
        """
        return self._assignments

    def learn(self, userid: str, read: LabelsRead) -> None:
        """
        Keep it.
        """
        self.learnt.append((userid, read))


@implementer(IPool)
class FakePool:
    """
    A pool of which only names and numbers are asked.
    """

    def __init__(self, userids: Sequence[str] = (), pids: Sequence[int] = ()) -> None:
        self._userids = list(userids)
        self._pids = list(pids)

    def userids(self) -> list[str]:
        """
        Return the userids.
        """
        return self._userids

    def pids(self) -> list[int]:
        """
        Return the process ids.
        """
        return self._pids
