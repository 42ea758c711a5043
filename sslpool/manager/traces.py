# -*- test-case-name: tests.manager.test_traces -*-
"""
What the members of the pool trace: those that run, and those that are started later.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred, gatherResults

from sslpool.manager.member import Member, Process
from sslpool.messages import OperatorError, Said, said
from sslpool.wire.records import TraceStatus

NO_TRACE = "NOTRACE"


class Traces:
    """
    The operands of TRACE for each member.

    @param default: for all, until an operator says otherwise; none is NOTRACE.
    """

    def __init__(self, default: Sequence[str] = ()) -> None:
        self._all = tuple(default)
        self._single: dict[str, tuple[str, ...]] = {}

    def of(self, userid: str) -> tuple[str, ...]:
        """
        Return what a member traces, or will when it is started.
        """
        return self._single.get(userid, self._all)

    def set(self, userid: str | None, words: Sequence[str]) -> None:
        """
        Have a member trace something, or all of them, whatever was said of single ones before.
        """
        if userid is None:
            self._all = tuple(words)
            self._single.clear()
        else:
            self._single[userid] = tuple(words)


async def setTraces(traces: Traces, members: Sequence[Member]) -> list[Said]:
    """
    Tell members what they are to trace; return a message for each.
    """
    return await gatherResults([Deferred.fromCoroutine(_setTrace(traces, member)) for member in members])


async def _setTrace(traces: Traces, member: Member) -> Said:
    words = traces.of(member.userid)
    if member.process is None:
        operands = " ".join(words) or "nothing"
        return said("SSLP623I", server=member.userid, state=member.state.value, operands=operands)
    # Together: one that hangs does not keep it from the others.
    asked = [_tell(process, words) for process in list(member.processes) if process.pid]
    for error in await gatherResults([Deferred.fromCoroutine(each) for each in asked]):
        if error is not None:
            return said("DTCSSL2421E", server=member.userid, reason=error)
    if not words:
        return said("SSLP622I", server=member.userid)
    return said("SSLP621I", server=member.userid, operands=" ".join(words))


async def _tell(process: Process, words: Sequence[str]) -> Exception | None:
    """
    Tell a process; return why that was not possible.
    """
    try:
        await process.link.setTrace(words)
    except (ConnectionError, OperatorError) as error:
        return error
    return None


def traceStatus(traces: Traces, member: Member, keyLog: str = "") -> TraceStatus:
    """
    Return what is reported of a member.

    @param keyLog: what is said of its key log, or an empty text.
    """
    trace = " ".join(traces.of(member.userid)) or NO_TRACE
    return TraceStatus(member.userid, member.state.value, f"{trace}, {keyLog}" if keyLog else trace)
