# -*- test-case-name: tests.manager.test_fakes -*-
"""
Server processes in memory: an agent, its servers and their control connections without a process, living on a L{Clock}.
For tests of the pool and of whatever stands on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from socket import socket

from attrs import define, field
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from zope.interface import implementer
from zope.interface.verify import verifyObject

from sslpool.interfaces import IServerLink, IStarter, IStarterClient
from sslpool.wire.assignment import Assignment, PortAssignment, TimeLimits
from sslpool.wire.records import LabelsRead, ServerDetails, SessionRecord
from tests.doubles.administration import serverDetails

STEP = 0.01
"""
How long it takes to make a process, to begin to serve, and to end, in seconds each.
"""


@define(eq=False)
class FakeLink(IServerLink):
    """
    The stack's end of the control connection to a L{FakeServer}.

    @ivar control: the stack's half of the pair.
    @ivar calls: what was asked, as name and arguments.
    @ivar failure: is raised by every question, if given.
    @ivar known: the server's sessions.
    @ivar found: what it finds in the key database.
    """

    clock: Clock
    control: socket
    lost: Callable[[], None]
    server: FakeServer | None = None
    calls: list[tuple[object, ...]] = field(factory=list)
    failure: Exception | None = None
    known: list[SessionRecord] = field(factory=list)
    found: LabelsRead = field(factory=lambda: LabelsRead("one", serverDetails("", labels=2).labels))
    begun: Deferred[None] | None = None
    closed: bool = False

    async def begin(self, assignment: Assignment, ports: Sequence[PortAssignment]) -> LabelsRead:
        """
        Have the server begin.
        """
        self._asked("begin", assignment, list(ports))
        assert self.server is not None
        self.begun = Deferred()
        self.server.begin()
        await self.begun
        return self.found

    def setLimits(self, limits: TimeLimits) -> None:
        """
        Take note of the limits.
        """
        self.calls.append(("setLimits", limits))

    def setPort(self, port: PortAssignment) -> None:
        """
        Take note of the port.
        """
        self.calls.append(("setPort", port))

    async def setTrace(self, words: Sequence[str]) -> None:
        """
        Take note of the trace.
        """
        self._asked("setTrace", tuple(words))

    async def setKeyLog(self, selector: str, seconds: int) -> None:
        """
        Take note of the key log.
        """
        self._asked("setKeyLog", selector, seconds)

    async def prepareLabels(self) -> LabelsRead:
        """
        Say what there is.
        """
        self._asked("prepareLabels")
        return self.found

    async def switchLabels(self, digest: str) -> None:
        """
        Take them.
        """
        self._asked("switchLabels", digest)

    def discardLabels(self) -> None:
        """
        Take note.
        """
        self.calls.append(("discardLabels",))

    def quiesce(self, seconds: int) -> None:
        """
        Have the server end.
        """
        self.calls.append(("quiesce", seconds))
        if self.server is not None:
            self.server.quiesce(seconds)

    async def details(self) -> ServerDetails:
        """
        Say something.
        """
        self._asked("details")
        assert self.server is not None
        return serverDetails(f"SSL{self.server.member + 1:05}")

    async def sessions(self, after: int, limit: int) -> list[SessionRecord]:
        """
        Return a page of the sessions.
        """
        self._asked("sessions", after, limit)
        return [each for each in self.known if each.number > after][:limit]

    def close(self) -> None:
        """
        Let go of the connection.
        """
        if not self.closed:
            self.closed = True
            self.control.close()
            self._fail()
            self.clock.callLater(0, self.lost)
            if self.server is not None:
                self.server.unlinked()

    def _asked(self, *call: object) -> None:
        self.calls.append(call)
        if self.closed:
            raise ConnectionError("Connection lost")
        if self.failure is not None:
            raise self.failure

    def _fail(self) -> None:
        if self.begun is not None and not self.begun.called:
            self.begun.errback(ConnectionError("Connection lost"))


@define(eq=False)
class FakeServer:
    """
    A server process.

    @ivar number: of its launch.
    @ivar sessions: how many it has; while there are any it does not end by itself.
    @ivar hangs: it does nothing that it is asked to.
    @ivar refusal: what it says of the key database, if it cannot be used.
    """

    starter: FakeStarter
    number: int
    seat: int
    handoff: socket
    control: socket
    link: FakeLink
    pid: int = 0
    sessions: int = 0
    hangs: bool = False
    refusal: Exception | None = None
    ended: bool = False
    reason: str = ""
    _deadline: float | None = None

    @property
    def member(self) -> int:
        """
        The index of the member whose own seat it has.
        """
        return self.seat

    def begin(self) -> None:
        """
        Begin to serve, after a L{STEP}.
        """
        if not self.hangs:
            self.starter.clock.callLater(STEP, self._began)

    def _began(self) -> None:
        begun = self.link.begun
        if begun is None or begun.called or self.ended:
            return
        if self.refusal is not None:
            begun.errback(self.refusal)
        else:
            begun.callback(None)

    def quiesce(self, seconds: float) -> None:
        """
        End when there is no session, at the latest after C{seconds}.
        """
        first = self._deadline is None
        self._deadline = self.starter.clock.seconds() + seconds
        if first and not self.hangs:
            self.starter.clock.callLater(STEP, self._look)

    def goOn(self) -> None:
        """
        Go on after it had hung.
        """
        self.hangs = False
        if self._deadline is not None and not self.ended:
            self.starter.clock.callLater(STEP, self._look)

    def unlinked(self) -> None:
        """
        The stack has let go of the control connection.
        """
        if not self.ended:
            self.quiesce(0)

    def _look(self) -> None:
        assert self._deadline is not None
        if self.ended or self.hangs:
            return
        if not self.sessions or self.starter.clock.seconds() >= self._deadline:
            self.end("ended by itself")
        else:
            self.starter.clock.callLater(STEP, self._look)

    def end(self, reason: str = "killed by signal 9 (SIGKILL)") -> None:
        """
        End now.  The control connection ends, and the agent says why, where it lives.
        """
        if self.ended:
            return
        self.ended = True
        self.reason = reason
        self.handoff.close()
        self.control.close()
        self.starter.clock.callLater(0, self.link.close)
        self.starter.clock.callLater(STEP, self.starter.reap, self)


@implementer(IStarter)
class FakeStarter:
    """
    An agent and all its servers.

    @ivar servers: all servers that were ever made, in order.
    @ivar prepare: called with each server before it begins.
    @ivar mute: the agent hangs: it makes nothing and says nothing.
    @ivar renewals: how often another agent has taken the place of the one before.
    @ivar refusal: what L{renew} is answered, if that is refused.
    """

    agents = ()

    def __init__(self, clock: Clock, prepare: Callable[[FakeServer], None] = lambda server: None) -> None:
        self.clock = clock
        self.servers: list[FakeServer] = []
        self.prepare = prepare
        self.mute = False
        self.renewals = 0
        self.refusal: Exception | None = None
        self._keys: dict[int, int] = {}
        self._links: list[FakeLink] = []
        self._waiting: list[FakeServer] = []
        self._entrusted: set[int] = set()
        self._launches = 0
        self._agent = 1
        self._alive = True

    def wire(self, client: IStarterClient) -> None:
        """
        Have C{client} hear what becomes of servers.
        """
        verifyObject(IStarterClient, client)
        self._client = client

    def makeLink(self, control: socket, lost: Callable[[], None]) -> IServerLink:
        """
        Make the control connection of the server that is launched next.
        """
        self._links.append(FakeLink(self.clock, control, lost))
        return self._links[-1]

    # IStarter

    def whenReady(self) -> Deferred[None]:
        """
        The agent is there from the beginning.
        """
        return succeed(None)

    def launch(self, seat: int, handoff: socket, control: socket) -> int:
        """
        Make a server, as soon as there is an agent.
        """
        self._launches += 1
        link = self._links[-1]
        link.server = FakeServer(self, self._launches, seat, handoff, control, link)
        self._waiting.append(link.server)
        self._send()
        return self._launches

    def tells(self, launch: int) -> bool:
        """
        Whether the agent will say how a launch ends.
        """
        return launch in self._entrusted or any(each.number == launch for each in self._waiting)

    def kill(self, launch: int, pid: int) -> None:
        """
        End a server, also one that hangs.
        """
        for server in self.running:
            if server.number == launch:
                assert server.pid == pid
                server.end()

    def renew(self) -> Deferred[None]:
        """
        Have another agent, after a L{STEP}.
        """
        renewed: Deferred[None] = Deferred()
        self.clock.callLater(STEP, self._renewed, renewed)
        return renewed

    def _renewed(self, renewed: Deferred[None]) -> None:
        if self.refusal is not None:
            renewed.errback(self.refusal)
            return
        self.renewals += 1
        renewed.callback(None)

    def isCurrent(self, launch: int) -> bool:
        """
        Whether a server is of the present agent.
        """
        return self._keys[launch] == self.renewals

    # What tests do

    @property
    def running(self) -> list[FakeServer]:
        """
        The servers that have not ended.
        """
        return [server for server in self.servers if not server.ended]

    def agentDies(self, pause: float) -> None:
        """
        The agent dies; the next one is ready after C{pause} seconds.
        """
        self._alive = False
        self._agent += 1
        self._entrusted.clear()
        self.clock.callLater(pause, self._agentReady)
        self._client.agentEnded()

    def reap(self, server: FakeServer) -> None:
        """
        Say how a server has ended, where its agent lives.
        """
        if server.number in self._entrusted and not self.mute:
            self._entrusted.discard(server.number)
            self._client.ended(server.number, server.reason)

    def _agentReady(self) -> None:
        self._alive = True
        self._send()

    def _send(self) -> None:
        while self._alive and self._waiting:
            server = self._waiting.pop(0)
            self._entrusted.add(server.number)
            self._keys[server.number] = self.renewals
            self.clock.callLater(STEP, self._make, server, self._agent)

    def _make(self, server: FakeServer, agent: int) -> None:
        if self.mute:
            return
        if agent != self._agent:
            # It died with the agent, before it was one.
            server.handoff.close()
            server.control.close()
            return
        server.pid = 1000 + server.number
        self.servers.append(server)
        self.prepare(server)
        self._client.launched(server.number, server.pid)
