# -*- test-case-name: tests.keydb.test_revocationnotices -*-
"""
What is to be said about revocation lists: which of them let nobody in, and which will soon.  Pure;
C{gskkyman}, the stack, and C{sslpool check}.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from sslpool.keydb.records import RevocationRecord
from sslpool.messages import Said, said

DAY = 86400.0
_LONGEST_NOTICE = 14 * DAY
_SHARE = 3


def objectionTo(record: RevocationRecord, now: float) -> str:
    """
    Return why nobody whose certificate the list's authority has issued gets in; empty where some do.

    @param now: the present, in seconds since the epoch.
    """
    if not record.signs:
        return "the authority's certificate does not permit its key to sign CRLs"
    if now < record.issued:
        return f"it is valid from {_moment(record.issued)} on"
    if record.nextUpdate is not None and now > record.nextUpdate:
        return f"the next list was due on {_moment(record.nextUpdate)}"
    if not record.covers:
        return f"it covers only certificates that name {_named(record)}, and none here does"
    if not record.coversOwn:
        return f"it covers only certificates that name {_named(record)}, and the authority's own, a root, does not"
    return ""


def notesOf(records: Iterable[RevocationRecord], now: float, ahead: float = DAY) -> list[Said]:
    """
    Return the messages about lists that let nobody in, or will soon, and about certificates in the key
    database that are revoked.

    @param now: the present, in seconds since the epoch.
    @param ahead: when somebody looks again, in seconds.
    """
    return [note for record in records for note in _notes(record, now, ahead)]


def importedLines(records: Iterable[RevocationRecord], now: float) -> list[Said]:
    """
    Return the messages about lists that have just been stored.
    """
    lines = []
    for record in records:
        due = "at an unknown time" if record.nextUpdate is None else _moment(record.nextUpdate)
        lines.append(said("SSLP366I", label=record.label, count=record.revoked, due=due))
        lines += [*limitsOf([record]), *notesOf([record], now, ahead=0)]
    return lines


def limitsOf(records: Iterable[RevocationRecord]) -> list[Said]:
    """
    Return the messages about lists that are not for all certificates of their authority.
    """
    return [said("SSLP802W", label=each.label, points=_named(each)) for each in records if each.points]


def _notes(record: RevocationRecord, now: float, ahead: float) -> Iterable[Said]:
    due = record.nextUpdate
    if reason := objectionTo(record, now):
        yield said("SSLP800W", label=record.label, reason=reason)
    elif due is not None and due - now < max(ahead, min((due - record.issued) / _SHARE, _LONGEST_NOTICE)):
        yield said("SSLP801W", label=record.label, due=_moment(due))
    for entry in record.entries:
        yield said("SSLP803W", label=record.label, entry=entry)


def _named(record: RevocationRecord) -> str:
    return " or ".join(record.points)


def _moment(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(moment))
