# -*- test-case-name: tests.reports.test_netstat -*-
"""
The reports of NETSTAT: records in, lines out.  Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from attrs import frozen

from sslpool.reports.admission import admissionFacts
from sslpool.reports.tables import Column, labelled, table
from sslpool.reports.units import Times, numberText
from sslpool.wire.records import ConnectionRecord, ListenerRecord, PoolStatus

_ANY = ("0.0.0.0", "::")

_CONNECTION = (
    Column("User Id"),
    Column("Conn", right=True),
    Column("Local Socket"),
    Column("Foreign Socket"),
    Column("State"),
)

_IDENTITY = (
    Column("User Id"),
    Column("Conn", right=True),
    Column("Foreign Socket"),
    Column("Server"),
    Column("Label"),
    Column("Protocol"),
    Column("Cipher"),
)


@frozen
class ServedClient:
    """
    An application whose secure ports the stack serves.

    @ivar userid: its userid.
    @ivar ports: how many ports it has.
    @ivar sessions: how many sessions.
    @ivar hosts: from how many addresses.
    """

    userid: str
    ports: int
    sessions: int
    hosts: int


def headLines(stack: str, release: str) -> list[str]:
    """
    Return what stands above every report.
    """
    return [f"sslpool Netstat Level {release}       TCP/IP Server Name: {stack}", ""]


def configurationLines(status: PoolStatus, release: str) -> list[str]:
    """
    Return the lines of CONFIG SSL.
    """
    columns = (
        Column("Server"),
        Column("State"),
        Column("Sessions", right=True),
        Column("Max", right=True),
        Column("Peak", right=True),
    )
    rows = [(each.userid, each.state, str(each.sessions), str(each.maximum), str(each.peak)) for each in status.servers]
    full = ["  New connections wait for a server."] if status.full else []
    return [
        *headLines(status.stack, release),
        "SSL configuration:",
        f"  SSLSERVERID {status.serverId}  TIMEOUT {status.timeout}  ROUTING {status.routing}",
        f"  Maximum sessions:            {status.maximum:>7}   Current: {status.sessions:>7}   Peak: {status.peak:>7}",
        f"  Maximum sessions per server: {status.maxPerServer:>7}",
        *(line for name, text in admissionFacts(status.admission) for line in labelled(f"{name}:", text, 7)),
        *full,
        "",
        *(f"  {line}" for line in table(columns, rows)),
    ]


def connectionLines(
    stack: str, release: str, listeners: Sequence[ListenerRecord], connections: Sequence[ConnectionRecord]
) -> list[str]:
    """
    Return the lines of CONN and ALLCONN: secure ports, then secure sessions, a table for each version of IP.
    """
    rows = [(each.local, (each.userid, "", _socket(each.local), "*..*", each.state)) for each in listeners]
    rows += [
        (each.local, (each.userid, numberText(each.number), _socket(each.local), _socket(each.client), each.state))
        for each in connections
    ]
    tables = []
    for title, wanted in (("Active IPv4 Transmission Blocks:", False), ("Active IPv6 Transmission Blocks:", True)):
        shown = [row for local, row in rows if local.startswith("[") is wanted]
        if shown or not wanted:
            tables += ["", title, "", *(table(_CONNECTION, shown) if shown else ["None"])]
    return [*headLines(stack, release), *tables[1:]]


def identityLines(stack: str, release: str, connections: Sequence[ConnectionRecord]) -> list[str]:
    """
    Return the lines of IDENTIFY SSL: what secures each session.
    """
    rows = [
        (
            each.userid,
            numberText(each.number),
            _socket(each.client),
            each.server,
            each.label,
            each.protocol or each.state,
            each.cipher,
        )
        for each in connections
    ]
    return [*headLines(stack, release), "Secure Connections:", "", *(table(_IDENTITY, rows) if rows else ["None"])]


def servedClients(listeners: Sequence[ListenerRecord], connections: Sequence[ConnectionRecord]) -> list[ServedClient]:
    """
    Return the applications in the order of their user IDs.
    """
    ports = Counter(each.userid for each in listeners)
    sessions = Counter(each.userid for each in connections)
    pairs = {(each.userid, each.client.rpartition(":")[0]) for each in connections}
    hosts = Counter(userid for userid, _ in pairs)
    return [
        ServedClient(userid, ports[userid], sessions[userid], hosts[userid]) for userid in sorted({*ports, *sessions})
    ]


def clientLines(stack: str, release: str, clients: Sequence[ServedClient]) -> list[str]:
    """
    Return the lines of CLIENTS.
    """
    columns = (
        Column("User Id"),
        Column("Ports", right=True),
        Column("Sessions", right=True),
        Column("Foreign Hosts", right=True),
    )
    rows = [(each.userid, str(each.ports), str(each.sessions), str(each.hosts)) for each in clients]
    return [*headLines(stack, release), "Clients:", "", *(table(columns, rows) if rows else ["None"])]


def homePorts(listeners: Sequence[ListenerRecord]) -> dict[str, list[int]]:
    """
    Return the open secure ports of each local address, in NETSTAT's form.
    """
    found: dict[str, list[int]] = {}
    for each in listeners:
        host, _, port = _socket(each.local).rpartition("..")
        if each.state == "Listen" and port.isdecimal():
            found.setdefault(host, []).append(int(port))
    return {host: sorted(set(ports)) for host, ports in found.items()}


def homeLines(stack: str, release: str, ports: Mapping[str, Sequence[int]]) -> list[str]:
    """
    Return the lines of HOME.
    """
    rows = [(host, " ".join(map(str, numbers))) for host, numbers in ports.items()]
    columns = (Column("Address"), Column("Secure Ports"))
    return [*headLines(stack, release), "Home Addresses:", "", *(table(columns, rows) if rows else ["None"])]


def upLines(status: PoolStatus, release: str, times: Times) -> list[str]:
    """
    Return the lines of UP.
    """
    age, moment = times.age(status.started), times.full(status.started)
    return [*headLines(status.stack, release), f"Stack {status.stack} has been up for {age}, since {moment}"]


def _socket(address: str) -> str:
    """
    Return C{address:port} in NETSTAT's form C{address..port}, any address being C{*}.  A path stays as it is.
    """
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdecimal():
        return address
    bare = host.removeprefix("[").removesuffix("]")
    return f"{'*' if bare in _ANY else bare}..{port}"
