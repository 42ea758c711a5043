# -*- test-case-name: tests.commands.test_invocation -*-
"""
Options in the shell's manner, which may stand anywhere among a command's words.  Used by the commands.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from getopt import GetoptError, gnu_getopt
from itertools import chain
from typing import NoReturn

from twisted.python import usage

from sslpool import __version__


class AnywhereOptions(usage.Options):
    """
    Options, and the words between them.

    @ivar words: the words.
    """

    def __init__(self) -> None:
        super().__init__()
        self.words: tuple[str, ...] = ()

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """
        Parse options and words in any order.

        @raise usage.UsageError: an option is not known or lacks its value.
        """
        arguments = sys.argv[1:] if options is None else list(options)
        try:
            found, words = gnu_getopt(arguments, self.shortOpt, self.longOpt)
        except GetoptError as error:
            raise usage.UsageError(str(error)) from error
        ordered = [each if self._takesValue(each[0]) else each[:1] for each in found]
        super().parseOptions([*chain.from_iterable(ordered), "--", *words])

    def _takesValue(self, option: str) -> bool:
        return f"{option[2:]}=" in self.longOpt if option.startswith("--") else f"{option[1:]}:" in self.shortOpt

    def parseArgs(self, *words: str) -> None:
        """
        Keep the words of the command.
        """
        self.words = words

    def opt_version(self) -> NoReturn:
        """
        Display the release and exit.
        """
        print(f"sslpool {__version__}")
        sys.exit(0)
