# -*- test-case-name: tests.commands.test_guidance -*-
"""
What HELP says: of a program's commands, and of a message.  Used by the commands; pure.
"""

from __future__ import annotations

from sslpool.commands.syntax import Form, Grammar
from sslpool.messages import CATALOGUE, operatorError, template
from sslpool.reports.tables import labelled

_COMMAND_WIDTH = 26

def _optionsOf(forms: list[Form]) -> list[tuple[str, str]]:
    """
    Return the options that go with at least one of the forms, and their meanings.
    """
    every = (
        ("SSLserver userid|ALL", "the server that is meant; default ALL", any(form.targets for form in forms)),
        ("TCPserver userid", "the stack that is meant; default TCPIP", True),
        ("MONitor seconds", "repeat a query until interrupted", any(form.repeats for form in forms)),
        ("NOW", "with STOP: close running sessions at once", any(form.stops for form in forms)),
    )
    return [(option, meaning) for option, meaning, applies in every if applies]


def helpLines(grammar: Grammar) -> list[str]:
    """
    Return what HELP says of a program.  Capitals are the least that must be typed.
    """
    supported = [form for form in grammar.forms if form.supported and form.does]
    syntax = f"{grammar.program} [command] [( options [)]] [--stack userid] [--run directory] [--json]"
    lines = [syntax, "", "Commands:"]
    for form in supported:
        lines += labelled(" ".join((*form.keywords, form.operand)).rstrip(), form.does, _COMMAND_WIDTH)
    lines += ["", "Options, in parentheses, or in full with two hyphens (--now):"]
    for option, meaning in _optionsOf(supported):
        lines += labelled(option, meaning, _COMMAND_WIDTH)
    default = grammar.default.title
    return [*lines, "", f"Without a command: {default}.", "Keywords may be abbreviated down to their capitals."]


def messageLines(word: str) -> list[str]:
    """
    Return what HELP says of a message.

    @raise OperatorError: there is no message with this id.
    """
    message = CATALOGUE.get(word.upper())
    if message is None:
        raise operatorError("SSLP431E", word=word)
    return [
        f"{message.id} {template(message)}",
        "",
        *labelled("Explanation", message.explanation, 11, 0),
        *labelled("Action", message.action, 11, 0),
    ]
