# -*- test-case-name: tests.server.test_relay -*-
"""
Sessions and the server as reports show them.  Lives in a server process.
"""

from __future__ import annotations

from collections.abc import Callable
from time import time
from typing import TYPE_CHECKING

from attrs import evolve

from sslpool.server.surroundings import Surroundings
from sslpool.sessions.outcome import Outcome
from sslpool.sessions.session import Session
from sslpool.tls.contexts import isChecked
from sslpool.tls.library import libraryName
from sslpool.tls.peers import PeerCertificate, peerCertificateOf
from sslpool.tls.policy import Policy
from sslpool.wire.records import ServerDetails, SessionRecord

if TYPE_CHECKING:
    from sslpool.server.relay import Relay


def detailsOf(relay: Relay, policy: Policy, surroundings: Surroundings, userid: str, keyFile: str) -> ServerDetails:
    """
    Return what is shown of a server.

    @param surroundings: what it was given, and measures of itself.
    """
    figures = surroundings.figures
    running = relay.sessions.values()
    return ServerDetails(
        userid=userid,
        keyFile=keyFile,
        library=libraryName(),
        cacheLife=policy.cacheLife,
        protocols=policy.protocolNames(),
        ciphers=tuple(suite.library for suite in policy.offered()),
        labels=tuple(relay.labels[name].status for name in sorted(relay.labels)),
        outcomes={outcome.value: relay.outcomes[outcome] for outcome in Outcome if relay.outcomes[outcome]},
        received=relay.received + sum(session.received for session in running),
        sent=relay.sent + sum(session.sent for session in running),
        resumed=relay.resumed,
        denied=relay.denied,
        memory=figures.memory(),
        mode=policy.mode or "",
        groups=policy.effectiveGroups(),
        suites=policy.suiteStates(),
        descriptors=figures.descriptors(),
        lag=figures.lag(),
        operands=surroundings.operands,
    )


def recordOf(session: Session, server: str, now: float, fault: Callable[[Exception], None]) -> SessionRecord:
    """
    Return what is shown of a session; of one that cannot be described, that this is so.

    @param server: the name of the server.
    @param now: the present, by the relay's clock.
    @param fault: takes our mistakes.
    """
    record = SessionRecord(
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
        kind=session.kind.shown,
    )
    try:
        return _described(record, session)
    except Exception as error:
        fault(error)
        return record


def _described(record: SessionRecord, session: Session) -> SessionRecord:
    facts = session.facts
    isAsked = bool(facts.protocol) and isChecked(session.connection)
    shown = peerCertificateOf(session.connection) if isAsked else PeerCertificate()
    return evolve(
        record,
        client=session.client,
        label=session.label,
        state=session.phase.shown,
        protocol=facts.protocol,
        cipher=facts.cipher,
        resumed=facts.resumed,
        peer=shown.subject,
        objection=shown.objection,
        alpn=facts.alpn,
        name=facts.name,
        group=facts.group,
    )
