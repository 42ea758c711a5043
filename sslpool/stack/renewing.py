# -*- test-case-name: tests.stack.test_renewing -*-
"""
A REFRESH that nobody has asked for: the key database has changed, and C{:mount.}
says that this is to be followed.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from sslpool.keydb.files import stashPath
from sslpool.messages.announce import announce, announceFault, announceText
from sslpool.stack.watch import KeyWatch

Refresh = Callable[[str | None], Awaitable[list[str]]]

log = Logger()


def keyWatch(reactor: IReactorTime, keyFile: str, refresh: Refresh) -> KeyWatch:
    """
    Return the service that looks at C{keyFile} and its stash, and follows changes.
    """

    def changed() -> None:
        work = Deferred.fromCoroutine(follow(refresh))
        work.addErrback(lambda failure: announceFault(log, "a change of the key database was followed", failure))

    return KeyWatch(reactor, [keyFile, stashPath(keyFile)], changed)


async def follow(refresh: Refresh) -> None:
    """
    Do what SSLADMIN REFRESH does, and log what it would answer.
    """
    announce(log, "SSLP171I")
    for message in await refresh(None):
        announceText(log, message)
