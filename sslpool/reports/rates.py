# -*- test-case-name: tests.reports.test_rates -*-
"""
What MONITOR adds to QUERY STATUS and QUERY SESSIONS: how much there was in each
second since the last report.  Used by the commands; pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from sslpool.messages import Said
from sslpool.reports.ssladmin import notes, poolLines, sessionsLines, stateText
from sslpool.reports.tables import Column, table
from sslpool.reports.units import Times, octets
from sslpool.wire.records import PoolStatus, ServerDetails, ServerStatus, SessionRecord

_COLUMNS = (
    Column("Server"),
    Column("State"),
    Column("Sessions", right=True),
    Column("Max", right=True),
    Column("Total", right=True),
    Column("New/s", right=True),
    Column("In/s", right=True),
    Column("Out/s", right=True),
)


@frozen
class Sample:
    """
    Counters at a moment.

    @ivar at: the moment, by a clock that is not set, in seconds.
    @ivar sessions: sessions until then.
    @ivar received: octets from clients until then.
    @ivar sent: octets to clients until then.
    """

    at: float
    sessions: int
    received: int
    sent: int


@frozen
class Rate:
    """
    How much there was in each second between two samples; C{None} is not known.

    @ivar sessions: new sessions.
    @ivar received: octets from clients.
    @ivar sent: octets to clients.
    """

    sessions: float | None = None
    received: float | None = None
    sent: float | None = None

    @classmethod
    def between(cls, before: Sample | None, after: Sample | None) -> Rate:
        """
        Return the rate between two samples; a counter that has become less belongs to
        another process, and says nothing.
        """
        if before is None or after is None or after.at <= before.at:
            return cls()
        seconds = after.at - before.at
        return cls(
            _perSecond(after.sessions - before.sessions, seconds),
            _perSecond(after.received - before.received, seconds),
            _perSecond(after.sent - before.sent, seconds),
        )

    @classmethod
    def total(cls, rates: Sequence[Rate]) -> Rate:
        """
        Return the sum of what is known.
        """
        return cls(
            _sum([rate.sessions for rate in rates]),
            _sum([rate.received for rate in rates]),
            _sum([rate.sent for rate in rates]),
        )

    def cells(self) -> tuple[str, str, str]:
        """
        Return the rate as cells of a table.
        """
        sessions = "-" if self.sessions is None else f"{self.sessions:.1f}"
        return sessions, _size(self.received), _size(self.sent)


def serverSamples(status: PoolStatus, details: Sequence[ServerDetails | Said], now: float) -> dict[str, Sample]:
    """
    Return a sample of each server that has told its details.
    """
    totals = {server.userid: server.total for server in status.servers}
    return {
        each.userid: Sample(now, totals.get(each.userid, 0), each.received, each.sent)
        for each in details
        if isinstance(each, ServerDetails)
    }


def sessionSamples(sessions: Sequence[SessionRecord], now: float) -> dict[int, Sample]:
    """
    Return a sample of each session.
    """
    return {each.number: Sample(now, 0, each.received, each.sent) for each in sessions}


def rateSummaryLines(
    status: PoolStatus, rates: Mapping[str, Rate], times: Times, server: str | None = None
) -> list[str]:
    """
    Return the lines of QUERY STATUS SUMMARY with rates.

    @param server: the only member to be shown, or C{None} for all and their sums.
    """
    shown = [each for each in status.servers if server in (None, each.userid)]
    rows = [_row(each, rates.get(each.userid, Rate())) for each in shown]
    total = None if server else _totalRow(status, Rate.total(list(rates.values())))
    return [*poolLines(status, times), "", *table(_COLUMNS, rows, total), *notes(shown, times)]


def rateSessionsLines(sessions: Sequence[SessionRecord], rates: Mapping[int, Rate], times: Times) -> list[str]:
    """
    Return the lines of QUERY SESSIONS with rates.
    """
    facts = {number: f"in {_size(rate.received)}/s  out {_size(rate.sent)}/s" for number, rate in rates.items()}
    return sessionsLines(sessions, times, facts)


def _row(server: ServerStatus, rate: Rate) -> tuple[str, ...]:
    counts = (server.sessions, server.maximum, server.total)
    return (server.userid, stateText(server), *map(str, counts), *rate.cells())


def _totalRow(status: PoolStatus, rate: Rate) -> tuple[str, ...]:
    active = sum(each.state == "Active" for each in status.servers)
    counts = (status.sessions, status.maximum, status.total)
    return ("Total", f"{active} active", *map(str, counts), *rate.cells())


def _perSecond(count: int, seconds: float) -> float | None:
    return None if count < 0 else count / seconds


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _size(rate: float | None) -> str:
    return "-" if rate is None else octets(round(rate))
