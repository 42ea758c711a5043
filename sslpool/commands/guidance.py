# -*- test-case-name: tests.commands.test_guidance -*-
"""
What HELP says: of a program's commands, of one of them, and of a message.  Used by the commands; pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from sslpool.commands.options import OPTIONS, Option
from sslpool.commands.syntax import Form, Grammar
from sslpool.messages import CATALOGUE, operatorError, template
from sslpool.reports.tables import WIDTH, labelled

_COMMAND_WIDTH = 26


def helpLines(grammar: Grammar) -> list[str]:
    """
    Return what HELP says of a program.  Capitals are the least that must be typed.
    """
    described = [form for form in grammar.forms if form.does]
    syntax = f"{grammar.program} [command] [( options [)]] [--stack userid] [--run directory] [--json]"
    lines = [syntax, "", "Commands:"]
    for form in described:
        lines += _entry(form.spelling, form.does)
    lines += ["", "Options, in parentheses, or in full with two hyphens (--now):", *_optionLines(described)]
    if elsewhere := [form.title for form in grammar.forms if form.instead]:
        named = f"These forms of z/VM's NETSTAT name what to use instead: {', '.join(elsewhere)}."
        lines += ["", *wrap(named, WIDTH)]
    default = grammar.default.title
    return [
        *lines,
        "",
        f"Without a command: {default}.",
        "You can abbreviate keywords to their capitals. After the first keyword, any",
        "unambiguous beginning will do.",
        "HELP command shows its syntax, HELP messageid explains a message.",
    ]


def topicLines(grammar: Grammar, topic: str) -> list[str]:
    """
    Return what HELP says of a command, of all commands that begin with the same words, or of a message.

    @raise OperatorError: it is none of these.
    """
    words = topic.partition("(")[0].split()
    if len(words) == 1 and words[0].upper() in CATALOGUE:
        return messageLines(words[0])
    forms = [form for form in grammar.reaching(words) if form.does or form.instead]
    if not forms:
        raise operatorError("SSLP431E", word=topic)
    lines: list[str] = []
    for form in forms:
        lines += ["", *_formLines(form, grammar)] if lines else _formLines(form, grammar)
    return [*lines, "", "Options:", *_optionLines(forms)]


def messageLines(word: str) -> list[str]:
    """
    Return what HELP says of a message.

    @raise OperatorError: there is no message with this id.
    """
    message = CATALOGUE.get(word.upper())
    if message is None:
        raise operatorError("SSLP431E", word=word)
    return [
        *labelled(message.id, template(message), len(message.id), 0),
        "",
        *labelled("Explanation", message.explanation, 11, 0),
        *labelled("Action", message.action, 11, 0),
    ]


def syntaxLines(syntax: str) -> list[str]:
    """
    Return the syntax of a command that was not understood, to stand below the message.
    """
    return labelled("Syntax:", syntax, 7, 2)


def _formLines(form: Form, grammar: Grammar) -> list[str]:
    """
    Return what HELP says of one form.
    """
    does = form.does or f"is not provided here; use {form.instead}"
    lines = [*_wrapped(form.syntax(grammar.program)), *labelled("", does, 1, 0)]
    return lines + (labelled("", form.more, 1, 0) if form.more else [])


def _wrapped(syntax: str) -> list[str]:
    """
    Return a form's syntax, further lines set in.
    """
    head, _, rest = syntax.partition(" ")
    return labelled(head, rest, len(head), 0)


def _entry(spelling: str, does: str) -> list[str]:
    """
    Return an entry of a list; what is too long for its column has a line of its own.
    """
    if len(spelling) <= _COMMAND_WIDTH:
        return labelled(spelling, does, _COMMAND_WIDTH)
    first, _, rest = spelling.partition(" ")
    return [*labelled(first, rest, len(first)), *labelled("", does, _COMMAND_WIDTH)]


def _optionLines(forms: Sequence[Form]) -> list[str]:
    """
    Return the options that go with at least one of the forms, and their meanings.
    """
    names = {"TCPSERVER", *(name for form in forms for name in form.takes)}
    shown: list[Option] = [option for option in OPTIONS if option.name in names]
    return [line for option in shown for line in _entry(option.syntax, option.meaning)]
