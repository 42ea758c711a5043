# -*- test-case-name: tests.commands.test_syntax -*-
"""
The grammar of commands in the manner of z/VM: keywords that may be abbreviated,
operands, and options behind a left parenthesis.  Used by the commands; pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Sequence

from attrs import evolve, frozen

from sslpool.commands.options import (
    BY_NAME,
    Options,
    abbreviates,
    applyOption,
    checkOptions,
    isFlag,
    operandsBehind,
    readOptions,
)
from sslpool.messages import OperatorError, operatorError

TARGET = "SSLSERVER"
REPEAT = "MONITOR"
NOW = "NOW"
TEST = "TEST"
SELECT = "SELECT"
HISTORY = "HISTORY"
ROLLBACK = "ROLLBACK"

HELP_SIGN = "?"
"""
What is HELP as a first word, and behind keywords.
"""

WORD = re.compile(r"[()]|[^\s()]+")
"""
A word of a command line, or a parenthesis.
"""


class Misuse(OperatorError):
    """
    A command that is not understood.

    @ivar syntax: how it would be.
    """

    def __init__(self, error: OperatorError, syntax: str) -> None:
        super().__init__(error.said)
        self.syntax = syntax


@frozen
class Form:
    """
    One form of a command.

    @ivar keywords: its words; capitals are the least that must be typed.
    @ivar action: what it asks for.
    @ivar does: what it does, in one line of HELP; a form without it is another spelling of one that has it.
    @ivar operand: what must follow, in words of the syntax diagram; in brackets what may; or empty.
    @ivar takes: the names of the options that go with it; TCPSERVER always does.
    @ivar free: the operand is all that follows, words and all.
    @ivar verbatim: nothing in the operand is ours, not even C{TCP userid}.
    @ivar check: raises an error if what follows the keywords is not valid.
    @ivar mark: the option that tells it from the form with the same keywords and without one; among C{takes}.
    @ivar literal: options mean themselves: SET fills none in from what was SET before.
    @ivar fills: the operand is that of the option with this name, without its parenthesis.
    @ivar instead: what to use, of a form that is known and not provided.
    @ivar suggestions: words that the operand often has, for completion.
    @ivar more: what HELP of this command says beyond C{does}.
    """

    keywords: tuple[str, ...]
    action: str
    does: str = ""
    operand: str = ""
    takes: tuple[str, ...] = (TARGET,)
    free: bool = False
    verbatim: bool = False
    check: Callable[[str], object] | None = None
    mark: str = ""
    literal: bool = False
    fills: str = ""
    instead: str = ""
    suggestions: tuple[str, ...] = ()
    more: str = ""

    @property
    def title(self) -> str:
        """
        The form in full, as messages name it; of one without keywords, what it asks for.
        """
        words = " ".join(self.keywords or (() if self.mark else (self.action,))).upper()
        return f"{words} ({self.mark}".lstrip() if self.mark else words

    @property
    def optional(self) -> bool:
        """
        Whether it may stand without an operand.
        """
        return not self.operand or self.operand.startswith("[")

    @property
    def spelling(self) -> str:
        """
        Keywords and operand, as HELP shows them.
        """
        words = " ".join((*self.keywords, self.operand)).rstrip()
        return f"{words} (" + BY_NAME[self.mark].syntax if self.mark else words

    def syntax(self, program: str) -> str:
        """
        Return the form with its options, as HELP shows it.
        """
        taken = [option.syntax for name, option in BY_NAME.items() if name in ("TCPSERVER", *self.takes)]
        if self.mark:
            taken.remove(BY_NAME[self.mark].syntax)
        options = " ".join(f"[{each}]" for each in taken)
        return f"{program} {self.spelling} " + (f"{options} [)]" if self.mark else f"[( {options} [)]]")


def named(form: Form) -> Form:
    """
    Return a form that takes its server as an operand, too.
    """
    return evolve(form, operand="[userid|ALL]", fills=TARGET)


HELP = Form(
    ("HELP",),
    "help",
    "this list, the syntax of a command, or the explanation of a message",
    operand="[command|messageid]",
    takes=(),
    free=True,
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

    def parse(self, words: Sequence[str], given: Options, defaults: Callable[[], Options] = Options) -> Request:
        """
        Understand a command.

        @param words: what the shell made of it; a word may hold several.
        @param given: options that were given in the shell's manner.
        @param defaults: returns SSLSERVER and TCPSERVER where they are not given.
        @raise Misuse: it is not understood, or its options do not go with it.
        """
        tokens = WORD.findall(" ".join(words))
        try:
            request = self._parse(tokens, given)
        except OperatorError as error:
            opened = tokens.index("(") if "(" in tokens else len(tokens)
            syntax = self._syntaxFor(self._inFull(tokens[:opened]), self._marks(tokens[opened:], given))
            raise Misuse(error, syntax) from error
        return request if request.form.literal else _complete(request, defaults())

    def keywordsAfter(self, words: Sequence[str]) -> list[str]:
        """
        Return the keywords that can follow C{words}, in the order of the forms.
        """
        found = (form.keywords[len(words)] for form in self.reaching(words) if len(form.keywords) > len(words))
        return list(dict.fromkeys(found))

    def reaching(self, words: Sequence[str]) -> Iterator[Form]:
        """
        Yield the provided forms that begin with C{words}.
        """
        known = self._inFull(words)
        return (form for form in self.forms if _fit(form, known) == len(known))

    def formOf(self, operands: Sequence[str]) -> Form | None:
        """
        Return the form with the most keywords that C{operands} begin with, if any; of several that one without a mark.
        """
        known = self._inFull(operands)
        fitting = [form for form in self.forms if _fit(form, known) == len(form.keywords)]
        return max(fitting, key=lambda each: (len(each.keywords), not each.mark)) if fitting else None

    def _inFull(self, words: Sequence[str]) -> list[str]:
        """
        Return the words, C{?} as HELP, and each behind the first that begins only one keyword there, be it shorter than
        its capitals, as that keyword.  Where an operand may stand capitals are needed: it may begin in any way.
        """
        known = [HELP.title if index == 0 and word == HELP_SIGN else word for index, word in enumerate(words)]
        reached = list(self.forms)
        for depth, word in enumerate(known):
            meant = {form.keywords[depth] for form in reached if len(form.keywords) > depth}
            exact = {keyword for keyword in meant if abbreviates(word, keyword)}
            if not exact and depth and not any(form.operand for form in reached if len(form.keywords) == depth):
                exact = {keyword for keyword in meant if keyword.upper().startswith(word.upper())}
            if len(exact) != 1:
                break
            (keyword,) = exact
            known[depth] = keyword.upper()
            reached = [form for form in reached if form.keywords[depth : depth + 1] == (keyword,)]
        return known

    def _parse(self, tokens: list[str], given: Options) -> Request:
        """
        Understand a command; errors have no syntax yet.
        """
        operands, optionWords = splitOptions(tokens)
        if self.addressed:
            operands, given = _address(operands, given, [form for form in self.forms if form.verbatim])
        if operands[-1:] == [HELP_SIGN] and any(self.reaching(operands[:-1])):
            operands = [HELP.title, *operands[:-1]]
        plain = self.formOf(operands) if operands else self.default
        behind, optionWords = operandsBehind(optionWords, [each.mark for each in self.alike(plain)] if plain else [])
        form, operand = self._match(self._inFull([*operands, *behind]), self._marks(optionWords, given))
        options = readOptions(optionWords, given)
        if form.fills and operand:
            options, operand = applyOption(options, form.fills, operand), ""
        checkOptions(form.title, form.takes, options)
        return Request(form, operand, options)

    def alike(self, form: Form) -> list[Form]:
        """
        Return the forms with the same keywords, those that have a mark first.
        """
        return sorted((each for each in self.forms if each.keywords == form.keywords), key=lambda each: not each.mark)

    def _marks(self, words: Sequence[str], given: Options) -> set[str]:
        """
        Return the marks that are among the options, which have not been read yet.
        """
        marks = {form.mark for form in self.forms if form.mark}
        said = {mark for mark in marks for word in words if abbreviates(word, BY_NAME[mark].keyword)}
        return said | {mark for mark in marks if getattr(given, BY_NAME[mark].field) is not None}

    def _marked(self, form: Form, marks: Container[str]) -> Form:
        """
        Return the form that marks make of one without.
        """
        return next((each for each in self.alike(form) if each.mark in marks), form)

    def _match(self, operands: list[str], marks: Container[str]) -> tuple[Form, str]:
        """
        Return the form that operands and marks have, and what follows its keywords.
        """
        form = self.formOf(operands) if operands else self.default
        if form is None:
            raise self._mismatch(operands)
        form = self._marked(form, marks)
        rest = operands[len(form.keywords) :]
        if not rest and not form.optional:
            raise operatorError("SSLP422E", command=form.title, expected=form.operand)
        if len(rest) > bool(form.operand) and not form.free:
            raise self._surplus(operands, form, rest[bool(form.operand)])
        if form.fills and rest and isFlag(rest[0]):
            raise self._surplus(operands, form, rest[0])
        if form.check is not None:
            form.check(" ".join(rest))
        return form, " ".join(rest)

    def _surplus(self, operands: list[str], form: Form, word: str) -> OperatorError:
        """
        Return the error for a word behind a command that is complete without it.
        """
        keywords = operands[: len(form.keywords)]
        return self._ambiguous(keywords, word) or operatorError("SSLP421E", word=word, command=form.title)

    def _mismatch(self, operands: list[str]) -> OperatorError:
        """
        Return the error for operands that no form has: what is wrong with the first word that does not fit.
        """
        closest = max(self.forms, key=lambda form: _fit(form, operands))
        fitted = _fit(closest, operands)
        command = " ".join(closest.keywords[:fitted]).upper()
        if fitted == len(operands):
            following = sorted(self.keywordsAfter(operands))
            return operatorError("SSLP422E", command=command, expected=" or ".join(following))
        word = operands[fitted]
        if ambiguous := self._ambiguous(operands[:fitted], word):
            return ambiguous
        if fitted == 0:
            return operatorError("SSLP420E", word=word, program=self.program)
        return operatorError("SSLP421E", word=word, command=command)

    def _ambiguous(self, before: Sequence[str], word: str) -> OperatorError | None:
        """
        Return the error for a word that is the beginning of several keywords, or C{None}.
        """
        meant = [each for each in self.keywordsAfter(before) if each.upper().startswith(word.upper())]
        return operatorError("SSLP434E", word=word, meanings=" or ".join(sorted(meant))) if len(meant) > 1 else None

    def _syntaxFor(self, operands: Sequence[str], marks: Container[str]) -> str:
        """
        Return how the command would be that the operands come closest to: the line that matters.
        """
        if not operands:
            return self._marked(self.default, marks).syntax(self.program)
        form = self.formOf(operands)
        if form is not None and (form.operand or operands[len(form.keywords) :] == []):
            return self._marked(form, marks).syntax(self.program)
        fitted = max(_fit(form, operands) for form in self.forms)
        if not fitted:
            return f"{self.program} [command [operands]] [( options [)]]; see {self.program} HELP"
        command, further = operands[:fitted], self.keywordsAfter(operands[:fitted])
        if form is not None and not further:
            return self._marked(form, marks).syntax(self.program)
        spelled = next(each for each in self.reaching(command)).keywords[:fitted]
        return f"{' '.join((self.program, *spelled))} {'|'.join(further)} [( options [)]]"


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


def splitOptions(tokens: list[str]) -> tuple[list[str], list[str]]:
    """
    Return the operands, and the words between the parentheses.

    @raise OperatorError: SSLP427E, a parenthesis too many.
    """
    opened = tokens.index("(") if "(" in tokens else len(tokens)
    operands, options = tokens[:opened], tokens[opened + 1 :]
    if options and options[-1] == ")":
        options = options[:-1]
    for word in (*operands, *options):
        if word in ("(", ")"):
            raise operatorError("SSLP427E", word=word)
    return operands, options


def _address(operands: list[str], given: Options, verbatim: list[Form]) -> tuple[list[str], Options]:
    """
    Return the operands without C{TCP userid}, and the options with it.

    @param verbatim: forms behind which the words are not ours: a PORT statement may end with C{TCP userid}.
    """
    if len(operands) >= 2 and operands[0].upper() == "TCP":
        return operands[2:], applyOption(given, "TCPSERVER", operands[1])
    if any(_fit(form, operands) for form in verbatim):
        return operands, given
    if len(operands) >= 2 and operands[-2].upper() == "TCP":
        return operands[:-2], applyOption(given, "TCPSERVER", operands[-1])
    return operands, given


def _complete(request: Request, defaults: Options) -> Request:
    """
    Return the request with the defaults; ALL is the same as no server.
    """
    options = request.options
    server = options.server or (defaults.server if TARGET in request.form.takes else None)
    options = evolve(options, server=None if server == "ALL" else server, stack=options.stack or defaults.stack)
    return evolve(request, options=options)
