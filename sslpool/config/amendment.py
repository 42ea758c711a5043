# -*- test-case-name: tests.config.test_amendment -*-
"""
What becomes of a profile when statements are obeyed on top of it.  Pure; used in the stack process.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from attrs import evolve, field, frozen

from sslpool.config.configuration import Position
from sslpool.config.portlist import PortEntry
from sslpool.config.profile import readStatements
from sslpool.config.profilelists import LISTS, Amending, ListedUser, Profile
from sslpool.config.tokens import Findings

#: The lists that have entries which something depends on.
_WATCHED = ("PORT", "OBEY", "AUTOLOG", "LIMITEXEMPT")
#: The most entries that a finding names.
MOST_NAMED = 8


@frozen
class Amendment:
    """
    Statements that are obeyed.

    @ivar file: what findings name as their file.
    @ivar text: the statements.
    @ivar again: they have been obeyed, and the files may have been changed since: what an entry of theirs asks for
        may be there already, or be gone.
    """

    file: str
    text: str = field(repr=False)
    again: bool = False


def amendProfile(profile: Profile, amendment: Amendment, findings: Findings) -> Profile:
    """
    Return what C{profile} becomes: PORT, AUTOLOG, OBEY, HOME, LIMITEXEMPT and INTERNALCLIENTPARMS replace
    what was there, but with ADD; DELETE takes entries away; SSLLIMITS changes the operands that it names.

    @param profile: the profile as it is; it is not changed.
    """
    lists: dict[str, Any] = {attribute: list(getattr(profile, attribute)) for attribute in LISTS.values()}
    amending = Amending(amendment.file, amendment.again)
    amended = evolve(profile, amending=amending, **lists)
    readStatements(amended, amendment.text, findings)
    for keyword, position in amending.replaced.items():
        # Of a list that was read with errors nobody knows what it lacks.
        if keyword in _WATCHED and keyword not in amending.wrong:
            _drop(keyword, position, profile, amended, amending, findings)
    return evolve(amended, amending=None)


def _drop(
    keyword: str, position: Position, before: Profile, after: Profile, amending: Amending, findings: Findings
) -> None:
    """
    Say which entries a list loses that takes the place of another one.  For ports that must have been asked for.
    """
    old, new = (getattr(each, LISTS[keyword]) for each in (before, after))
    kept = {_key(each) for each in new} | {_key(each) for each in amending.deleted}
    gone = [each for each in old if _key(each) not in kept]
    if not gone:
        return
    fields = {"statement": keyword, "entries": _named(gone)}
    if keyword != "PORT" or keyword in amending.replacing:
        if not amending.again:
            findings.add("SSLP066I", position, **fields)
    else:
        findings.add("SSLP069W" if amending.again else "SSLP065E", position, **fields)


def _key(entry: PortEntry | ListedUser | str) -> Hashable:
    """
    Return by what an entry of a list is the same one, whatever else is different.
    """
    if isinstance(entry, PortEntry):
        return entry.place
    return entry.userid if isinstance(entry, ListedUser) else entry


def _named(entries: Iterable[PortEntry | ListedUser | str]) -> str:
    names = [each.userid if isinstance(each, ListedUser) else str(each) for each in entries]
    shown, more = names[:MOST_NAMED], len(names) - MOST_NAMED
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
