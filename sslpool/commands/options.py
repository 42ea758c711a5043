# -*- test-case-name: tests.commands.test_syntax -*-
"""
The options behind the left parenthesis: one table of what there is, and how it is
read.  Used by the commands; pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from attrs import evolve, frozen

from sslpool.config.values import upperCase
from sslpool.messages import operatorError
from sslpool.reports.selection import selectors

LONGEST_MONITOR = 86_400
"""
The most seconds between two reports of MONITOR.
"""

_USERID = re.compile(r"[A-Z0-9@#$_-]{1,8}", re.ASCII)


@frozen
class Options:
    """
    The options of a command.

    @ivar server: SSLSERVER: a member's userid, or C{None} for ALL or not given.
    @ivar stack: TCPSERVER: the stack's userid, or C{None} where not given.
    @ivar monitor: MONITOR: seconds between two reports, or C{None}.
    @ivar now: NOW: stop without waiting.
    @ivar test: TEST: change nothing, only say what would be changed.
    @ivar select: SELECT: what is to be shown, or C{None} for everything.
    """

    server: str | None = None
    stack: str | None = None
    monitor: int | None = None
    now: bool | None = None
    test: bool | None = None
    select: tuple[str, ...] | None = None


def abbreviates(word: str, keyword: str) -> bool:
    """
    Return whether C{word}, in any case, is C{keyword} or as much of its beginning
    as its capitals, or more.
    """
    least = sum(character.isupper() for character in keyword)
    return len(word) >= least and keyword.upper().startswith(word.upper())


def userid(option: str, word: str) -> str:
    """
    Return a userid in upper case.

    @raise OperatorError: C{word} is none.
    """
    name = upperCase(word)
    if not _USERID.fullmatch(name):
        expected = "a user ID of at most 8 characters"
        raise operatorError("SSLP424E", option=option, expected=expected, word=word or "nothing")
    return name


def _seconds(option: str, word: str) -> int:
    """
    Return the operand of MONITOR.
    """
    if not re.fullmatch(r"[0-9]{1,5}", word) or not 1 <= int(word) <= LONGEST_MONITOR:
        expected = f"a number of seconds from 1 to {LONGEST_MONITOR}"
        raise operatorError("SSLP424E", option=option, expected=expected, word=word or "nothing")
    return int(word)


def _flag(option: str, word: str) -> bool:
    """
    Return the value of an option that has no operand.
    """
    return True


def _selection(option: str, word: str) -> tuple[str, ...]:
    """
    Return the operands of SELECT.
    """
    if not word.split():
        raise operatorError("SSLP424E", option=option, expected="a user ID, port or address", word="nothing")
    selectors(word.split())
    return tuple(word.split())


@frozen
class Option:
    """
    One option.

    @ivar keyword: its name; capitals are the least that must be typed.
    @ivar field: where it is in L{Options}.
    @ivar operand: its operand as HELP shows it, or empty.
    @ivar meaning: what it does, for HELP.
    @ivar read: makes its value from its name and operand, or raises an error.
    @ivar several: its operand is all words as far as the next option.
    """

    keyword: str
    field: str
    operand: str
    meaning: str
    read: Callable[[str, str], object]
    several: bool = False

    @property
    def name(self) -> str:
        """
        Its name in full.
        """
        return self.keyword.upper()

    @property
    def syntax(self) -> str:
        """
        The option as HELP shows it.
        """
        return f"{self.keyword} {self.operand}".rstrip()


OPTIONS = (
    Option("SSLserver", "server", "userid|ALL", "the server that is meant; default ALL", userid),
    Option("TCPserver", "stack", "userid", "the stack that is meant; default TCPIP", userid),
    Option("MONitor", "monitor", "seconds", "repeat a query until interrupted", _seconds),
    Option("SELect", "select", "userid|port|address ...", "show only what has one of these", _selection, True),
    Option("NOW", "now", "", "close running sessions at once; with REFRESH KEYS, accept no earlier keys", _flag),
    Option("TEST", "test", "", "change nothing, only say what would be changed", _flag),
)
"""
All options of all commands.
"""

BY_NAME = {option.name: option for option in OPTIONS}


def applyOption(options: Options, name: str, value: str) -> Options:
    """
    Return C{options} with one more.

    @param name: its name in full.
    @raise OperatorError: it was given before, or its value is not valid.
    """
    option = BY_NAME[name]
    if getattr(options, option.field) is not None:
        raise operatorError("SSLP425E", option=name)
    read: dict[str, Any] = {option.field: option.read(name, value)}
    return evolve(options, **read)


def readOptions(words: Sequence[str], given: Options) -> Options:
    """
    Return C{given} with the options that the words say.

    @raise OperatorError: a word is not an option, or an option is not valid.
    """
    options, rest = given, list(words)
    while rest:
        word = rest.pop(0)
        option = _optionOf(word)
        if option is None:
            raise operatorError("SSLP423E", word=word)
        operands: list[str] = []
        while option.operand and rest and (not operands or option.several and _optionOf(rest[0]) is None):
            operands.append(rest.pop(0))
        options = applyOption(options, option.name, " ".join(operands))
    return options


def checkOptions(command: str, takes: Iterable[str], options: Options) -> None:
    """
    @param command: the command in full.
    @param takes: the names of the options that go with it, beside TCPSERVER.
    @raise OperatorError: an option does not.
    """
    for option in OPTIONS:
        if getattr(options, option.field) is not None and option.name not in ("TCPSERVER", *takes):
            raise operatorError("SSLP426E", option=option.name, command=command)


def _optionOf(word: str) -> Option | None:
    """
    Return the option that a word begins.
    """
    return next((option for option in OPTIONS if abbreviates(word, option.keyword)), None)
