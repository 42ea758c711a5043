# -*- test-case-name: tests.manager.test_renewal -*-
"""
REFRESH in two steps: all servers and the stack read and check the key database,
and only when all have succeeded every server takes it.  Lives in the stack
process.

A server that ends meanwhile reads the key database when it is started again, and
holds nobody up.  One that is there and does not answer the first step keeps
everything as it was.  One that does not answer the second has it in its queue,
and takes it as soon as it goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from attrs import define
from twisted.internet.defer import Deferred, DeferredLock, gatherResults

from sslpool.interfaces import NoAnswer
from sslpool.manager.member import Member, Process
from sslpool.messages import OperatorError, render
from sslpool.reports.records import LabelsRead

ATTEMPTS = 3
"""
How often the key database is read again where it has changed between two servers.
"""


@define
class _Turn:
    """
    A server's part in one REFRESH.

    @ivar member: the member.
    @ivar process: its process when the REFRESH began.
    @ivar read: what it has found, or C{None} where it could not say.
    @ivar problem: the message why not; or why it has not said that it has switched.
    @ivar lost: its connection has ended while it was asked.
    """

    member: Member
    process: Process
    read: LabelsRead | None = None
    problem: str = ""
    lost: bool = False

    @property
    def gone(self) -> bool:
        """
        The process has ended, or is about to.
        """
        process = self.process
        return self.lost or self.member.process is not process or process.unlinked or process.asked

    def failed(self, error: ConnectionError) -> None:
        """
        It has not answered.
        """
        self.lost = not isinstance(error, NoAnswer)
        self.problem = render("DTCSSL2421E", server=self.member.userid, reason=error)


class Renewal:
    """
    Carries out REFRESH, one at a time.

    @param look: reads and checks the key database for the stack, and returns the
        labels that open ports need; raises L{OperatorError}.
    @param switched: called when the servers have switched, so that the stack does
        what follows from it; returns what there is to say about that.
    """

    def __init__(self, look: Callable[[], set[str]], switched: Callable[[], list[str]]) -> None:
        self._look = look
        self._switched = switched
        self._lock = DeferredLock()

    async def refresh(self, members: Sequence[Member]) -> list[str]:
        """
        Have those of C{members} that have a process take the key database as it is now.

        @return: the messages about it.
        """
        await self._lock.acquire()
        try:
            turns = [_Turn(member, member.process) for member in members if member.process and member.process.pid]
            return await self._refresh([turn for turn in turns if not turn.gone])
        finally:
            self._lock.release()

    async def _refresh(self, turns: list[_Turn]) -> list[str]:
        problems = await self._prepare(turns)
        if problems:
            for turn in turns:
                if not turn.gone:
                    turn.process.link.discardLabels()
            failed = [turn.problem for turn in turns if turn.problem and not turn.gone]
            reasons = "; ".join(dict.fromkeys(problems))
            return [*failed, render("SSLP161E", reasons=reasons), *_absent(turns)]
        ready = [turn for turn in turns if turn.read and not turn.gone]
        await _together(self._switch(turn) for turn in ready)
        switched = [message for turn in ready if not turn.gone for message in _served(turn)]
        return [*switched, *_absent(turns), *self._switched()]

    async def _prepare(self, turns: list[_Turn]) -> list[str]:
        """
        Have everybody read the same state of the key database; return the reasons
        why it cannot be taken.
        """
        for _ in range(ATTEMPTS):
            problems, needed = self._looked()
            await _together(self._read(turn) for turn in turns)
            problems += [f"{turn.member.userid} {_briefly(turn)}" for turn in turns if turn.problem and not turn.gone]
            read = [turn.read for turn in turns if turn.read and not turn.gone]
            problems += _missing(needed, read)
            if problems or len({each.digest for each in read}) <= 1:
                return problems
        return ["the key database changes while it is read"]

    def _looked(self) -> tuple[list[str], set[str]]:
        try:
            return [], self._look()
        except OperatorError as error:
            return [error.text], set()

    async def _read(self, turn: _Turn) -> None:
        turn.read, turn.problem = None, ""
        userid = turn.member.userid
        try:
            if not turn.gone:
                turn.read = await turn.process.link.prepareLabels()
        except OperatorError as error:
            turn.problem = render("SSLP105E", server=userid, reason=error.text)
        except ConnectionError as error:
            turn.failed(error)

    async def _switch(self, turn: _Turn) -> None:
        assert turn.read is not None
        try:
            await turn.process.link.switchLabels(turn.read.digest)
        except OperatorError as error:
            turn.problem = render("SSLP105E", server=turn.member.userid, reason=error.text)
        except ConnectionError as error:
            turn.failed(error)


def _together(work: Any) -> Deferred[list[None]]:
    coroutines: list[Coroutine[Deferred[Any], Any, None]] = list(work)
    return gatherResults([Deferred.fromCoroutine(each) for each in coroutines])


def _briefly(turn: _Turn) -> str:
    """
    Return why a server keeps everything as it was, without what its own message says.
    """
    return "does not answer" if turn.problem.startswith("DTCSSL2421E") else "cannot use it"


def _missing(needed: set[str], read: Sequence[LabelsRead]) -> list[str]:
    """
    Return a message for each label that a port needs and a server has not found.
    """
    found = [{status.label for status in each.labels} for each in read]
    missing = sorted(label for label in needed if not all(label in each for each in found))
    return [render("SSLP165E", label=label) for label in missing]


def _served(turn: _Turn) -> list[str]:
    """
    Return what is to be said of a server that was to switch.
    """
    if turn.problem:
        return [turn.problem]
    assert turn.read is not None
    userid = turn.member.userid
    messages = [render("SSLP119I", server=userid, labels=len(turn.read.labels))]
    for status in turn.read.labels:
        date = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(status.notAfter))
        messages.append(
            render("SSLP160I", server=userid, label=status.label, date=date, fingerprint=status.fingerprint)
        )
    return messages


def _absent(turns: Sequence[_Turn]) -> list[str]:
    """
    Return a message for each server that has ended meanwhile.
    """
    return [render("SSLP162W", server=turn.member.userid) for turn in turns if turn.gone]
