# -*- test-case-name: tests.manager.test_keylogging -*-
"""
KEYLOG of TRACE: the secrets of chosen connections, for a while.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from sslpool.interfaces import IKeyFile
from sslpool.manager.member import Member, Process
from sslpool.messages import OperatorError, Said, said
from sslpool.messages.announce import announce, announceFault, announceSaid
from sslpool.tracing.operands import Order


class KeyLogs:
    """
    At most one key log.

    @param reactor: ends it.
    @param file: where it goes.
    """

    log = Logger()

    def __init__(self, reactor: IReactorTime, file: IKeyFile) -> None:
        self._reactor = reactor
        self._file = file
        self._ending: IDelayedCall | None = None
        self._path = ""
        self._selector = ""
        self._members: tuple[Member, ...] = ()

    def of(self, member: Member) -> str:
        """
        Return what QUERY TRACE says of the key log of a member, or an empty text.
        """
        remaining = self._remaining(member)
        return f"KEYLOG {self._selector} for {remaining} s" if remaining else ""

    def joined(self, member: Member) -> None:
        """
        A member's server has started: it logs for what remains of the time.
        """
        remaining, process = self._remaining(member), member.process
        if remaining and process is not None:
            telling = Deferred.fromCoroutine(self._tell(member, process, self._selector, remaining))
            telling.addCallback(lambda problem: announceSaid(self.log, problem) if problem else None)
            telling.addErrback(lambda failure: announceFault(self.log, "a server was told of the key log", failure))

    def _remaining(self, member: Member) -> int:
        """
        Return for how many seconds, rounded up, a member logs.
        """
        if self._ending is None or not self._ending.active() or member not in self._members:
            return 0
        return ceil(self._ending.getTime() - self._reactor.seconds())

    async def begin(self, members: Sequence[Member], order: Order, asker: str, owner: bool) -> list[Said]:
        """
        Log the secrets of what is selected in members, in those that do not run as soon as
        they do; return a message for each that cannot.

        @raise OperatorError: the file cannot be made.
        """
        keyLog = order.keyLog
        assert keyLog is not None
        path = self._file.open(keyLog.path, owner)
        self._stopTimer()
        if self._path:
            announce(self.log, "SSLP625I", path=self._path, lines="-")
        # Those of the log before would go on, into the new file.
        others = [member for member in self._members if member not in members]
        self._path = path
        self._members = tuple(members)
        self._ending = self._reactor.callLater(keyLog.seconds, self.end)
        self._selector = selector = str(order.trace.selector)
        announce(self.log, "SSLP624W", caller=asker, selector=selector, path=path, seconds=keyLog.seconds)
        problems = await self._tellAll(members, selector, keyLog.seconds)
        await self._tellAll(others, "ALL", 0)
        text = said("SSLP624W", caller=asker, selector=selector, path=path, seconds=keyLog.seconds)
        return [text, *filter(None, problems)]

    async def stop(self) -> None:
        """
        End the key log, in its members too.
        """
        if self._path:
            await self._tellAll(self._members, "ALL", 0)
            self.end()

    def end(self) -> None:
        """
        Nothing more is written.
        """
        self._stopTimer()
        if self._path:
            announce(self.log, "SSLP625I", path=self._path, lines=self._file.close())
            self._path = ""

    def _stopTimer(self) -> None:
        if self._ending is not None and self._ending.active():
            self._ending.cancel()
        self._ending = None

    async def _tellAll(self, members: Sequence[Member], selector: str, seconds: int) -> list[Said | None]:
        # Those before as well: their sessions may still shake hands.
        asked = [
            self._tell(member, process, selector, seconds)
            for member in members
            for process in member.processes
            if process.pid
        ]
        return await gatherResults([Deferred.fromCoroutine(each) for each in asked])

    async def _tell(self, member: Member, process: Process, selector: str, seconds: int) -> Said | None:
        try:
            await process.link.setKeyLog(selector, seconds)
        except (ConnectionError, OperatorError) as error:
            return said("DTCSSL2421E", server=member.userid, reason=error)
        return None
