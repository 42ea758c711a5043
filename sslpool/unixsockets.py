# -*- test-case-name: tests.test_unixsockets -*-
"""
UNIX sockets that listen at a path from which others may remove them.  Lives in the stack process.

C{twisted.internet.unix.Port} unlinks whatever is at its path when it is closed, and cannot
be closed where nothing is there.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IProtocolFactory
from twisted.internet.tcp import Port as TCPPort
from twisted.internet.unix import Port
from twisted.python.failure import Failure

from sslpool.reasons import reasonOf

BATCH = 4
"""
How many connections are taken at once: whoever makes many does not hold up everything else.
"""

Identity = tuple[int, int]
"""
Device and inode of a file.
"""


def identityOf(path: str) -> Identity | None:
    """
    Return what tells one file from another that is later at the same path; C{None} where there is none.
    """
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def clear(path: str) -> None:
    """
    Remove a socket from a path, but nothing else.

    @raise OSError: there is something else, or it cannot be removed.
    """
    try:
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise FileExistsError(errno.EEXIST, "something other than a socket is in the way", path)
        os.unlink(path)
    except FileNotFoundError:
        return


class PathPort(Port):
    """
    A listening socket that removes from its path only what it has put there itself.

    @param path: the path.
    @param mode: the socket's permissions.
    """

    _identity: Identity | None = None

    def __init__(self, path: str, factory: IProtocolFactory, mode: int, reactor: Any) -> None:
        super().__init__(os.fsencode(path), factory, mode=mode, reactor=reactor)
        self._path = path

    @property
    def isThere(self) -> bool:
        """
        Whether its path leads to it.
        """
        return identityOf(self._path) == self._identity

    def doRead(self) -> None:
        """
        Take a few connections.
        """
        self.numberAccepts = min(self.numberAccepts, BATCH)
        super().doRead()

    def startListening(self) -> None:
        """
        Listen.

        @raise CannotListenError: that is not possible.
        """
        super().startListening()
        self._identity = identityOf(self._path)

    def connectionLost(self, reason: Failure) -> None:
        """
        It is closed.
        """
        if self.isThere:
            super().connectionLost(reason)
        else:
            TCPPort.connectionLost(self, reason)


class UnixListener:
    """
    Listens at a path.

    @ivar path: the path.
    @param mode: the socket's permissions, from before anybody can connect.
    """

    def __init__(self, reactor: Any, path: str, factory: IProtocolFactory, mode: int) -> None:
        self.path = path
        self._reactor = reactor
        self._factory = factory
        self._mode = mode
        self._port: PathPort | None = None

    @property
    def isOpen(self) -> bool:
        """
        Whether it listens, or did before somebody removed its socket.
        """
        return self._port is not None

    def open(self) -> None:
        """
        Listen, in place of a socket that a dead process has left.

        @raise OSError: something else is at the path, or the socket cannot be made.
        """
        clear(self.path)
        port = PathPort(self.path, self._factory, self._mode, self._reactor)
        try:
            port.startListening()
        except CannotListenError as error:
            reason = error.socketError
            # A path that is too long has no number.
            raise OSError(reason.errno or errno.ENAMETOOLONG, reasonOf(reason), self.path) from error
        self._port = port

    def tend(self) -> bool:
        """
        Listen anew where the path does not lead here any more; tell whether that was so.
        Connections are not disturbed.

        @raise OSError: something else is at the path, or the socket cannot be made.
        """
        before = self._port
        if before is None or before.isThere:
            return False
        self.open()
        before.stopListening()
        return True

    def close(self) -> Deferred[None]:
        """
        Stop listening; fires when that is done.
        """
        port, self._port = self._port, None
        if port is None:
            return succeed(None)
        closing: Deferred[None] = maybeDeferred(port.stopListening).addCallback(lambda _: None)
        return closing
