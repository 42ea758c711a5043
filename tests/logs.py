"""
What tests ask of captured log events.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.logger import LogEvent, formatEvent


def ids(events: Sequence[LogEvent]) -> list[str]:
    """
    Return the ids of the operator messages among C{events}.
    """
    return [event["messageId"] for event in events if "messageId" in event]


def texts(events: Sequence[LogEvent]) -> list[str]:
    """
    Return the operator messages among C{events}.
    """
    return [formatEvent(event) for event in events if "messageId" in event]
