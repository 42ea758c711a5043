"""
What stands around the parts of the stack in their tests: ports and an agent for a pool, and a pool for others.
"""

from __future__ import annotations

from collections.abc import Sequence

from zope.interface import implementer

from sslpool.interfaces import IPool, IPorts, IProspects
from sslpool.pool.serving import PortFacts
from sslpool.wire.assignment import PortAssignment
from sslpool.wire.records import LabelsRead
from sslpool.wire.segment import PAGE, AgentWords, KeyFacts


@implementer(IPorts)
class FakePorts:
    """
    Secure ports.

    @ivar learnt: what servers have begun with, and which they were.
    @ivar served: how often clients were let in.
    """

    def __init__(self, assignments: Sequence[PortAssignment] = ()) -> None:
        self._assignments = list(assignments)
        self.learnt: list[tuple[str, LabelsRead]] = []
        self.served = 0

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

    def serve(self) -> None:
        """
        Count.
        """
        self.served += 1


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


@implementer(IProspects)
class FakeProspects:
    """
    Ports that are in order, or not.

    @ivar known: what is known of them.
    @ivar looked: whether those under suspicion, and the ports, at whose applications was looked.
    """

    def __init__(self, known: Sequence[PortFacts] = ()) -> None:
        self.known = list(known)
        self.shortage = ""
        self.looked: list[tuple[bool, int | None]] = []

    def ports(self) -> Sequence[PortFacts]:
        """
        Return it.
        """
        return self.known

    async def look(self, suspects: bool = False, port: int | None = None) -> None:
        """
        Keep that.
        """
        self.looked.append((suspects, port))


class FakeAgent:
    """
    An agent.

    @ivar pid: its process id; where that is 0, nobody looks whether it gets on.
    @ivar replaced: why it was to be replaced.
    @param keys: what it says of its ticket keys.
    """

    def __init__(self, keys: KeyFacts | None = None, pid: int = 77) -> None:
        self.pid = pid
        self.awaited = False
        self.overdue = False
        self.replaced: list[str] = []
        self.words = AgentWords(memoryview(bytearray(PAGE)))
        self.words.keys = keys or KeyFacts()

    def replace(self, reason: str) -> None:
        """
        Write it down.
        """
        self.replaced.append(reason)
