# -*- test-case-name: tests.observe.test_bounded -*-
"""
Files that only grow to a size, and of which only a number of old ones is kept.
Lives in the stack process.
"""

from __future__ import annotations

import os
from contextlib import suppress

from attrs import frozen

FILE_MODE = 0o600
DIRECTORY_MODE = 0o700
"""
Logs have names and addresses, and traces have what sessions carry.
"""


@frozen
class Bounds:
    """
    How much is kept.

    @ivar size: octets after which the next file is begun.
    @ivar keep: how many old ones are kept.
    """

    size: int = 1024 * 1024
    keep: int = 4


class BoundedFile:
    """
    A file at the end of which text is written; beside it are the old ones, C{path.1}
    being the newest of them.

    @ivar path: its path.
    @ivar failed: why the last attempt to write failed, or empty.
    """

    def __init__(self, path: str, bounds: Bounds) -> None:
        self.path = path
        self._bounds = bounds
        self._descriptor: int | None = None
        self._size = 0
        self.failed = ""

    def write(self, text: str) -> bool:
        """
        Write text; C{False} where that was not possible.  The next one is tried anew.
        """
        octets = _octets(text)
        try:
            self._open()
            if self._size and self._size + len(octets) > self._bounds.size:
                self._rotate()
            self._writeAll(octets)
        except OSError as error:
            self.failed = error.strerror or str(error)
            self.close()
            return False
        self.failed = ""
        return True

    def begins(self, text: str) -> bool:
        """
        Tell whether this text would be the first of a file.
        """
        with suppress(OSError):  # writing says so
            self._open()
        return not self._size or self._size + len(_octets(text)) > self._bounds.size

    def close(self) -> None:
        """
        Close it; writing opens it again.
        """
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def forget(self) -> None:
        """
        The file has been moved away: begin another.
        """
        self.close()
        self._size = 0

    def _open(self) -> int:
        if self._descriptor is None:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._descriptor = os.open(self.path, flags, FILE_MODE)
            self._size = os.fstat(self._descriptor).st_size
        return self._descriptor

    def _writeAll(self, octets: bytes) -> None:
        descriptor = self._open()
        view = memoryview(octets)
        while view:
            written = os.write(descriptor, view)
            self._size += written
            view = view[written:]

    def _rotate(self) -> None:
        self.close()
        for number in range(self._bounds.keep, 0, -1):
            older = self.path if number == 1 else f"{self.path}.{number - 1}"
            with suppress(FileNotFoundError):
                os.replace(older, f"{self.path}.{number}")
        if not self._bounds.keep:
            os.unlink(self.path)
        self._size = 0


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def makeDirectory(path: str) -> None:
    """
    Make a directory that only its owner may enter, where it is missing.

    @raise OSError: it cannot be made, or is another user's.
    """
    os.makedirs(path, DIRECTORY_MODE, exist_ok=True)
    if os.stat(path).st_uid not in (0, os.geteuid()):
        raise PermissionError(1, "it belongs to another user", path)
