# -*- test-case-name: tests.reports.test_netstat -*-
"""
The reports of NETSTAT: records in, lines out.  Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from sslpool.reports.records import ConnectionRecord, ListenerRecord, PoolStatus
from sslpool.reports.tables import Column, table

_ANY = ("0.0.0.0", "::")


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
    rows = [
        (each.userid, each.state, str(each.sessions), str(each.maximum), str(each.peak)) for each in status.servers
    ]
    full = ["  New connections wait because no server has room."] if status.full else []
    return [
        *headLines(status.stack, release),
        "SSL configuration:",
        f"  SSLSERVERID {status.serverId}  TIMEOUT {status.timeout}  ROUTING {status.routing}",
        f"  Maximum sessions:            {status.maximum:>7}   Current: {status.sessions:>7}   Peak: {status.peak:>7}",
        f"  Maximum sessions per server: {status.maxPerServer:>7}",
        *full,
        "",
        *(f"  {line}" for line in table(columns, rows)),
    ]


def connectionLines(
    stack: str, release: str, listeners: Sequence[ListenerRecord], connections: Sequence[ConnectionRecord]
) -> list[str]:
    """
    Return the lines of CONN: the secure ports, then the secure sessions.
    """
    columns = (
        Column("User Id"),
        Column("Conn", right=True),
        Column("Local Socket"),
        Column("Foreign Socket"),
        Column("State"),
    )
    rows = [(each.userid, "", _socket(each.local), "*..*", "Listen") for each in listeners]
    rows += [
        (each.userid, str(each.number), _socket(each.local), _socket(each.client), each.state) for each in connections
    ]
    body = table(columns, rows) if rows else ["None"]
    return [*headLines(stack, release), "Active Secure Transmission Blocks:", "", *body]


def _socket(address: str) -> str:
    """
    Return C{address:port} in NETSTAT's form C{address..port}, any address being
    C{*}.  A path stays as it is.
    """
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdecimal():
        return address
    bare = host.removeprefix("[").removesuffix("]")
    return f"{'*' if bare in _ANY else bare}..{port}"
