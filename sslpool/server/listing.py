# -*- test-case-name: tests.server.test_relay -*-
"""
Sessions as reports show them.  Lives in a server process.
"""

from __future__ import annotations

from collections.abc import Callable
from time import time

from sslpool.reports.records import SessionRecord
from sslpool.server.sides import Sides
from sslpool.tls.contexts import isChecked
from sslpool.tls.peers import Standing, standingOf


def recordOf(session: Sides, server: str, now: float, fault: Callable[[Exception], None]) -> SessionRecord:
    """
    Return what is shown of a session; of one that cannot be described, that this is so.

    @param server: the name of the server.
    @param now: the present, by the relay's clock.
    @param fault: takes our mistakes.
    """
    try:
        return _recordOf(session, server, now)
    except Exception as error:
        fault(error)
        return SessionRecord(
            number=session.number,
            server=server,
            client="",
            local=session.port.local,
            userid=session.port.userid,
            label="",
            state="Unknown",
            protocol="",
            cipher="",
            resumed=False,
            started=time() - (now - session.started),
            received=session.received,
            sent=session.sent,
            kind=session.kind,
        )


def _recordOf(session: Sides, server: str, now: float) -> SessionRecord:
    facts = session.facts
    isAsked = bool(facts.protocol) and isChecked(session.connection)
    standing = standingOf(session.connection) if isAsked else Standing()
    return SessionRecord(
        number=session.number,
        server=server,
        client=session.client,
        local=session.port.local,
        userid=session.port.userid,
        label=session.label,
        state=session.phase.value,
        protocol=facts.protocol,
        cipher=facts.cipher,
        resumed=facts.resumed,
        started=time() - (now - session.started),
        received=session.received,
        sent=session.sent,
        kind=session.kind,
        peer=standing.subject,
        objection=standing.objection,
        alpn=facts.alpn,
    )
