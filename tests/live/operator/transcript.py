# -*- test-case-name: tests.live.operator.test_facts -*-
"""
What was typed and answered, as a text that is compared with a file of expectations.
"""

from __future__ import annotations

import os
import re
from difflib import unified_diff
from pathlib import Path

from tests.live.programs import Outcome

EXPECTED = Path(__file__).with_name("expected")

WRITE = "OPERATOR_WRITE"
"""
The environment variable with which the files are written instead of compared: C{yes}.
"""

_NO_NEWLINE = "[no newline]"
_RESERVED = re.compile(r"[$#>!] |\[exit \d+\]$|" + re.escape(_NO_NEWLINE))


def remark(text: str) -> str:
    """
    Return how the transcript tells what has happened meanwhile.
    """
    return f"\n# {text}\n"


def answer(command: str, outcome: Outcome) -> str:
    """
    Return how a command and its answer look in the transcript.

    @raise AssertionError: a line of its output could be taken for something else.
    """
    for line in outcome.output.splitlines():
        if _RESERVED.match(line):
            raise AssertionError(f"{command}: {line!r} looks like a part of the transcript")
    errors = "".join(f"! {line}" for line in _ended(outcome.error).splitlines(keepends=True))
    code = f"[exit {outcome.code}]\n" if outcome.code else ""
    return f"\n$ {command}\n{_ended(outcome.output)}{errors}{code}"


def console(texts: list[str]) -> str:
    """
    Return how what the stack writes to its console looks in the transcript.
    """
    return "".join(f"> {line}\n" for text in texts for line in text.splitlines())


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n{_NO_NEWLINE}\n"


def difference(name: str, expected: str, seen: str) -> str:
    """
    Return a unified diff from what was expected to what was seen; nothing where they are the same.
    """
    lines = (_ended(expected).splitlines(), _ended(seen).splitlines())
    return "\n".join(unified_diff(*lines, f"expected/{name}", "seen", n=4, lineterm=""))


def compare(name: str, seen: str) -> None:
    """
    Compare with a file of expectations, or write it.

    @raise AssertionError: it differs.
    """
    path = EXPECTED / name
    if os.environ.get(WRITE) == "yes":
        path.write_text(seen, encoding="utf-8")
        return
    found = difference(name, path.read_text(encoding="utf-8") if path.exists() else "", seen)
    if found:
        raise AssertionError(f"{found}\n\nIf this is meant: {WRITE}=yes writes the expectations anew.")
