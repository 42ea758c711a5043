# -*- test-case-name: tests.commands.test_syntax -*-
"""
The grammar of commands in the manner of z/VM: keywords that may be abbreviated,
operands, and options behind a left parenthesis.  Used by the commands; pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import evolve, frozen

from sslpool.messages import operatorError

LONGEST_MONITOR = 86_400
"""
The most seconds between two reports of MONITOR.
"""

_WORD = re.compile(r"[()]|[^\s()]+")
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
    """

    server: str | None = None
    stack: str | None = None
    monitor: int | None = None
    now: bool = False
    test: bool = False


@frozen
class Form:
    """
    One form of a command.

    @ivar keywords: its words; capitals are the least that must be typed.
    @ivar action: what it asks for.
    @ivar does: what it does, for HELP.
    @ivar supported: this release provides it.
    @ivar operand: what must follow, as the operator would say it; or empty.
    @ivar optional: the operand may be left out.
    @ivar targets: SSLSERVER applies.
    @ivar repeats: MONITOR applies.
    @ivar stops: NOW applies.
    @ivar tests: TEST applies.
    @ivar free: the operand is all that follows, words and all.
    """

    keywords: tuple[str, ...]
    action: str
    does: str = ""
    supported: bool = True
    operand: str = ""
    optional: bool = False
    targets: bool = True
    repeats: bool = False
    stops: bool = False
    tests: bool = False
    free: bool = False

    @property
    def title(self) -> str:
        """
        The form in full, as messages name it.
        """
        return " ".join(self.keywords).upper()


HELP = Form(
    ("HELP",), "help", "this, or the explanation of a message", operand="[messageid]", optional=True, targets=False
)
"""
The form that all programs have in common.
"""


@frozen
class Request:
    """
    A command that was understood.

    @ivar form: its form.
    @ivar operand: what followed the keywords, or empty.
    @ivar options: its options.
    """

    form: Form
    operand: str
    options: Options


@frozen
class Grammar:
    """
    The forms of a program's commands.

    @ivar program: the program's name.
    @ivar forms: its commands.
    @ivar default: what it does without operands.
    @ivar addressed: C{TCP userid} before or behind the operands names the stack.
    """

    program: str
    forms: tuple[Form, ...]
    default: Form
    addressed: bool = False

    def parse(self, words: Sequence[str], given: Options) -> Request:
        """
        Understand a command.

        @param words: what the shell made of it; a word may hold several.
        @param given: options that were given in the shell's manner.
        @raise OperatorError: it is not understood, or its options do not go with it.
        """
        tokens = _WORD.findall(" ".join(words))
        operands, optionWords = _split(tokens)
        if self.addressed:
            operands, given = _address(operands, given, [form for form in self.forms if form.free])
        form, operand = self._match(operands)
        options = _readOptions(optionWords, given)
        _checkOptions(form, options)
        return Request(form, operand, options)

    def _match(self, operands: list[str]) -> tuple[Form, str]:
        """
        Return the form that the operands have, and what follows its keywords.
        """
        if not operands:
            return self.default, ""
        fitting = [form for form in self.forms if _fit(form, operands) == len(form.keywords)]
        if not fitting:
            raise self._mismatch(operands)
        form = max(fitting, key=lambda each: len(each.keywords))
        rest = operands[len(form.keywords) :]
        if not form.supported:
            raise operatorError("SSLP428E", command=f"{self.program} {form.title}")
        if form.operand and not rest and not form.optional:
            raise operatorError("SSLP422E", command=form.title, expected=form.operand)
        if form.free:
            return form, " ".join(rest)
        if len(rest) > bool(form.operand):
            raise operatorError("SSLP421E", word=rest[bool(form.operand)], command=form.title)
        return form, rest[0] if rest else ""

    def _mismatch(self, operands: list[str]) -> Exception:
        """
        Return the error for operands that no form has: what is wrong with the first
        word that does not fit.
        """
        closest = max(self.forms, key=lambda form: _fit(form, operands))
        fitted = _fit(closest, operands)
        if fitted == 0:
            return operatorError("SSLP420E", word=operands[0], program=self.program)
        command = " ".join(closest.keywords[:fitted]).upper()
        if fitted < len(operands):
            return operatorError("SSLP421E", word=operands[fitted], command=command)
        following = {form.keywords[fitted] for form in self.forms if form.supported and _fit(form, operands) == fitted}
        return operatorError("SSLP422E", command=command, expected=" or ".join(sorted(following)))


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
    name = word.upper()
    if not _USERID.fullmatch(name):
        expected = "a userid of at most 8 characters"
        raise operatorError("SSLP424E", option=option, expected=expected, word=word or "nothing")
    return name


def applyOption(options: Options, name: str, value: str) -> Options:
    """
    Return C{options} with one more.

    @param name: C{SSLSERVER}, C{TCPSERVER} or C{MONITOR}.
    @raise OperatorError: it was given before, or its value is not valid.
    """
    known = {"SSLSERVER": options.server, "TCPSERVER": options.stack, "MONITOR": options.monitor}
    if known[name] is not None:
        raise operatorError("SSLP425E", option=name)
    if name == "MONITOR":
        return evolve(options, monitor=_seconds(value))
    if name == "TCPSERVER":
        return evolve(options, stack=userid(name, value))
    return evolve(options, server=userid(name, value))


def _fit(form: Form, operands: Sequence[str]) -> int:
    """
    Return how many keywords of C{form} the operands begin with.
    """
    count = 0
    for word, keyword in zip(operands, form.keywords, strict=False):
        if not abbreviates(word, keyword):
            break
        count += 1
    return count


def _split(tokens: list[str]) -> tuple[list[str], list[str]]:
    """
    Return the operands, and the words between the parentheses.
    """
    opened = tokens.index("(") if "(" in tokens else len(tokens)
    operands, options = tokens[:opened], tokens[opened + 1 :]
    if options and options[-1] == ")":
        options = options[:-1]
    for word in (*operands, *options):
        if word in ("(", ")"):
            raise operatorError("SSLP427E", word=word)
    return operands, options


def _address(operands: list[str], given: Options, free: list[Form]) -> tuple[list[str], Options]:
    """
    Return the operands without C{TCP userid}, and the options with it.

    @param free: forms behind which the words are not ours: a PORT statement may end with C{TCP userid}.
    """
    if len(operands) >= 2 and operands[0].upper() == "TCP":
        return operands[2:], applyOption(given, "TCPSERVER", operands[1])
    if any(_fit(form, operands) for form in free):
        return operands, given
    if len(operands) >= 2 and operands[-2].upper() == "TCP":
        return operands[:-2], applyOption(given, "TCPSERVER", operands[-1])
    return operands, given


def _readOptions(words: list[str], given: Options) -> Options:
    """
    Return C{given} with the options that the words say.
    """
    options = given
    rest = iter(words)
    for word in rest:
        flag = next((name for name in ("NOW", "TEST") if abbreviates(word, name)), None)
        if flag is not None:
            options = _applyFlag(options, flag)
            continue
        name = _optionName(word)
        options = applyOption(options, name, next(rest, ""))
    return evolve(options, server=None) if options.server == "ALL" else options


def _applyFlag(options: Options, name: str) -> Options:
    """
    Return C{options} with one more that has no value.
    """
    if options.now if name == "NOW" else options.test:
        raise operatorError("SSLP425E", option=name)
    return evolve(options, now=True) if name == "NOW" else evolve(options, test=True)


def _checkOptions(form: Form, options: Options) -> None:
    """
    @raise OperatorError: an option does not go with the form.
    """
    for option, given, applies in (
        ("SSLSERVER", options.server is not None, form.targets),
        ("MONITOR", options.monitor is not None, form.repeats),
        ("NOW", options.now, form.stops),
        ("TEST", options.test, form.tests),
    ):
        if given and not applies:
            raise operatorError("SSLP426E", option=option, command=form.title)


def _optionName(word: str) -> str:
    """
    Return an option's name in full.
    """
    for keyword in ("SSLserver", "TCPserver", "MONitor"):
        if abbreviates(word, keyword):
            return keyword.upper()
    raise operatorError("SSLP423E", word=word)


def _seconds(word: str) -> int:
    """
    Return the operand of MONITOR.
    """
    if not re.fullmatch(r"[0-9]{1,5}", word) or not 1 <= int(word) <= LONGEST_MONITOR:
        expected = f"a number of seconds from 1 to {LONGEST_MONITOR}"
        raise operatorError("SSLP424E", option="MONITOR", expected=expected, word=word or "nothing")
    return int(word)
