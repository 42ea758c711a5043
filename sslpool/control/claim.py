# -*- test-case-name: tests.control.test_claim -*-
"""
The right to serve a stack from a run directory: held by one process at a time, and
by no dead one.  Lives in the stack process.
"""

from __future__ import annotations

import fcntl
import os
import stat

from attrs import define, field

from sslpool.messages import OperatorError, operatorError


@define
class Claim:
    """
    A claim to the path of a stack's control socket.  An exclusive lock on a file
    beside it decides, so two that start at the same moment cannot both win; the
    kernel takes the lock back when its holder dies.

    @ivar path: the socket's path.
    @ivar stack: the stack's userid, for messages.
    """

    path: str
    stack: str
    _lock: int | None = field(default=None, init=False)

    def take(self) -> None:
        """
        Make the directory where it is missing, take the claim, and remove the socket
        that a dead stack has left.  Taking it once more changes nothing.

        @raise OperatorError: the stack is already running, or the directory cannot
            be used.
        """
        if self._lock is not None:
            return
        self._prepareDirectory()
        self._lock = self._takeLock()
        try:
            self._removeStale()
        except OperatorError:
            self.release()
            raise

    def release(self) -> None:
        """
        Give the claim up.  The lock's file stays: removing it would let a process
        that already opened it and one that makes it anew both win.
        """
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _prepareDirectory(self) -> None:
        """
        Make sure of a directory that only the stack's user, or root, can write to.
        """
        directory = os.path.dirname(self.path)
        try:
            if not os.path.isdir(directory):
                os.makedirs(directory)
                os.chmod(directory, 0o755)
            found = os.stat(directory)
        except OSError as error:
            raise operatorError("SSLP411E", path=directory, reason=error.strerror) from error
        if found.st_uid not in (0, os.geteuid()):
            raise operatorError("SSLP411E", path=directory, reason="it belongs to another user")
        if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not found.st_mode & stat.S_ISVTX:
            raise operatorError("SSLP411E", path=directory, reason="others may write to it")

    def _takeLock(self) -> int:
        """
        Return the descriptor that holds the lock.  Nobody else may open the file, so
        nobody else can hold the lock.
        """
        try:
            lock = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise operatorError("SSLP410E", path=self.path, reason=error.strerror) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(lock)
            raise operatorError("SSLP408E", stack=self.stack, path=self.path) from error
        return lock

    def _removeStale(self) -> None:
        """
        Remove a socket at the path, but nothing else.
        """
        try:
            if not stat.S_ISSOCK(os.lstat(self.path).st_mode):
                raise operatorError("SSLP410E", path=self.path, reason="something that is no socket is in the way")
            os.unlink(self.path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise operatorError("SSLP410E", path=self.path, reason=error.strerror) from error
