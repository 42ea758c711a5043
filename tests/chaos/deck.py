"""
What is done to a pool, and when: every kind of fault in a shuffled deck, one deck after another.  Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from random import Random

from attrs import frozen

WINDOW = 120.0
"""
In which time, in seconds, every kind comes at least once.
"""

SPACING = 4.5
"""
How long after one fault the next one comes, in seconds: a kind that is the first of one
deck and the last of the next comes within L{WINDOW}.
"""

FIRST = 3.0
"""
When the first one comes, in seconds.
"""

QUIET = 10.0
"""
For how long at the end, in seconds, nothing more is done, so that its consequences are seen.
"""


class Kind(Enum):
    """
    A kind of fault, or of what operators do meanwhile.
    """

    SERVER_KILLED = "server killed"
    SERVER_STOPPED = "server stopped for good"
    AGENT_KILLED = "agent killed"
    AGENT_STOPPED = "agent stopped for good"
    CLOCK_BACK = "clock an hour back"
    CLOCK_FORWARD = "clock an hour forward"
    DESCRIPTORS = "descriptors full"
    RUN_DELETED = "run directory deleted"
    KEYFILE_BROKEN = "KEYFILE broken"
    REFRESH = "REFRESH"
    OBEY = "OBEY"
    RESTART_ONE = "RESTART of one"
    RESTART_ALL = "RESTART of all"


@frozen
class Deal:
    """
    One fault.

    @ivar at: when it comes, in seconds from the beginning.
    """

    at: float
    kind: Kind


def deals(seed: int, seconds: float, kinds: Sequence[Kind] = tuple(Kind)) -> list[Deal]:
    """
    Return what is done in a run of so many seconds.

    @param kinds: what the deck has.
    """
    random = Random(seed)
    dealt: list[Deal] = []
    deck: list[Kind] = []
    while (at := FIRST + SPACING * len(dealt)) <= seconds - QUIET:
        if not deck:
            deck = list(kinds)
            random.shuffle(deck)
        dealt.append(Deal(at, deck.pop()))
    return dealt


def lacking(
    dealt: Iterable[Deal], done: Sequence[Deal], seconds: float, kinds: Sequence[Kind] = tuple(Kind)
) -> list[str]:
    """
    Return what a run of so many seconds lacks, in words: what was dealt and could not be done
    or had no end, and a kind that does not come once in every L{WINDOW} while faults are
    dealt.  In a run that is shorter than that a kind that was not dealt is not missed.

    @param done: the deals that were done, and out of which the pool has come.
    """
    lacks = [f"{deal.kind.value} at {deal.at:.1f} s" for deal in dealt if deal not in done]
    for kind in kinds:
        moments = sorted(deal.at for deal in done if deal.kind is kind)
        between = zip([0.0, *moments], [*moments, seconds - QUIET], strict=True)
        if any(after - before > WINDOW for before, after in between) or (seconds >= WINDOW and not moments):
            lacks.append(f"{kind.value} within every {WINDOW:.0f} s")
    return lacks
