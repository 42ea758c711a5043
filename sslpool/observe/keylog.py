# -*- test-case-name: tests.observe.test_keylog -*-
"""
The file of a key log.  Lives in the stack process, which makes it: servers may be
other users.
"""

from __future__ import annotations

import os

from zope.interface import implementer

from sslpool.interfaces import IKeyFile
from sslpool.messages import operatorError

LARGEST = 16 * 1024 * 1024
"""
Octets after which nothing more is written.
"""


@implementer(IKeyFile)
class KeyFile:
    """
    A file for one key log at a time.

    @param directory: where names without a directory are.
    """

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._descriptor: int | None = None
        self._size = 0
        self.lines = 0

    def open(self, name: str, anywhere: bool) -> str:
        """
        See L{IKeyFile.open}.
        """
        path = os.path.join(self._directory, name)
        if os.path.basename(name) != name and not anywhere:
            raise operatorError("SSLP626E", path=name, reason="only the user who runs the stack may name a directory")
        if not os.path.isabs(path):
            raise operatorError("SSLP626E", path=name, reason="give a name, or an absolute path")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(path, flags, 0o600)
        except OSError as error:
            raise operatorError("SSLP626E", path=path, reason=error.strerror) from error
        self.close()
        self._descriptor, self._size, self.lines = descriptor, 0, 0
        return path

    def write(self, line: str) -> None:
        """
        See L{IKeyFile.write}.
        """
        octets = f"{line}\n".encode("ascii", "replace")
        if self._descriptor is None or self._size + len(octets) > LARGEST:
            return
        try:
            os.write(self._descriptor, octets)
        except OSError:
            return  # the file system is full; the operator finds the file short
        self._size += len(octets)
        self.lines += 1

    def close(self) -> int:
        """
        See L{IKeyFile.close}.
        """
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        return self.lines
