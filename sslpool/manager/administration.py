# -*- test-case-name: tests.manager.test_administration -*-
"""
What operators may ask of the pool, carried out on its members.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import define, evolve
from twisted.internet.defer import Deferred, FirstError, gatherResults
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer
from zope.interface.verify import verifyObject

from sslpool.interfaces import (
    IConsoles,
    IPoolAdministration,
    IProspects,
    IReconfiguration,
    IRollback,
    IServerLink,
    NoAnswer,
)
from sslpool.manager.consultation import consult
from sslpool.manager.member import Member, Process
from sslpool.manager.pool import Pool
from sslpool.manager.refresh import Renewal
from sslpool.manager.rekeying import Rekeying
from sslpool.manager.sessioncache import SessionCache
from sslpool.manager.traces import setTraces, traceStatus
from sslpool.manager.vacancy import servingStatus
from sslpool.messages import OperatorError, Said, operatorError, said
from sslpool.messages.announce import announceFault, announceSaid
from sslpool.pool.serving import PortFacts
from sslpool.pool.states import Event, Refusal, State, Transition, follow
from sslpool.tracing.operands import SYNTAX, Unexpected, parseOrder
from sslpool.wire.admission import AdmissionStatus
from sslpool.wire.cachestatus import CacheStatus
from sslpool.wire.history import AcceptedRecord
from sslpool.wire.records import ListenerRecord, PoolStatus, ServerDetails, ServingStatus, SessionRecord, TraceStatus

_UNREADABLE = "its answer cannot be read"


@implementer(IPoolAdministration)
@define(eq=False, slots=False)
class PoolAdministration:
    """
    The operator's side of the pool.

    @ivar _pool: the pool.
    @ivar _identity: what does not change about its status.
    @ivar _agentPid: returns the agent's process id, or 0.
    @ivar _full: tells whether connections wait for room.
    @ivar _listeners: returns the ports on which the stack listens.
    @ivar _renewal: carries out REFRESH.
    @ivar _sessionCache: the books of the session cache.
    @ivar _rekeying: carries out REFRESH KEYS NOW.
    @ivar _epoch: returns where the stack's clock began, in seconds since the epoch.
    @ivar _consoles: has the consoles.
    @ivar _trust: returns what is to be said of whom applications trust.
    @ivar _programs: returns what came of requests at the application socket.
    @ivar _admission: returns who is let in.
    @ivar _prospects: knows what new clients meet before a server has them.
    """

    _pool: Pool
    _identity: PoolStatus
    _agentPid: Callable[[], int]
    _full: Callable[[], bool]
    _listeners: Callable[[], Sequence[ListenerRecord]]
    _renewal: Renewal
    _sessionCache: SessionCache
    _rekeying: Rekeying
    _epoch: Callable[[], float]
    _consoles: IConsoles
    _trust: Callable[[], tuple[str, ...]]
    _programs: Callable[[], dict[str, int]]
    _admission: Callable[[], AdmissionStatus]
    _prospects: IProspects
    log = Logger()

    def wire(self, reconfiguration: IReconfiguration, back: IRollback) -> None:
        """
        Have it follow what is to be obeyed, and know the way back.
        """
        verifyObject(IReconfiguration, reconfiguration)
        verifyObject(IRollback, back)
        self._reconfiguration = reconfiguration
        self._back = back

    def status(self) -> PoolStatus:
        pool, epoch = self._pool, self._epoch()
        return evolve(
            self._identity,
            started=epoch + self._identity.started,
            sessions=pool.router.sessions,
            maximum=pool.router.limits.maxSessions,
            maxPerServer=pool.router.limits.maxPerServer,
            peak=pool.router.peak,
            total=sum(member.total for member in pool.members),
            routing=pool.router.limits.routing.value,
            full=self._full(),
            programs=self._programs(),
            trust=self._trust(),
            admission=self._admission(),
            agentPid=self._agentPid(),
            pending=tuple(self._reconfiguration.later),
            closed=tuple(each for each in self._listeners() if each.state == "Closed"),
            servers=tuple(member.status(pool.router.limits.maxPerServer, epoch) for member in pool.members),
            serving=self._serving(self._prospects.ports()),
        )

    async def latest(self) -> PoolStatus:
        await self._prospects.look(suspects=True)
        return self.status()

    async def serving(self, port: int | None) -> ServingStatus:
        await self._prospects.look(port=port)
        ports = [each for each in self._prospects.ports() if port in (None, each.number)]
        if port is not None and not ports:
            raise operatorError("SSLP467E", port=port, stack=self._identity.stack)
        return self._serving(ports)

    def _serving(self, ports: Sequence[PortFacts]) -> ServingStatus:
        return servingStatus(self._pool.vacancy.facts(self._prospects.shortage), ports)

    def listeners(self) -> Sequence[ListenerRecord]:
        return self._listeners()

    async def details(self, server: str | None) -> list[ServerDetails | Said]:
        members = self._members(server)
        if server is None:
            members = [member for member in members if member.state is State.ACTIVE]
        asked = [self._details(member) for member in members]
        return await gatherResults([Deferred.fromCoroutine(answer) for answer in asked])

    async def sessions(self, server: str | None, after: int, limit: int) -> list[SessionRecord]:
        asked = [
            self._sessions(member, process, after, limit)
            for member in self._members(server)
            for process in member.processes
        ]
        started = [Deferred.fromCoroutine(answer) for answer in asked]
        try:
            answers = await gatherResults(started, consumeErrors=True)
        except FirstError as error:
            error.subFailure.raiseException()
        return sorted((record for answer in answers for record in answer), key=lambda each: each.number)[:limit]

    async def start(self, server: str | None) -> list[Said]:
        members = self._members(server)
        if server is None:
            members = [member for member in members if member.state in (State.ELIGIBLE, State.STOPPED)]
            if not members:
                raise operatorError("SSLP132E")
        return [*(self._start(member) for member in members), *self._pending()]

    async def stop(self, server: str | None, now: bool) -> list[Said]:
        members = self._members(server)
        if server is None:
            members = [member for member in members if member.state is not State.STOPPED]
            if not members:
                raise operatorError("SSLP133E")
        # The Active ones last: that nobody takes connections any more is said once, and with all that is known.
        stopped = {
            member.userid: self._stop(member, now)
            for member in sorted(members, key=lambda each: each.state is State.ACTIVE)
        }
        vacant = self._pool.vacancy.message
        return [*(stopped[member.userid] for member in members), *([] if vacant is None else [vacant])]

    async def restart(self, server: str | None) -> list[Said]:
        members = self._members(server)
        if server is None:
            members = [member for member in members if member.state is State.ACTIVE]
            if not members:
                raise operatorError("SSLP114E")
        elif members[0].state is not State.ACTIVE:
            raise _refused(follow(members[0].state, Event.RESTART), members[0])
        turn = Deferred.fromCoroutine(self._restartInTurn(members))
        turn.addErrback(lambda failure: announceFault(self.log, "servers were restarted", failure))
        messages = [said("SSLP116I", server=member.userid) for member in members]
        return [*messages, *self._pending()]

    async def refresh(self, server: str | None) -> list[Said]:
        members = self._members(server)
        if server is not None and members[0].state is not State.ACTIVE:
            reason = f"the server is {members[0].state.value}"
            return [said("DTCSSL2421E", server=server, reason=reason)]
        return await self._renewal.refresh(members, everybody=server is None)

    def cache(self, server: str | None) -> CacheStatus:
        self._members(server)
        return self._sessionCache.status(server)

    async def refreshKeys(self, now: bool) -> list[Said]:
        messages = self._sessionCache.rotate(now)
        return await self._rekeying.renew("REFRESH KEYS NOW") if now else messages

    async def system(self, server: str | None, query: str) -> list[str]:
        return consult(server, query, self.status(), self._sessionCache.status().segment)

    async def trace(self, server: str | None, words: Sequence[str], asker: str, owner: bool) -> list[Said]:
        try:
            order = parseOrder(words)
        except Unexpected as error:
            raise operatorError("SSLP620E", word=error.word, expected=error.expected, syntax=SYNTAX) from error
        members = self._members(server)
        messages = [] if order.keyLog is None else await self._pool.keyLogs.begin(members, order, asker, owner)
        if order.keyLog is not None and not order.named:
            return messages
        self._pool.traces.set(server, order.trace.words())
        return [*messages, *await setTraces(self._pool.traces, members)]

    async def endTrace(self, server: str | None) -> list[Said]:
        members = self._members(server)
        self._pool.traces.set(server, ())
        await self._pool.keyLogs.stop()
        return await setTraces(self._pool.traces, members)

    def traces(self, server: str | None) -> list[TraceStatus]:
        traces, keyLogs = self._pool.traces, self._pool.keyLogs
        return [traceStatus(traces, member, keyLogs.of(member)) for member in self._members(server)]

    async def closeConsole(self, server: str | None) -> list[Said]:
        if server is not None:
            return [closeConsole(self._consoles, server)]
        machines = [self._identity.stack, self._identity.agent, *(each.userid for each in self._pool.members)]
        return closeConsoles(self._consoles, machines)

    def readConsole(self, userid: str, offset: int) -> str:
        return self._consoles.read(userid, offset)

    async def obey(self, name: str, text: str, test: bool, by: str = "") -> list[Said]:
        return await self._reconfiguration.obey(name, text, test, by)

    def history(self, number: int | None) -> list[AcceptedRecord]:
        return self._back.history(number)

    async def rollback(self, number: int | None, test: bool, by: str) -> list[Said]:
        return await self._back.rollback(number, test, by)

    def _pending(self) -> list[Said]:
        """
        Return, and log, what the files ask for and a server that is started now does not get
        (source document, a server restarted after its DTCPARMS entry was changed).
        """
        messages = self._reconfiguration.pending()
        for message in messages:
            announceSaid(self.log, message)
        return messages

    def _members(self, server: str | None) -> list[Member]:
        if server is None:
            return self._pool.members
        found = [member for member in self._pool.members if member.userid == server]
        if not found:
            raise operatorError("SSLP407E", server=server, stack=self._identity.stack)
        return found

    def _start(self, member: Member) -> Said:
        self._happen(member, Event.START, "started by an operator")
        return said("SSLP117I", server=member.userid)

    def _stop(self, member: Member, now: bool) -> Said:
        sessions = member.sessions
        quiesce = 0 if now else self._pool.router.limits.quiesce
        self._happen(member, Event.STOP, "stopped by an operator", quiesce)
        if now:
            return said("SSLP185I", server=member.userid, sessions=sessions)
        return said("SSLP118I", server=member.userid, sessions=sessions, seconds=quiesce)

    def _happen(self, member: Member, event: Event, reason: str, quiesce: int | None = None) -> None:
        refusal = self._pool.happen(member, event, reason, quiesce)
        if refusal is not None:
            raise _refused(refusal, member)

    async def _restartInTurn(self, members: Sequence[Member]) -> None:
        """
        Restart one member after another, so that capacity remains.
        """
        for member in members:
            if member.state is State.ACTIVE:
                # Sooner: where its process cannot be made, that is known at once.
                settled = self._pool.whenSettled(member)
                self._pool.happen(member, Event.RESTART, "restarted by an operator")
                await settled

    async def _details(self, member: Member) -> ServerDetails | Said:
        try:
            return await self._link(member).details()
        except (ConnectionError, OperatorError) as error:
            return said("DTCSSL2421E", server=member.userid, reason=error)
        except Exception:
            announceFault(self.log, "a server's details were read", Failure(), member.userid)
            return said("DTCSSL2421E", server=member.userid, reason=_UNREADABLE)

    async def _sessions(self, member: Member, process: Process, after: int, limit: int) -> list[SessionRecord]:
        try:
            return await process.link.sessions(after, limit)
        except (NoAnswer, OperatorError) as error:
            raise operatorError("DTCSSL2421E", server=member.userid, reason=error) from error
        except ConnectionError:
            return []  # its sessions have ended with it
        except Exception as error:
            announceFault(self.log, "a server's sessions were read", Failure(), member.userid)
            raise operatorError("DTCSSL2421E", server=member.userid, reason=_UNREADABLE) from error

    def _link(self, member: Member) -> IServerLink:
        if member.process is None:
            raise ConnectionError(f"the server is {member.state.value}")
        return member.process.link


def _refused(refusal: Transition | Refusal, member: Member) -> OperatorError:
    assert isinstance(refusal, Refusal)
    return operatorError(refusal.messageId, server=member.userid)


def closeConsole(consoles: IConsoles, userid: str) -> Said:
    """
    Close a console; return the message about it.

    @raise OperatorError: it cannot be delivered, or is gone.
    """
    return _closed(consoles, userid) or _idle(userid, consoles.last(userid))


def closeConsoles(consoles: IConsoles, userids: Sequence[str]) -> list[Said]:
    """
    Close the consoles that have lines; return a message for each.
    """
    messages = []
    for userid in userids:
        try:
            message = _closed(consoles, userid)
        except OperatorError as error:
            message = error.said
        if message:
            messages.append(message)
    return messages


def _idle(userid: str, last: str) -> Said:
    """
    Return the message that a console has no lines.

    @param last: where those are that were delivered before, or empty.
    """
    return said("SSLP188I", server=userid, path=last) if last else said("SSLP634I", server=userid)


def _closed(consoles: IConsoles, userid: str) -> Said | None:
    """
    Close a console; return the message about it, or C{None} where it has no lines.
    """
    delivered = consoles.deliver(userid)
    if delivered is None:
        return None
    path, lines = delivered
    return said("SSLP630I", server=userid, lines=lines, path=path)
