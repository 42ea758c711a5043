# -*- test-case-name: tests.stack.configuration.test_rollback -*-
"""
NETSTAT OBEYFILE with HISTORY and ROLLBACK: what the history holds, and the way back to one of its
configurations.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from twisted.logger import Logger
from zope.interface import implementer

from sslpool.config.amendment import Amendment
from sslpool.interfaces import IRollback
from sslpool.messages import Said, operatorError, said
from sslpool.messages.announce import announceSaid
from sslpool.stack.configuration.history import History, obeyedNames
from sslpool.stack.configuration.reconfiguration import Reconfiguration
from sslpool.wire.history import AcceptedRecord


@implementer(IRollback)
@frozen(eq=False)
class Rollback:
    """
    The way back.

    @ivar _history: the configurations.
    @ivar _reconfiguration: follows them.
    @ivar _directory: where the configuration files are.
    """

    _history: History
    _reconfiguration: Reconfiguration
    _directory: str
    log = Logger()

    def history(self, number: int | None) -> list[AcceptedRecord]:
        self._requireFiles()
        if number is None:
            return [record.brief for record in self._history.records]
        return [self._history.former(number)]

    async def rollback(self, number: int | None, test: bool, by: str) -> list[Said]:
        self._requireFiles()
        former = self._history.former(number)
        obeyed = [Amendment(each.name, each.text, again=True) for each in former.obeyed]
        how = f"ROLLBACK {former.number}"
        messages, differing = await self._reconfiguration.recall(how, former.files, obeyed, test, by)
        if test:
            return messages
        standing = self._standing(former.number, obeyed, differing)
        for message in standing:
            announceSaid(self.log, message)
        return [*messages, *standing]

    def _requireFiles(self) -> None:
        if not self._reconfiguration.hasFiles:
            raise operatorError("SSLP041E")

    def _standing(self, former: int, obeyed: Sequence[Amendment], differing: Sequence[str]) -> list[Said]:
        """
        Return what is in effect after a rollback, and how long.

        @param former: the number of the configuration that is in effect again.
        """
        messages, directory, now = [], self._directory, self._history.records[-1].number
        if now != former:
            messages.append(said("SSLP080I", number=former, now=now))
        if differing:
            messages.append(said("SSLP081W", directory=directory, names=", ".join(differing)))
        elif not obeyed:
            messages.append(said("SSLP083I", directory=directory))
        if obeyed:
            messages.append(said("SSLP082W", names=obeyedNames(obeyed)))
        return messages
