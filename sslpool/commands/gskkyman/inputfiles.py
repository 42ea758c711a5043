# -*- test-case-name: tests.commands.gskkyman.test_inputfiles -*-
"""
Files that an operator names to have them imported or shown, read once: also standard input and pipes.  C{gskkyman}.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable

from attrs import field, frozen

from sslpool.keydb.files import LARGEST_LIST, isOpenToAll, readingOf
from sslpool.keydb.parsing import NEEDS_PASSWORD, Contents, parse
from sslpool.messages import OperatorError, Said, operatorError, said

STANDARD_INPUT = "-"


@frozen
class InputFile:
    """
    A file, as it was when it was read.

    @ivar name: what to call it in messages.
    @ivar octets: what it holds; never shown by C{repr}.
    @ivar isFile: it has a name in the file system, and permissions.
    """

    name: str
    octets: bytes = field(repr=False)
    isFile: bool = False

    def contents(self, password: str | None = None, withKeys: bool = True) -> Contents:
        """
        Return what it holds; see L{parse}.
        """
        return parse(self.octets, password, self.name, withKeys)

    def needsPassword(self, withKeys: bool = True) -> bool:
        """
        Whether it cannot be read without a password.

        @raise sslpool.messages.OperatorError: it cannot be read at all.
        """
        try:
            self.contents(None, withKeys)
        except OperatorError as error:
            if error.said.id not in NEEDS_PASSWORD:
                raise
            return True
        return False

    def warnings(self, contents: Contents) -> list[Said]:
        """
        Return the message about who can read it, where that is too many.
        """
        isExposed = self.isFile and contents.hasPlainKey and isOpenToAll(self.name)
        return [said("SSLP825W", path=self.name, what="a private key")] if isExposed else []


def readInput(path: str) -> InputFile:
    """
    Read a file, a pipe, or standard input where C{path} is C{-}.

    @raise sslpool.messages.OperatorError: SSLP311E missing, SSLP312E something else, SSLP313E it cannot be read,
        SSLP349E larger than any file of certificates or revocation lists.
    """
    if path == STANDARD_INPUT:
        return InputFile("standard input", _bounded(sys.stdin.buffer.read, "standard input"))
    with readingOf(path):
        mode = os.stat(path).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
            raise operatorError("SSLP312E", path=path)
        with open(path, "rb") as file:
            return InputFile(path, _bounded(file.read, path), stat.S_ISREG(mode))


def _bounded(read: Callable[[int], bytes], source: str) -> bytes:
    octets = read(LARGEST_LIST + 1)
    if len(octets) > LARGEST_LIST:
        raise operatorError("SSLP349E", source=source, limit=LARGEST_LIST)
    return octets
