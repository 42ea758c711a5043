# -*- test-case-name: tests.observe.test_keylog -*-
"""
The file of a key log.  Lives in the stack process, which makes it: servers may be other users.
"""

from __future__ import annotations

import errno
import os

from twisted.logger import Logger
from zope.interface import implementer

from sslpool.interfaces import IKeyFile
from sslpool.messages import operatorError
from sslpool.observe.linefile import LineFile, makeDirectory
from sslpool.observe.remarks import Remarks

LARGEST = 16 * 1024 * 1024
"""
Octets after which nothing more is written.
"""


class KeyLines(LineFile):
    """
    The lines of one key log.  Wherever it is made again, it is a new file: what somebody else
    has made is not to have keys.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path, exclusive=True)

    def makeRoom(self, octets: int) -> None:
        if self.size + octets > LARGEST:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))


@implementer(IKeyFile)
class KeyFile:
    """
    A file for one key log at a time.

    @param directory: where names without a directory are.
    """

    log = Logger()

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._file: KeyLines | None = None
        self._remarks = Remarks()
        self.lines = 0

    def open(self, name: str, anywhere: bool) -> str:
        path = os.path.join(self._directory, name)
        if os.path.basename(name) != name and not anywhere:
            raise operatorError("SSLP626E", path=name, reason="only the user who runs the stack may name a directory")
        if not os.path.isabs(path):
            raise operatorError("SSLP626E", path=name, reason="give a name, or an absolute path")
        file = KeyLines(path)
        try:
            if path == os.path.join(self._directory, os.path.basename(name)):
                makeDirectory(self._directory)
            file.open()
        except OSError as error:
            raise operatorError("SSLP626E", path=path, reason=error.strerror) from error
        self.close()
        self._file, self.lines = file, 0
        return path

    def write(self, line: str) -> None:
        if self._file is not None:
            self.lines += self._file.write(f"{line}\n")
            self._remark(self._file)

    def reopen(self) -> None:
        """
        Make the file again where it is missing.
        """
        if self._file is not None:
            self._file.reopen()
            self._remark(self._file)

    def close(self) -> int:
        if self._file is not None:
            self._file.close()
            self._file = None
        return self.lines

    def _remark(self, file: KeyLines) -> None:
        self._remarks.about(file.condition, self.log)
