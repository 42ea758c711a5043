# -*- test-case-name: tests.stack.configuration.test_filewatches -*-
"""
What follows files that change: the CP directory, so that a larger pool is used without a new start of anything, and the
key database, whose change is a REFRESH that nobody has asked for where C{:mount.} says so.  Lives in the stack process.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import ClassVar

from twisted.application.service import IService
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from sslpool.backoff import Backoff
from sslpool.keydb.files import stashPath
from sslpool.messages.announce import announce, announceFault, announceSaid
from sslpool.repeating import Repeating
from sslpool.stack.configuration.reconfiguration import Refresh

log = Logger()

INTERVAL = 5.0
"""
How often USER DIRECT is looked at, in seconds.
"""

KEY_INTERVAL = 1.0
"""
How often a key database is looked at, in seconds.
"""

SETTLED = 2
"""
How often in a row a key database must look the same after a change, before that
is followed: an operator may be about to change more.
"""

MOST_LOOKS = 30
"""
How often it is looked at, at most, before a change is followed that has not settled.
"""

AGAIN = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0)
"""
After how many seconds a change is followed again that could not be; the last one goes on.
"""

State = tuple[int, int, int] | None


class Watch(Repeating):
    """
    Looks at files now and then.

    @cvar interval: how often, in seconds.
    @param paths: the files.
    @param changed: called when they are not the same any more.
    """

    interval: ClassVar[float]

    def __init__(self, reactor: IReactorTime, paths: Sequence[str], changed: Callable[[], None]) -> None:
        super().__init__(reactor, self.interval, lambda: self._compare(self._look()), "files were checked")
        self._paths = paths
        self._changed = changed
        self._seen = self._look()

    def _compare(self, states: list[State]) -> None:
        """
        Follow a change.
        """
        if states != self._seen:
            self._seen = states
            self._changed()

    def _look(self) -> list[State]:
        """
        Return what tells one state of the files from another.
        """
        return [_stateOf(path) for path in self._paths]


class DirectoryWatch(Watch):
    """
    Looks at USER DIRECT.

    @param path: the file.
    """

    interval = INTERVAL

    def __init__(self, reactor: IReactorTime, path: str, changed: Callable[[], None]) -> None:
        super().__init__(reactor, [path], changed)


class KeyWatch(Watch):
    """
    Looks at a key database, and at the files that belong to it.  A change is
    followed when nothing has changed for some seconds, and the first file is there.
    """

    interval = KEY_INTERVAL

    def __init__(self, reactor: IReactorTime, paths: Sequence[str], changed: Callable[[], None]) -> None:
        super().__init__(reactor, paths, changed)
        self._followed = self._seen
        self._same = self._pending = 0
        self._backoff, self._left = Backoff(AGAIN), 0

    def again(self) -> None:
        """
        What has been followed last could not be: follow it again after a while.
        """
        self._left = int(self._backoff.failed() / KEY_INTERVAL)

    def _compare(self, states: list[State]) -> None:
        self._same = self._same + 1 if states == self._seen else 0
        self._seen = states
        if states == self._followed or states[0] is None:
            self._pending = 0
            if self._left:
                self._left -= 1
                if not self._left:
                    self._changed()
            return
        self._backoff.worked()
        self._left = 0
        self._pending += 1
        if self._same >= SETTLED or self._pending >= MOST_LOOKS:
            self._followed, self._pending = states, 0
            self._changed()


def _stateOf(path: str) -> State:
    """
    Return what tells one state of a file from another; C{None} while it is not there.
    """
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def fileWatches(
    reactor: IReactorTime, userDirect: str | None, reread: Callable[[], None], keyFile: str | None, refresh: Refresh
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
