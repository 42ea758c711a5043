# -*- test-case-name: tests.commands.gskkyman.test_formatting -*-
"""
Certificates as people read them.  Pure; C{gskkyman}.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from sslpool.commands.outcome import printable
from sslpool.keydb.records import CertificateRecord, RequestRecord, RevocationRecord

_HEADINGS = ("Label", "Key", "Expires", "Days left", "Flags", "Subject")
_REVOCATION_HEADINGS = ("Revocation list", "Made", "Next due", "Revoked", "Issuer")
_REQUEST_HEADINGS = ("Request", "Key", "Names", "Subject")
_MISSING = "-"


def formatList(records: Sequence[CertificateRecord], now: float) -> list[str]:
    """
    Return a table with a line for each of C{records}, headings first.

    @param now: the time, in seconds since the epoch.
    """
    return _table([_HEADINGS, *(_row(record, now) for record in records)])


def formatRevocations(lists: Sequence[RevocationRecord], now: float) -> list[str]:
    """
    Return a table with a line for each revocation list, headings first; nothing if there is none.

    @param now: the time, in seconds since the epoch.
    """
    rows = [_revocationRow(record, now) for record in lists]
    return _table([_REVOCATION_HEADINGS, *rows]) if rows else []


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def formatDetails(record: CertificateRecord, now: float) -> list[str]:
    """
    Return all that is known of C{record}, a line for each fact.

    @param now: the time, in seconds since the epoch.
    """
    return formatFacts(
        ("Label", record.label),
        *_certificateFacts(record, now),
        ("Private key", _yesNo(record.hasKey)),
        ("Default key", _yesNo(record.default)),
        ("Trusted", _yesNo(record.trusted)),
        ("SHA-256", record.fingerprint),
    )


def formatCertificate(record: CertificateRecord, now: float) -> list[str]:
    """
    Return what a certificate itself says, a line for each fact: one in a file has no label, no private key that
    belongs to it, and no trust.

    @param now: the time, in seconds since the epoch.
    """
    return formatFacts(*_certificateFacts(record, now), ("SHA-256", record.fingerprint))


def _certificateFacts(record: CertificateRecord, now: float) -> tuple[tuple[str, str], ...]:
    return (
        ("Subject", record.subject),
        ("Issuer", record.issuer),
        ("Serial number", record.serial),
        ("Valid from", formatTime(record.notBefore)),
        ("Valid until", f"{formatTime(record.notAfter)} ({_remaining(record, now)})"),
        ("Names", ", ".join(record.names) or _MISSING),
        ("Key type", record.keyType),
        ("Authority", _yesNo(record.issues)),
    )


def formatRevocationList(record: RevocationRecord, now: float) -> list[str]:
    """
    Return what a revocation list itself says, a line for each fact: one in a file has no label.

    @param now: the time, in seconds since the epoch.
    """
    due = record.nextUpdate
    late = " (OVERDUE)" if due is not None and due < now else ""
    return formatFacts(
        ("Revocation list of", record.issuer),
        ("Made", formatTime(record.issued)),
        ("Next due", _MISSING if due is None else formatTime(due) + late),
        ("Revoked", str(record.revoked)),
    )


def formatFacts(*facts: tuple[str, str]) -> list[str]:
    """
    Return a line for each fact, its name first.
    """
    width = max(len(name) for name, _ in facts) + 1
    return [f"{name + ':':<{width}} {printable(value)}" for name, value in facts]


def formatKey(record: CertificateRecord) -> list[str]:
    """
    Return what is known of the private key of C{record}; not the key.
    """
    return formatFacts(
        ("Label", record.label),
        ("Key type", record.keyType),
        ("Default key", _yesNo(record.default)),
        ("Subject", record.subject),
    )


def formatRequest(record: RequestRecord) -> list[str]:
    """
    Return all that is known of a certificate request, a line for each fact.
    """
    return formatFacts(
        ("Label", record.label),
        ("Subject", record.subject),
        ("Names", ", ".join(record.names) or _MISSING),
        ("Key type", record.keyType),
    )


def formatRequests(requests: Sequence[RequestRecord]) -> list[str]:
    """
    Return a table with a line for each certificate request, headings first; nothing if there is none.
    """
    rows = [
        (record.label, record.keyType, ", ".join(record.names) or _MISSING, printable(record.subject))
        for record in requests
    ]
    return _table([_REQUEST_HEADINGS, *rows]) if rows else []


def formatTime(moment: float) -> str:
    """
    Return C{moment}, in seconds since the epoch, as date and time in UTC.
    """
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(moment))


def _row(record: CertificateRecord, now: float) -> tuple[str, ...]:
    return (
        printable(record.label),
        record.keyType,
        formatTime(record.notAfter).split()[0],
        _daysLeft(record, now),
        _flags(record),
        printable(record.subject),
    )


def _revocationRow(record: RevocationRecord, now: float) -> tuple[str, ...]:
    due = record.nextUpdate
    late = due is not None and due < now
    return (
        printable(record.label),
        formatTime(record.issued).split()[0],
        _MISSING if due is None else "OVERDUE" if late else formatTime(due).split()[0],
        str(record.revoked),
        printable(record.issuer),
    )


def _flags(record: CertificateRecord) -> str:
    flags = (
        ("default", record.default),
        ("authority", record.issues),
        ("no key", not record.hasKey),
        ("not trusted", not record.trusted),
    )
    return ", ".join(name for name, isSet in flags if isSet) or _MISSING


def _daysLeft(record: CertificateRecord, now: float) -> str:
    if record.isExpired(now):
        return "EXPIRED"
    return "NOT YET" if now < record.notBefore else str(record.daysLeft(now))


def _remaining(record: CertificateRecord, now: float) -> str:
    days = record.daysLeft(now)
    if record.isExpired(now):
        return f"EXPIRED {_days(-days)} ago"
    return "NOT YET valid" if now < record.notBefore else f"{_days(days)} left"


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"


def _yesNo(value: bool) -> str:
    return "yes" if value else "no"
