# -*- test-case-name: tests.reports.test_ssladmin -*-
"""
The reports of SSLADMIN: records in, lines out.  Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sslpool.config.operands import duration
from sslpool.reports.tables import Column, labelled, table
from sslpool.reports.units import Times, numberText, octets, plural
from sslpool.wire.records import (
    LabelStatus,
    PoolStatus,
    ServerDetails,
    ServerStatus,
    ServingStatus,
    SessionRecord,
    SuiteStatus,
    TraceStatus,
)

CONTROL = {"SSLP405E": "faults", "SSLP413W": "connections cut off", "SSLP439W": "commands refused"}
"""
What L{PoolStatus.control} counts.
"""

NOTHING = "None."
"""
The action of a message where nothing is to be done.
"""

_FINGERPRINT_LINE = 16
_NAME = 8

NOT_VALIDATED = "the TLS library is not a validated module"
"""
What is said wherever MODE is shown, for it would be believed otherwise.
"""

_UNUSED = {
    "exempt": "exempt",
    "no protocol version": "no version",
    "not in MODE": "not in MODE",
    "off": "off",
    "not provided": "not provided",
}
"""
The states of suites that are not in use, and how lines about them begin.
"""

_SUMMARY = (
    Column("Server"),
    Column("State"),
    Column("Sessions", right=True),
    Column("Max", right=True),
    Column("Peak", right=True),
    Column("Total", right=True),
    Column("Pid", right=True),
    Column("Since"),
)


def summaryLines(status: PoolStatus, times: Times, server: str | None = None) -> list[str]:
    """
    Return the lines of QUERY STATUS SUMMARY.

    @param server: the only member to be shown, or C{None} for all and their sums.
    """
    shown = [each for each in status.servers if server in (None, each.userid)]
    rows = [_serverRow(each, times) for each in shown]
    total = None if server else _totalRow(status)
    return [*poolLines(status, times), "", *table(_SUMMARY, rows, total), *notes(shown, times)]


def servingLines(status: ServingStatus) -> list[str]:
    """
    Return the lines of QUERY SERVING: what to do where not all is well.
    """
    lines = [f"{status.reason} {status.text}"]
    return lines if status.action == NOTHING else [*lines, f"  {status.action}"]


def detailsLines(details: Sequence[ServerDetails], times: Times) -> list[str]:
    """
    Return the lines of QUERY STATUS DETAILS.
    """
    lines: list[str] = []
    for each in details:
        if lines:
            lines.append("")
        lines += _detailLines(each, times)
    return lines or ["No servers"]


def trustLines(trust: Sequence[str]) -> list[str]:
    """
    Return what QUERY STATUS DETAILS says of whom the applications trust: as whom clients come to them.
    """
    return ["", *(line for message in trust for line in labelled("Trust", message, 8, 0))] if trust else []


def sessionsLines(sessions: Sequence[SessionRecord], times: Times, more: Mapping[int, str] | None = None) -> list[str]:
    """
    Return the lines of QUERY SESSIONS: two or more for each session, and how many there are.

    @param more: what is to be said besides of the sessions with these numbers.
    """
    if not sessions:
        return ["No secure sessions"]
    columns = (
        Column("Conn", right=True),
        Column("Server"),
        Column("Client socket"),
        Column("Server socket"),
        Column("Label"),
        Column("State"),
    )
    rows = [
        (numberText(each.number), each.server, each.client, each.local, each.label, each.state) for each in sessions
    ]
    lines = table(columns, rows)
    margin = " " * (max(len("Conn"), *(len(row[0]) for row in rows)) + 2)
    report = lines[:2]
    for line, session in zip(lines[2:], sessions, strict=True):
        further = [more[session.number]] if more and session.number in more else []
        report += [line, margin + "  ".join([_sessionFacts(session, times), *further])]
        if session.name:
            report.append(f"{margin}name {session.name}")
        if session.peer:
            report.append(f"{margin}client {session.peer}{_doubt(session)}")
    return [*report, "", plural(len(sessions), "secure session")]


def tracesLines(traces: Sequence[TraceStatus]) -> list[str]:
    """
    Return the lines of QUERY TRACE.
    """
    columns = (Column("Server"), Column("State"), Column("Trace"))
    return table(columns, [(each.userid, each.state, each.trace) for each in traces])


def poolLines(status: PoolStatus, times: Times) -> list[str]:
    """
    Return what is to be said of the pool as a whole.
    """
    active = sum(each.state == "Active" for each in status.servers)
    agent = f"{status.agent} pid {status.agentPid}" if status.agentPid else f"{status.agent} not running"
    if status.segment:
        agent += f", segment {status.segment}"
    lines = [
        *_servingFact(status.serving),
        *labelled("Stack", f"{status.stack}, up {times.age(status.started)} since {times.full(status.started)}", 8, 0),
        *labelled("Pool", f"{active} of {plural(len(status.servers), 'server')} active, agent {agent}", 8, 0),
        *labelled("Sessions", f"{status.sessions} of {status.maximum}, peak {status.peak}, total {status.total}", 8, 0),
        *labelled("Routing", f"{status.routing}, SSLSERVERID {status.serverId} TIMEOUT {status.timeout}", 8, 0),
    ]
    if status.control:
        counts = ", ".join(f"{CONTROL.get(name, name)} {count}" for name, count in sorted(status.control.items()))
        lines += labelled("Control", counts, 8, 0)
    if status.programs:
        lines += labelled("Programs", ", ".join(f"{count} {what}" for what, count in status.programs.items()), 8, 0)
    if status.admission.refused:
        total = plural(sum(status.admission.refused.values()), "connection")
        lines += labelled("Refused", f"{total}; see QUERY STATUS DETAILS", 8, 0)
    for message in dict.fromkeys(each.reason for each in status.closed if each.reason):
        lines += labelled("Closed", str(message), 8, 0)
    for message in status.pending:
        lines += labelled("Pending", str(message), 8, 0)
    if status.full:
        lines += labelled("Waiting", "connections wait for a server", 8, 0)
    return lines


def _servingFact(status: ServingStatus | None) -> list[str]:
    """
    Return whether new clients are served, where that is told, and what is to be said about it.
    """
    if status is None:
        return []
    answer = "yes" if status.serving else "NO"
    remark = "" if status.reason == "SSLP455I" else f": {status.reason} {status.text}"
    return labelled("Serving", f"{answer}{remark}", 8, 0)


def _totalRow(status: PoolStatus) -> tuple[str, ...]:
    """
    Return the row of the pool's sums.
    """
    active = sum(each.state == "Active" for each in status.servers)
    sums = (status.sessions, status.maximum, status.peak, status.total)
    return ("Total", f"{active} active", *map(str, sums), "", "")


def _serverRow(server: ServerStatus, times: Times) -> tuple[str, ...]:
    """
    Return a member's row.
    """
    return (
        server.userid,
        stateText(server),
        str(server.sessions),
        str(server.maximum),
        str(server.peak),
        str(server.total),
        str(server.pid) if server.pid else "-",
        times.short(server.since),
    )


def stateText(server: ServerStatus) -> str:
    """
    Return a member's state as reports show it: marked where its process can take no connections.
    """
    return server.state if server.health == "ok" else f"{server.state}, {server.health.capitalize()}"


def notes(servers: Sequence[ServerStatus], times: Times) -> list[str]:
    """
    Return since when and why members are in their states, below an empty line; nothing where there is nothing to say.
    """
    lines: list[str] = []
    for server in servers:
        remarks = [f"{server.state} since {times.short(server.since)}: {server.reason}"] if server.reason else []
        if server.quiescing:
            remarks.append("takes no new sessions, running ones may finish")
        if server.health != "ok":
            remarks.append(f"{server.health.capitalize()}: {server.healthReason}; it gets no new sessions")
        for former in server.former:
            remarks.append(f"former process {former.pid} may finish {plural(former.sessions, 'session')}")
        if remarks:
            lines += labelled(server.userid, "; ".join(remarks), _NAME, 0)
    return ["", *lines] if lines else []


def _detailLines(details: ServerDetails, times: Times) -> list[str]:
    """
    Return what one server says of itself.
    """
    outcomes = ", ".join(f"{name} {count}" for name, count in sorted(details.outcomes.items()))
    facts = (
        ("Key database", details.keyFile),
        ("TLS library", details.library),
        ("Memory", octets(details.memory) if details.memory else "unknown"),
        ("Descriptors", f"{details.descriptors} open" if details.descriptors else "unknown"),
        ("Lag", f"at most {details.lag * 1000:.0f} ms in the last minute"),
        *(("" if index else "Operands", operand) for index, operand in enumerate(details.operands)),
        ("Ticket life", duration(details.cacheLife)),
        ("Protocols", " ".join(details.protocols) or "none"),
        ("Mode", f"{details.mode}; {NOT_VALIDATED}" if details.mode else "none"),
        ("Groups", " ".join(details.groups)),
        ("Cipher suites", " ".join(details.ciphers) or "none"),
        *_suiteFacts(details.suites),
        ("Data", f"{octets(details.received)} received, {octets(details.sent)} sent"),
        ("Resumed", plural(details.resumed, "handshake")),
        *([("Denied", plural(details.denied, "request"))] if details.denied else []),
        ("Outcomes", outcomes or "none yet"),
        ("Certificates", "" if details.labels else "none"),
    )
    lines = [details.userid]
    for label, text in facts:
        lines += labelled(label, text)
    for certificate in details.labels:
        lines += _labelLines(certificate, times)
    return lines


def _suiteFacts(suites: Sequence[SuiteStatus]) -> list[tuple[str, str]]:
    """
    Return what is to be said of suites that are not in use, by the names of EXEMPT and ENABLE.
    """
    found = ((title, [suite.name for suite in suites if suite.state == state]) for state, title in _UNUSED.items())
    return [(title, " ".join(names)) for title, names in found if names]


def _labelLines(label: LabelStatus, times: Times) -> list[str]:
    """
    Return what a server says of a certificate.
    """
    days = times.daysUntil(label.notAfter)
    left = f"in {plural(days, 'day')}" if days >= 0 else "EXPIRED"
    pairs = label.fingerprint.split(":")
    chunks = [":".join(pairs[at : at + _FINGERPRINT_LINE]) for at in range(0, len(pairs), _FINGERPRINT_LINE)]
    return [
        *labelled(label.label, label.subject, _NAME, 4),
        *labelled("", f"expires {times.full(label.notAfter)} ({left}), generation {label.generation}", _NAME, 4),
        *labelled("", "SHA-256", _NAME, 4),
        *(line for chunk in chunks for line in labelled("", chunk, _NAME, 4)),
    ]


def _doubt(session: SessionRecord) -> str:
    """
    Return what is to be said of a client's certificate that is not trusted.
    """
    return f" NOT TRUSTED: {session.objection}" if session.objection else ""


def _sessionFacts(session: SessionRecord, times: Times) -> str:
    """
    Return the second line of a session.
    """
    facts = [
        session.userid,
        "" if session.kind == "Static" else session.kind.lower(),
        session.protocol,
        session.cipher,
        session.group,
        session.alpn,
        "resumed" if session.resumed else "",
        times.age(session.started),
        f"in {octets(session.received)}",
        f"out {octets(session.sent)}",
    ]
    return "  ".join(fact for fact in facts if fact)
