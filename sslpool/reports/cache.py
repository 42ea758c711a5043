# -*- test-case-name: tests.reports.test_cache -*-
"""
The reports about the session cache: QUERY CACHE, and QUERY NSS as z/VM has it.  Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import fields

from sslpool.config.operands import duration
from sslpool.reports.tables import Column, labelled, table
from sslpool.reports.units import Times, octets, plural
from sslpool.wire.cachestatus import CacheFigures, CacheStatus, SegmentStatus

_WIDTH = 9
_USERS_LINE = 9

_COLUMNS = (
    Column("Label"),
    *(Column(name, right=True) for name in ("Alive", "Expired", "Added", "Removed", "Resumed", "Missed", "Ratio")),
)


def cacheLines(status: CacheStatus, times: Times) -> list[str]:
    """
    Return the lines of QUERY CACHE.
    """
    segment = status.segment
    users = f"pages {segment.first}-{segment.last}, {plural(len(segment.users), 'user')}"
    lines = labelled("Cache", f"{status.server or 'all servers'} of stack {status.stack}", _WIDTH, 0)
    lines += labelled("Segment", f"{segment.name}, {octets(segment.size)}, {users}", _WIDTH, 0)
    lines += labelled("Life", _life(status), _WIDTH, 0)
    lines += labelled("Keys", _keys(status, times), _WIDTH, 0)
    if not status.labels:
        return [*lines, "", "No handshakes yet"]
    total = _row("Total", _sum(status.labels))
    return [*lines, "", *table(_COLUMNS, [_row(each.label, each) for each in status.labels], total)]


def nssMapLines(segment: SegmentStatus) -> list[str]:
    """
    Return the lines of CP QUERY NSS NAME name MAP.
    """
    head = "FILE FILENAME FILETYPE MINSIZE BEGPAG ENDPAG TYPE CL #USERS PARMREGS VMGROUP"
    users = f"{len(segment.users):05}"
    return [
        head,
        f"{segment.number:04} {segment.name:<8} DCSS     N/A     {segment.first:<6} {segment.last:<6}  SN  R  {users}  "
        "N/A      N/A",
    ]


def nssUsersLines(segment: SegmentStatus) -> list[str]:
    """
    Return the lines of CP QUERY NSS USERS name.
    """
    users = segment.users
    rows = [users[at : at + _USERS_LINE] for at in range(0, len(users), _USERS_LINE)]
    return [
        "FILE FILENAME FILETYPE CLASS",
        f"{segment.number:04} {segment.name:<8} DCSS     R",
        *(" " + " ".join(f"{user:<8}" for user in row).rstrip() for row in rows),
    ]


def _life(status: CacheStatus) -> str:
    if not status.life:
        return "0: no session is resumed"
    return f"{duration(status.life)}; clean-up every {plural(status.cleanup, 'handshake')} of a server"


def _keys(status: CacheStatus, times: Times) -> str:
    if not status.keys:
        return "none"
    accepted = f"{status.keys} accepted" if status.keys > 1 else "1"
    return (
        f"{accepted}; the current one for {times.age(status.keySince)}, until {times.full(status.keyUntil)} at the "
        f"latest; {status.keysLeft} left"
    )


def _row(name: str, figures: CacheFigures) -> tuple[str, ...]:
    counts = (figures.alive, figures.expired, figures.added, figures.removed, figures.resumed, figures.missed)
    handshakes = figures.resumed + figures.missed
    ratio = f"{100 * figures.resumed / handshakes:.1f} %" if handshakes else "-"
    return (name, *map(str, counts), ratio)


def _sum(labels: Sequence[CacheFigures]) -> CacheFigures:
    names = [each.name for each in fields(CacheFigures) if each.name != "label"]
    return CacheFigures(label="", **{name: sum(getattr(each, name) for each in labels) for name in names})
