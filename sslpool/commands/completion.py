# -*- test-case-name: tests.commands.test_prompt -*-
"""
What can follow in a line that is being typed: keywords, options, and user IDs.  Used
by the prompt; pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sslpool.commands.options import OPTIONS, abbreviates
from sslpool.commands.syntax import HELP, Grammar

_WORD = re.compile(r"[()]|[^\s()]+")

Userids = Callable[[], Sequence[str]]
"""
Returns the user IDs of the pool's servers, at the cost of asking the stack.
"""


def candidates(grammar: Grammar, line: str, userids: Userids) -> list[str]:
    """
    Return the words that can stand at the end of a line, in upper case.

    @param line: what has been typed, up to where the word goes on.
    """
    words = _WORD.findall(line)
    begun = "" if not words or line[-1].isspace() or words[-1] in "()" else words.pop().upper()
    return [word for word in _following(grammar, words, userids) if word.upper().startswith(begun)]


def _following(grammar: Grammar, words: list[str], userids: Userids) -> list[str]:
    """
    Return what can follow whole words.
    """
    if "(" in words:
        opened = words.index("(")
        return _inOptions(grammar, words[:opened], words[opened + 1 :], userids)
    if words and abbreviates(words[0], HELP.keywords[0]):
        words = words[1:]
    keywords = [keyword.upper() for keyword in grammar.keywordsAfter(words)]
    form = grammar.formOf(words)
    if form is None or form is HELP:
        return keywords
    if len(words) > len(form.keywords) and not form.free:
        return keywords
    named = userids() if form.operand.strip("[]").startswith("userid") else ()
    return [*keywords, *form.suggestions, *named]


def _inOptions(grammar: Grammar, operands: list[str], words: list[str], userids: Userids) -> list[str]:
    """
    Return what can follow behind the parenthesis.
    """
    form = grammar.formOf(operands) if operands else grammar.default
    if form is None:
        return []
    last = next((option for option in OPTIONS if words and abbreviates(words[-1], option.keyword)), None)
    if last is not None and last.operand:
        return [*userids(), *(["ALL"] if "ALL" in last.operand else [])] if last.field in ("server", "select") else []
    given = {option.name for option in OPTIONS for word in words if abbreviates(word, option.keyword)}
    taken = {"TCPSERVER", *(name for each in (*grammar.alike(form), form) for name in each.takes)}
    return [option.name for option in OPTIONS if option.name in taken - given]
