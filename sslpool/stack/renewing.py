# -*- test-case-name: tests.stack.test_renewing -*-
"""
What follows files that change: the CP directory, and the key database, whose change is a
REFRESH that nobody has asked for where C{:mount.} says so.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from twisted.application.service import IService
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from sslpool.keydb.files import stashPath
from sslpool.messages.announce import announce, announceFault, announceText
from sslpool.stack.watch import DirectoryWatch, KeyWatch

Refresh = Callable[[str | None], Awaitable[list[str]]]

log = Logger()


def fileWatches(
    reactor: IReactorTime,
    userDirect: str | None,
    reread: Callable[[], None],
    keyFile: str | None,
    refresh: Refresh,
) -> list[IService]:
    """
    Return what follows files that change.

    @param userDirect: the CP directory, where there are files.
    @param keyFile: the key database, where it is to be followed.
    """
    watches: list[IService] = []
    if userDirect is not None:
        watches.append(DirectoryWatch(reactor, userDirect, reread))
    if keyFile is not None:
        watches.append(keyWatch(reactor, keyFile, refresh))
    return watches


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
