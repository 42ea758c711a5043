# -*- test-case-name: tests.test_recording -*-
"""
What a recording is made of: distinct lines, one for each message, without what differs from run to run.  Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from attrs import frozen

_ID = r"(?:SSLP\d{3}|DTC[A-Z]{3}\d{4})[IWE]"

MESSAGE = re.compile(rf"{_ID} ")
"""
How a message begins.
"""

_RUN = r"[^\s'\"]*_trial_temp[^\s/'\"]*"

_VARYING = (
    # Trial's mktemp(), below the folder of the run or seen from within it; what is in it keeps its name.
    (re.compile(rf"(?:{_RUN}/(?:\d+/)?)?[\w.]+/\w+/test\w+/[a-z0-9_]{{8}}(?:/temp)?\b"), "<temporary>"),
    (re.compile(_RUN), "<temporary>"),
    (re.compile(r"/tmp/[^\s/,:;'\")]+"), "<temporary>"),
    (re.compile(r"\btmp[a-z0-9_]{8}\b"), "<name>"),
    (re.compile(r"\b(?:[0-9A-Fa-f]{2}:){3,}[0-9A-Fa-f]{2}\b"), "<digest>"),
    (re.compile(r"\b(?:0x)?(?=[0-9A-Fa-f]*\d)[0-9A-Fa-f]{8,}\b"), "<digest>"),
    (re.compile(rf"({_ID})\b|\d+"), lambda match: match[1] or "#"),
)


def normalised(text: str) -> str:
    """
    Return a message as one line, with placeholders for temporary paths, random names, digests and numbers.
    The ids of messages stay.
    """
    for pattern, placeholder in _VARYING:
        text = pattern.sub(placeholder, text)
    escaped = text.replace("\\", "\\\\")
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in escaped)


def recording(messages: Iterable[str]) -> list[str]:
    """
    Return the lines of a recording, sorted.
    """
    return sorted({normalised(message) for message in messages if MESSAGE.match(message)})


@frozen
class Difference:
    """
    What a change has done to the messages.

    @ivar gone: lines of all recordings before that are not in the one after.
    @ivar new: lines of the one after that are in none before.
    """

    gone: list[str]
    new: list[str]

    def __str__(self) -> str:
        """
        The lines as a diff has them, and how many there are.
        """
        shown = [f"-{line}" for line in self.gone] + [f"+{line}" for line in self.new]
        return "\n".join([*shown, f"{len(self.gone)} gone, {len(self.new)} new"])


def compared(before: Sequence[Iterable[str]], after: Iterable[str]) -> Difference:
    """
    Return how C{after} differs from what recordings C{before} have in common.
    """
    former, latter = [set(lines) for lines in before], set(after)
    return Difference(sorted(set.intersection(*former) - latter), sorted(latter.difference(*former)))
