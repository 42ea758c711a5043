# -*- test-case-name: tests.control.test_claim -*-
"""
The right to serve a stack from a run directory: held by one process at a time, and
by no dead one.  Lives in the stack process.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import suppress

from attrs import define, field

from sslpool.control.presence import Presence
from sslpool.messages import OperatorError, operatorError
from sslpool.trust import Untrusted, believedAt, named
from sslpool.unixsockets import clear, identityOf

DIRECTORY_MODE = 0o755


@define
class Claim:
    """
    A claim to the path of a stack's control socket.  An exclusive lock on a file beside it decides, so two that start
    at the same moment cannot both win; the kernel takes the lock back when its holder dies.  Where somebody has removed
    that file, a L{Presence} keeps others away until it has been made again.

    @ivar path: the socket's path.
    @ivar stack: the stack's user ID, for messages.
    """

    path: str
    stack: str
    _lock: int | None = field(default=None, init=False)
    _presence: Presence = field(init=False)
    _found: os.stat_result | None = field(default=None, init=False)
    _young: int | None = field(default=None, init=False)

    @_presence.default
    def _makePresence(self) -> Presence:
        return Presence(os.path.dirname(self.path), self.stack)

    def take(self) -> None:
        """
        Make the directory where it is missing, take the claim, and remove the socket
        that a dead stack has left.  Taking it once more changes nothing.

        @raise OperatorError: the stack is already running, or the directory cannot be used.
        """
        if self._lock is not None:
            return
        self._found = self._prepareDirectory()
        self._lock = self._takeLock()
        self._keepYoung()
        try:
            if not self._presence.take():
                raise operatorError("SSLP408E", stack=self.stack, path=self.path)
            self._removeStale()
        except OperatorError:
            self.release()
            raise

    def release(self) -> None:
        """
        Give the claim up.  The lock's file stays: removing it would let a process
        that already opened it and one that makes it anew both win.
        """
        self._presence.release()
        if self._young is not None:
            os.close(self._young)
            self._young = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def tend(self) -> Iterator[str]:
        """
        Make again what somebody has removed, and yield the path of each; answer to those who
        ask for the stack.  To be called every second.

        @raise OperatorError: it cannot be made again; or another process has the lock.
        """
        if self._lock is None:
            return
        try:
            if self._isDirectoryLost():
                yield os.path.dirname(self.path)
        finally:
            self._presence.answer()
        if not self.holds():
            lost, self._lock = self._lock, self._takeLock()
            os.close(lost)
            yield self._lockPath

    def holds(self) -> bool:
        """
        Tell whether the path of the lock leads to the file that is locked.
        """
        if self._lock is None:
            return False
        held = os.fstat(self._lock)
        return identityOf(self._lockPath) == (held.st_dev, held.st_ino)

    def _isDirectoryLost(self) -> bool:
        """
        Make sure of the directory, and tell whether it was another one before.  One of ours gets
        the owner and permissions of that one.
        """
        before, found = self._found, self._prepareDirectory()
        assert before is not None
        if (found.st_dev, found.st_ino) == (before.st_dev, before.st_ino):
            return False
        if found.st_uid == os.geteuid():
            self._permit(before)
        self._found = os.stat(os.path.dirname(self.path))
        self._keepYoung()
        return True

    def _permit(self, before: os.stat_result) -> None:
        """
        Give the directory the owner and permissions of another one.  Where a link leads to it, it is
        a directory of its own, and stays as it is.
        """
        try:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            directory = os.open(os.path.dirname(self.path), flags)
        except OSError:
            return
        try:
            with suppress(PermissionError):  # the group, or the owner where we are not root
                os.fchown(directory, before.st_uid, before.st_gid)
            os.fchmod(directory, stat.S_IMODE(before.st_mode))
        finally:
            os.close(directory)

    def _keepYoung(self) -> None:
        """
        Lock the directory as tmpfiles.d(5) has it: what cleans up by age then leaves it alone.
        Stacks share the lock, and none depends on it.
        """
        if self._young is not None:
            os.close(self._young)
            self._young = None
        with suppress(OSError):
            self._young = os.open(os.path.dirname(self.path), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(self._young, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def _prepareDirectory(self) -> os.stat_result:
        """
        Make sure of a directory that only the stack's user, or root, can write to; nor may anybody
        else's link lead to it, or others be able to put another one in its place.
        """
        directory = os.path.dirname(self.path)
        try:
            _makeDirectories(directory)
            believedAt(directory)
            found, link = os.stat(directory), os.lstat(directory)
        except Untrusted as error:
            raise operatorError("SSLP411E", path=directory, reason=error.reason) from error
        except OSError as error:
            raise operatorError("SSLP411E", path=directory, reason=error.strerror) from error
        others = {found.st_uid, link.st_uid} - {0, os.geteuid()}
        if others:
            reason = f"it belongs to another user, {named(others.pop())}"
            raise operatorError("SSLP411E", path=directory, reason=reason)
        return found

    @property
    def _lockPath(self) -> str:
        return f"{self.path}.lock"

    def _takeLock(self) -> int:
        """
        Return the descriptor that holds the lock.  Nobody else may open the file, so nobody else can hold the lock.
        """
        try:
            lock = os.open(self._lockPath, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
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
            clear(self.path)
        except OSError as error:
            raise operatorError("SSLP410E", path=self.path, reason=error.strerror) from error


def _makeDirectories(path: str) -> None:
    """
    Make a directory, and those above it, where they are missing; whatever the umask, as that of a
    stack in the background, all may enter them: the control socket is for everybody.

    @raise Untrusted: others could put something else in the place of what is made.
    """
    missing, above = [], os.path.abspath(path)
    while not os.path.isdir(above):
        missing.append(above)
        above = os.path.dirname(above)
    if missing:
        believedAt(above)
    for each in reversed(missing):
        try:
            os.mkdir(each)
        except FileExistsError:
            if not os.path.isdir(each):
                raise
            continue  # another stack was faster
        os.chmod(each, DIRECTORY_MODE)
