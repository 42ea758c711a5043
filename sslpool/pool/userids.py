# -*- test-case-name: tests.pool.test_userids -*-
"""
The names of servers in messages.  Used in the stack process; pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

DIGITS = 5
"""
The digits at the end of a name.
"""


def listed(userids: Iterable[str]) -> str:
    """
    Return the names of servers, in the order of their numbers, as C{SSL00001 to SSL00003, SSL00005}.
    """
    numbered = enumerate(sorted(set(userids)))
    runs = groupby(numbered, lambda each: (each[1][:-DIGITS], _numberOf(each[1]) - each[0]))
    return ", ".join(_run([userid for _, userid in run]) for _, run in runs)


def _numberOf(userid: str) -> int:
    digits = userid[-DIGITS:]
    return int(digits) if digits.isdecimal() else 0


def _run(userids: list[str]) -> str:
    return f"{userids[0]} to {userids[-1]}" if len(userids) > 2 else ", ".join(userids)
