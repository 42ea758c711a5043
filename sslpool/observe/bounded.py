# -*- test-case-name: tests.observe.test_bounded -*-
"""
Files that only grow to a size, and of which only a number of old ones is kept.  Lives in the stack process.
"""

from __future__ import annotations

import os
from contextlib import suppress

from attrs import frozen

from sslpool.observe.linefile import LineFile, encoded


@frozen
class Bounds:
    """
    How much is kept.

    @ivar size: octets after which the next file is begun.
    @ivar keep: how many old ones are kept.
    """

    size: int = 1024 * 1024
    keep: int = 4


class BoundedFile(LineFile):
    """
    A file at the end of which text is written; beside it are the old ones, C{path.1} being the newest of them.
    """

    def __init__(self, path: str, bounds: Bounds) -> None:
        super().__init__(path)
        self._bounds = bounds

    def begins(self, text: str) -> bool:
        """
        Tell whether this text would be the first of a file.
        """
        with suppress(OSError):  # writing says so
            self.open()
        return not self.size or self._isTooMuch(len(encoded(text)))

    def makeRoom(self, octets: int) -> None:
        """
        See L{LineFile.makeRoom}: put the file aside where it would be too large.
        """
        if self.size and self._isTooMuch(octets):
            self._rotate()

    def _isTooMuch(self, octets: int) -> bool:
        return self.size + octets > self._bounds.size

    def forget(self) -> None:
        """
        The file has been moved away: begin another.
        """
        self.close()
        self.size = 0

    def _rotate(self) -> None:
        self.close()
        for number in range(self._bounds.keep, 0, -1):
            older = self.path if number == 1 else f"{self.path}.{number - 1}"
            with suppress(FileNotFoundError):
                os.replace(older, f"{self.path}.{number}")
        if not self._bounds.keep:
            os.unlink(self.path)
        self.size = 0
