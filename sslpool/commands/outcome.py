# -*- test-case-name: tests.commands.test_entry -*-
"""
How a program ends: its exit code, and what it says where it did not do what it was asked for.  Used by the commands.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence

from sslpool.messages import OperatorError, Said

DONE = 0
"""
The exit code of a program that did what it was asked for.
"""

FAILED = 1
"""
That of one that was refused, or failed.
"""

USAGE = 2
"""
That of one whose command line is not valid.
"""

_USAGE = frozenset(
    f"SSLP{number:03}E" for number in (*range(3, 6), *range(420, 428), 429, 431, 434, 441, 445, *range(500, 505), 620)
)
"""
The messages about command lines.
"""


def exitCode(error: OperatorError) -> int:
    """
    Return the exit code of a program that ends with this error.
    """
    return USAGE if error.said.id in _USAGE else FAILED


def failureJson(error: Said, indent: int | None = 2) -> str:
    """
    Return the document that C{--json} prints where there is no other.

    @param indent: blanks for each depth; C{None} is a document on one line.
    """
    shown = {"id": error.id, "text": error.text, "action": error.message.action}
    return json.dumps({"error": shown}, indent=indent)


def messagesRecord(messages: Iterable[Said]) -> dict[str, list[dict[str, str]]]:
    """
    Return what C{--json} prints of a command that answers with messages.
    """
    return {"messages": [{"id": each.id, "text": each.text} for each in messages]}


def wantsJson(arguments: Sequence[str]) -> bool:
    """
    Return whether a command line has C{--json}, be it valid or not.
    """
    before = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return any(len(word) > len("--") and "--json".startswith(word) for word in before)


def complain(error: OperatorError, asJson: bool = False) -> int:
    """
    Say what went wrong and what to do about it; return the exit code.

    @param asJson: a program reads the output: the document is for it, the message for people.
    """
    if asJson:
        print(failureJson(error.said), flush=True)
    for line in (str(error), f"  {error.said.message.action}"):
        print(printable(line), file=sys.stderr)
    return exitCode(error)


def printable(text: str) -> str:
    """
    Return C{text} with what would control a terminal made visible: names in a certificate are written by others.
    """
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
