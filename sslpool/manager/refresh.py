# -*- test-case-name: tests.manager.test_refresh -*-
"""
REFRESH in two steps: all servers and the stack read the key database and build its labels aside, and only when all who
answer have read the same do they take it.  Lives in the stack process.

It is by label: one that cannot be used stays as it was, and is named once.  And it is by server: one that ends
meanwhile reads the key database when it is started again; one that does not answer in time is replaced by another,
which does so as well; one that answers that it cannot goes on as it was.  None of them holds the others up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from attrs import define, field
from twisted.internet.defer import CancelledError, Deferred, DeferredLock, gatherResults
from twisted.internet.interfaces import IReactorTime
from zope.interface.verify import verifyObject

from sslpool.interfaces import IReloadable, NoAnswer
from sslpool.manager.member import Member, Process
from sslpool.manager.pool import Pool
from sslpool.messages import OperatorError, Said, said
from sslpool.pool.states import Event, State
from sslpool.pool.userids import listed
from sslpool.wire.records import LabelsRead

ATTEMPTS = 3
"""
How often the key database is read again where it has changed between two servers, or where only some could read it.
"""

GRACE = 5.0
"""
How much longer than another server one may take for a step, in seconds, beside twice that
server's time; they all do the same work.
"""

MUTE = "it did not answer REFRESH in time"
"""
Why a server is replaced.
"""

MOVED = "the key database was moved to a directory that it may not read"
"""
Why a server is restarted.
"""


@define
class _Part:
    """
    A server's part in one REFRESH.

    @ivar member: the member.
    @ivar process: its process when the REFRESH began.
    @ivar read: what it has found, or C{None} where it could not say.
    @ivar problem: the message why it does not take part.
    @ivar lost: its connection has ended while it was asked.
    @ivar mute: it has not answered in time.
    @ivar beyond: it may not read the key database any more, and is about to be replaced.
    """

    member: Member
    process: Process
    read: LabelsRead | None = None
    problem: Said | None = None
    lost: bool = False
    mute: bool = False
    beyond: bool = False

    @property
    def gone(self) -> bool:
        """
        The process has ended, or is about to.
        """
        process = self.process
        ended = process not in self.member.processes
        return self.lost or self.mute or self.beyond or ended or process.unlinked or process.asked

    @property
    def ready(self) -> bool:
        """
        It can take what it has found.
        """
        return self.read is not None and not self.gone

    @property
    def failed(self) -> bool:
        """
        It is there, and has answered that it cannot.
        """
        return bool(self.problem) and not self.gone


@define(eq=False, slots=False)
class Renewal:
    """
    Carries out REFRESH, one at a time.

    @ivar _reactor: for time limits.
    @ivar _pool: the pool.
    @ivar _look: reads the key database for the stack, and returns the labels that
        open ports need; raises L{OperatorError}.
    @ivar _vet: opens, as a server would, what was looked at last, and returns how many labels it has; raises
        L{OperatorError}.
    @ivar _switched: called with what the servers have taken, once for each, and whether no server
        has stayed as it was, so that the stack does what follows; returns what there is to say about that.
    """

    _reactor: IReactorTime
    _pool: Pool
    _look: Callable[[], set[str]]
    _vet: Callable[[], int]
    _switched: Callable[[Sequence[LabelsRead], bool], list[Said]]
    _lock: DeferredLock = field(factory=DeferredLock, init=False)

    def wire(self, *others: IReloadable) -> None:
        """
        Have these read again what they know, when the stack has done what follows.
        """
        for other in others:
            verifyObject(IReloadable, other)
        self._others = others

    async def refresh(self, members: Sequence[Member], everybody: bool = True) -> list[Said]:
        """
        Have those of C{members} that have a process take the key database as it is now.

        @param everybody: there are no other members.
        @return: the messages about it.
        """
        await self._lock.acquire()
        try:
            parts = [_Part(member, process) for member in members for process in member.processes if process.pid]
            return await self._refresh([part for part in parts if not part.gone], everybody)
        finally:
            self._lock.release()

    async def _refresh(self, parts: list[_Part], everybody: bool) -> list[Said]:
        reason, needed = await self._prepare(parts)
        failed = [part.problem for part in parts if part.problem and part.failed]
        idle = everybody and not any(part.ready or part.failed for part in parts)
        labels = 0
        if idle and not reason:
            reason, labels = self._openAlone()
        if reason:
            for part in parts:
                if not part.gone:
                    part.process.link.discardLabels()
            return [self._failure(reason), *failed, *_absent(parts), *self._vacant()]
        ready = [part for part in parts if part.ready]
        await self._together([(part, self._switch(part)) for part in ready])
        failed = [part.problem for part in parts if part.problem and part.failed]
        taken = [(part.member.userid, part.read) for part in ready if part.read and not part.gone and not part.failed]
        reads = [read for _, read in taken]
        alone = [said("SSLP186I", labels=labels), *self._vacant()] if idle else []
        messages = [*_served(taken), *_unusable(needed, reads), *failed, *_absent(parts), *alone]
        followed = self._switched(reads, everybody and not failed)
        return [*messages, *followed, *(message for other in self._others for message in other.reload())]

    def _failure(self, reason: Said | str) -> Said:
        """
        Return the message that REFRESH failed, and what servers have now.
        """
        having = any(member.state is State.ACTIVE or member.former for member in self._pool.members)
        kept = "all servers keep their certificates" if having else "no server has certificates"
        return said("SSLP161E", kept=kept, reasons=reason)

    def _openAlone(self) -> tuple[Said | str, int]:
        """
        No server reads the key database, so see whether one could.

        @return: why not, or nothing; and how many labels it has.
        """
        try:
            return "", self._vet()
        except OperatorError as error:
            return error.said, 0

    def _vacant(self) -> list[Said]:
        """
        Return the message why no server takes connections, where none does.
        """
        message = self._pool.vacancy.message
        return [] if message is None else [message]

    async def _prepare(self, parts: list[_Part]) -> tuple[Said | str, set[str]]:
        """
        Have everybody read the same state of the key database.

        @return: why it cannot be taken, or nothing; and the labels that ports need.
        """
        for _ in range(ATTEMPTS):
            try:
                needed = self._look()
            except OperatorError as error:
                return error.said, set()
            await self._together([(part, self._read(part)) for part in parts if not part.gone])
            same = len({part.read.digest for part in parts if part.read and not part.gone}) <= 1
            if same and not any(part.failed for part in parts):
                return "", needed
        if not same:
            return "the key database changed while it was read", needed
        if not any(part.ready for part in parts):
            return "no server can read the key database", needed
        return "", needed

    async def _read(self, part: _Part) -> None:
        part.read, part.problem = None, None
        part.read = await part.process.link.prepareLabels()

    async def _switch(self, part: _Part) -> None:
        assert part.read is not None
        await part.process.link.switchLabels(part.read.digest)

    def _together(self, work: Sequence[tuple[_Part, Coroutine[Deferred[Any], Any, None]]]) -> Deferred[list[None]]:
        """
        Have servers take a step together.  Once one of them has, the others have not much longer.
        """
        began = self._reactor.seconds()
        steps = [Deferred.fromCoroutine(self._step(part, step)) for part, step in work]

        def hurry(done: bool) -> None:
            limit = GRACE + 2 * (self._reactor.seconds() - began)
            for each in steps if done else ():
                if not each.called:
                    each.addTimeout(limit, self._reactor)

        return gatherResults([step.addCallback(hurry) for step in steps])

    async def _step(self, part: _Part, step: Coroutine[Deferred[Any], Any, None]) -> bool:
        """
        Have a server take a step; tell whether it has.
        """
        try:
            await step
        except CancelledError:
            self._note(part, NoAnswer())
        except (OperatorError, ConnectionError) as error:
            self._note(part, error)
        else:
            return True
        return False

    def _note(self, part: _Part, error: OperatorError | ConnectionError) -> None:
        """
        A server does not take part.
        """
        userid = part.member.userid
        if isinstance(error, OperatorError) and error.said.id == "SSLP182W":
            part.beyond, part.problem = True, error.said
            self._pool.happen(part.member, Event.RESTART, MOVED)
        elif isinstance(error, OperatorError):
            part.problem = said("SSLP105E", server=userid, reason=error.said)
        elif isinstance(error, NoAnswer):
            part.mute = True
            part.problem = said("SSLP177E", server=userid)
            self._pool.processes.replace(part.member, part.process, MUTE)
        else:
            part.lost = True


def _unusable(needed: set[str], reads: Sequence[LabelsRead]) -> list[Said]:
    """
    Return a message for each label that cannot be used, and for each that a port needs and a server does not have.
    """
    found = {each.label: each for read in reads for each in read.unusable}
    served = [{status.label for status in read.labels} for read in reads]
    missing = sorted(name for name in needed - found.keys() if not all(name in each for each in served))
    messages = [found[label].message for label in sorted(found)]
    return [*messages, *(said("SSLP165E", label=label) for label in missing)]


def _served(taken: Sequence[tuple[str, LabelsRead]]) -> list[Said]:
    """
    Return what is to be said of the servers that have switched: the same once for all of whom it is true.
    """
    readers: dict[int, list[str]] = {}
    servers: dict[tuple[str, float, str], list[str]] = {}
    for userid, read in taken:
        readers.setdefault(len(read.labels), []).append(userid)
        for status in read.labels:
            servers.setdefault((status.label, status.notAfter, status.fingerprint), []).append(userid)
    messages = [said("SSLP119I", server=listed(each), labels=count) for count, each in readers.items()]
    for (label, notAfter, fingerprint), each in servers.items():
        date = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(notAfter))
        messages.append(said("SSLP160I", server=listed(each), label=label, date=date, fingerprint=fingerprint))
    return messages


def _absent(parts: Sequence[_Part]) -> list[Said]:
    """
    Return a message for each server that has ended meanwhile, or has been replaced.
    """
    return [part.problem or said("SSLP162W", server=part.member.userid) for part in parts if part.gone]
