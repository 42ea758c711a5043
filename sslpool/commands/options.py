# -*- test-case-name: tests.commands.test_syntax -*-
"""
The options behind the left parenthesis: one table of what there is, and how it is read.  Used by the commands; pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
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
    @ivar history: HISTORY: show configurations that were accepted.
    @ivar rollback: ROLLBACK: go back to one of them.
    """

    server: str | None = None
    stack: str | None = None
    monitor: int | None = None
    now: bool | None = None
    test: bool | None = None
    select: tuple[str, ...] | None = None
    history: bool | None = None
    rollback: bool | None = None


def abbreviates(word: str, keyword: str) -> bool:
    """
    Return whether C{word}, in any case, is C{keyword} or as much of its beginning as its capitals, or more.
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
    Option("SSLserver", "server", "userid|ALL", "the server; default ALL", userid),
    Option("TCPserver", "stack", "userid", "the stack; default TCPIP", userid),
    Option("MONitor", "monitor", "seconds", "repeat the query until you interrupt it", _seconds),
    Option("SELect", "select", "userid|port|address ...", "show only what matches one of these", _selection, True),
    Option("NOW", "now", "", "close running sessions at once; with REFRESH KEYS, accept no earlier keys", _flag),
    Option("TEST", "test", "", "change nothing; show what would change", _flag),
    Option("HISTory", "history", "", "show the configurations accepted so far", _flag),
    Option("ROLLback", "rollback", "", "go back to one of them", _flag),
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


def operandsBehind(words: Sequence[str], marks: Container[str]) -> tuple[list[str], list[str]]:
    """
    Return the operands that stand behind options, and the words without them.

    @param marks: the names of options without an operand that a command's operand may follow, as in C{(ROLLBACK 12}.
    """
    operands: list[str] = []
    rest: list[str] = []
    marked = False
    for word in words:
        if (option := _optionOf(word)) is not None:
            marked = option.name in marks
        (operands if marked and option is None else rest).append(word)
    return operands, rest


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


def isFlag(word: str) -> bool:
    """
    Return whether a word is an option that has no operand, such as NOW.
    """
    option = _optionOf(word)
    return option is not None and not option.operand
