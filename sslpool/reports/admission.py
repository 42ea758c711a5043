# -*- test-case-name: tests.reports.test_admission -*-
"""
Who is let in and who was refused, as lines.  Used by the commands; pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from sslpool.reports.tables import labelled
from sslpool.reports.units import plural
from sslpool.wire.admission import AdmissionStatus


@frozen
class StackDetails:
    """
    What QUERY STATUS DETAILS shows of the stack itself.

    @ivar stack: the stack's user ID.
    @ivar admission: who is let in.
    """

    stack: str
    admission: AdmissionStatus


def admissionFacts(status: AdmissionStatus) -> Iterator[tuple[str, str]]:
    """
    Yield what is set, each with its name; nothing of what is not.
    """
    limits = [f"{operand} {value}" for operand, value in status.limits.items() if value]
    if limits:
        yield "Limits", ", ".join(limits)
    if limits and status.exempt:
        yield "Exempt", " ".join(status.exempt)
    for name, networks in status.lists.items():
        word, _, local = name.partition(" of ")
        yield word.capitalize(), f"{local}: {' '.join(networks)}"


def stackLines(details: StackDetails) -> list[str]:
    """
    Return the lines about the stack in QUERY STATUS DETAILS.
    """
    status = details.admission
    refused = ", ".join(f"{reason} {count}" for reason, count in sorted(status.refused.items()))
    facts = [*admissionFacts(status), ("Refused", refused or "none yet")]
    if status.limits.get("PENDINGCONNECTIONLIMIT"):
        facts.append(("Pending", f"{plural(status.pending, 'connection')} before the handshake"))
    if status.addresses or status.uncounted:
        uncounted = f", {plural(status.uncounted, 'connection')} not counted" if status.uncounted else ""
        facts.append(("Addresses", f"{status.addresses} with connections{uncounted}"))
    return [details.stack, *(line for label, text in facts for line in labelled(label, text))]
