# -*- test-case-name: tests.manager.test_keylogs -*-
"""
KEYLOG of TRACE: the secrets of chosen connections, for a while.  Lives in the stack
process.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from sslpool.interfaces import IKeyFile
from sslpool.manager.member import Member
from sslpool.messages import OperatorError, render
from sslpool.messages.announce import announce
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

    async def begin(self, members: Sequence[Member], order: Order, asker: str, owner: bool) -> list[str]:
        """
        Log the secrets of what is selected in members that run; return a message for each.

        @raise OperatorError: the file cannot be made.
        """
        keyLog = order.keyLog
        assert keyLog is not None
        path = self._file.open(keyLog.path, owner)
        self._stopTimer()
        if self._path:
            announce(self.log, "SSLP625I", path=self._path, lines="-")
        self._path = path
        self._ending = self._reactor.callLater(keyLog.seconds, self.end)
        selector = str(order.trace.selector)
        announce(self.log, "SSLP624W", caller=asker, selector=selector, path=path, seconds=keyLog.seconds)
        asked = [self._tell(member, selector, keyLog.seconds) for member in members if member.process is not None]
        problems = await gatherResults([Deferred.fromCoroutine(each) for each in asked])
        text = render("SSLP624W", caller=asker, selector=selector, path=path, seconds=keyLog.seconds)
        return [text, *filter(None, problems)]

    async def stop(self, members: Sequence[Member]) -> None:
        """
        End the key log in members that run.
        """
        if self._path:
            asked = [self._tell(member, "ALL", 0) for member in members if member.process is not None]
            await gatherResults([Deferred.fromCoroutine(each) for each in asked])
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

    async def _tell(self, member: Member, selector: str, seconds: int) -> str:
        assert member.process is not None
        try:
            await member.process.link.setKeyLog(selector, seconds)
        except (ConnectionError, OperatorError) as error:
            return render("DTCSSL2421E", server=member.userid, reason=error)
        return ""
