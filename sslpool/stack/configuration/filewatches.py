# -*- test-case-name: tests.stack.configuration.test_filewatches -*-
"""
What follows files that change: the CP directory, and the key database, whose change is a
REFRESH that nobody has asked for where C{:mount.} says so.  Lives in the stack process.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.application.service import IService
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from sslpool.keydb.files import stashPath
from sslpool.messages.announce import announce, announceFault, announceSaid
from sslpool.stack.configuration.reconfiguration import Refresh
from sslpool.stack.configuration.watch import DirectoryWatch, KeyWatch

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
        work.addCallback(lambda followed: None if followed else watch.again())
        work.addErrback(lambda failure: announceFault(log, "a change of the key database was followed", failure))

    watch = KeyWatch(reactor, [keyFile, stashPath(keyFile)], changed)
    return watch


async def follow(refresh: Refresh) -> bool:
    """
    Do what SSLADMIN REFRESH does, and log what it would answer.

    @return: it was not refused as a whole.
    """
    announce(log, "SSLP171I")
    messages = await refresh(None)
    for message in messages:
        announceSaid(log, message)
    return not any(message.id == "SSLP161E" for message in messages)
