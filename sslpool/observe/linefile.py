# -*- test-case-name: tests.observe.test_linefile -*-
"""
A file of whole lines that others may move, remove or fill up: it is made again, no line
is torn, and what is lost is counted.  Lives in the stack process.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress

from attrs import define

from sslpool.unixsockets import identityOf

FILE_MODE = 0o600
DIRECTORY_MODE = 0o700
"""
Logs have names and addresses, and traces have what sessions carry.
"""

PARENT_MODE = 0o755
"""
Of directories above that one, where they are missing: the run directory is one of them.
"""


@define
class Condition:
    """
    How a log is.

    @ivar path: what it is called in messages.
    @ivar failed: why the last attempt to write has failed, or empty.
    @ivar reason: why one has failed for the last time.
    @ivar lost: how many lines have been lost and not been said.
    @ivar again: it was moved or removed, has been made again, and that has not been said.
    @ivar complained: the reason that was said last.
    @ivar quietUntil: when losses may be said again, in seconds of the remarks' clock.
    """

    path: str
    failed: str = ""
    reason: str = ""
    lost: int = 0
    again: bool = False
    complained: str = ""
    quietUntil: float = 0.0

    def fail(self, error: OSError | ValueError, lost: int) -> None:
        """
        Something could not be written.
        """
        self.failed = self.reason = getattr(error, "strerror", None) or str(error)
        self.lost += lost


class LineFile:
    """
    A file at the end of which lines are written.  Each writing looks whether the path
    still leads to the file that is open; logging is no hot path.

    @ivar path: its path.
    @ivar size: its octets, as far as they are ours.
    @ivar condition: how it is.
    @ivar remade: how many times it was not at its path any more, and was given up for another.
    @param exclusive: the file must be a new one whenever it is made.
    """

    def __init__(self, path: str, exclusive: bool = False) -> None:
        self.path = path
        self.size = self.remade = 0
        self.condition = Condition(path)
        self._exclusive = exclusive
        self._descriptor: int | None = None
        self._identity = (0, 0)
        self._torn = False

    def write(self, text: str) -> bool:
        """
        Write text that ends with a line; C{False} where not all of it could be written.  The next one is tried anew.
        """
        octets = encoded(text)
        written = 0
        try:
            self.open()
            self.makeRoom(len(octets))
            descriptor = self.open()
            if self._torn:
                os.write(descriptor, b"\n")
                self._torn = False
            while written < len(octets):
                written += os.write(descriptor, octets[written:])
        except OSError as error:
            self.condition.fail(error, octets.count(b"\n", self._mend(octets, written)))
            if not self._exclusive:
                self.close()
            return False
        self.size += written
        self.condition.failed = ""
        return True

    def makeRoom(self, octets: int) -> None:
        """
        So much is about to be written.

        @raise OSError: there is no room for it.
        """

    def open(self) -> int:
        """
        Return the descriptor, of a new file where the old one is not at the path any more.

        @raise OSError: it cannot be opened or made.
        """
        if self._descriptor is not None and not self._isThere():
            self.close()
            self.condition.again = True
            self.remade += 1
        if self._descriptor is None:
            if self.condition.again:
                _requireOwn(os.path.dirname(os.path.abspath(self.path)))
            self._descriptor = descriptor = self._made()
            found = os.fstat(descriptor)
            self._identity = found.st_dev, found.st_ino
            self.size = found.st_size
            self._torn = found.st_size > 0 and os.pread(descriptor, 1, found.st_size - 1) != b"\n"
        return self._descriptor

    def close(self) -> None:
        """
        Close it; writing opens it again.
        """
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def reopen(self) -> None:
        """
        Look now whether it is there, and make it again where it is not.
        """
        if self._descriptor is not None:
            try:
                self.open()
            except OSError as error:
                self.condition.fail(error, 0)

    def _made(self) -> int:
        try:
            return openRegular(self.path, self._exclusive)
        except FileNotFoundError:
            if self._exclusive and not self.condition.again:
                raise
            makeDirectory(os.path.dirname(self.path))
            return openRegular(self.path, self._exclusive)

    def _isThere(self) -> bool:
        return identityOf(self.path) == self._identity

    def _mend(self, octets: bytes, written: int) -> int:
        """
        Take back the part of a line that was written before there was no room any more; return
        how many octets of whole lines there are.
        """
        whole = octets.rfind(b"\n", 0, written) + 1
        if written > whole and self._descriptor is not None:
            self._torn = True
            with suppress(OSError):  # then the next line begins with the end of this one
                end = os.lseek(self._descriptor, 0, os.SEEK_CUR)
                if os.fstat(self._descriptor).st_size == end:
                    os.ftruncate(self._descriptor, end - (written - whole))
                    self._torn = False
        return whole


def openRegular(path: str, exclusive: bool = False) -> int:
    """
    Return the descriptor of a file at whose end lines are written, made where it is missing.

    @param exclusive: it must be a new one.
    @raise OSError: it cannot be opened; or there is something else than a file.  Whoever opens or
        writes a pipe may have to wait for somebody to read it, and the stack waits for nobody.
    """
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
    flags |= os.O_EXCL if exclusive else 0
    descriptor = os.open(path, flags, FILE_MODE)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not a regular file", path)
    return descriptor


def encoded(text: str) -> bytes:
    """
    Return the octets of text for a log.
    """
    return text.encode("utf-8", "backslashreplace")


def makeDirectory(path: str) -> None:
    """
    Make a directory that only its owner may enter, where it is missing.

    @raise OSError: it cannot be made, or is another user's.
    """
    path = os.path.abspath(path)
    missing, above = [], path
    while not os.path.isdir(above):
        missing.append(above)
        above = os.path.dirname(above)
    for each in reversed(missing):
        os.mkdir(each, DIRECTORY_MODE)
        os.chmod(each, DIRECTORY_MODE if each == path else PARENT_MODE)
    if os.stat(path).st_uid not in (0, os.geteuid()):
        raise PermissionError(errno.EPERM, "it belongs to another user", path)


def _requireOwn(directory: str) -> None:
    """
    Make sure that nobody has put a directory of his own, one above it, or a link, where ours was.

    @raise PermissionError: somebody has.
    """
    for path in (directory, os.path.dirname(directory)):
        try:
            owners = {os.stat(path).st_uid, os.lstat(path).st_uid}
        except FileNotFoundError:
            continue
        if not owners <= {0, os.geteuid()}:
            raise PermissionError(errno.EPERM, "its directory belongs to another user now", path)
