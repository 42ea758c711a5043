# -*- test-case-name: tests.config.test_staticrules -*-
"""
The rule about ports with SECURE whose clients do not begin with TLS: they would wait in vain, or what
matters would go in cleartext.  Pure; used in the stack process and by C{sslpool check}.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from sslpool.config.configuration import SecurePort
from sslpool.config.securing import Plain
from sslpool.config.tokens import Findings
from sslpool.config.values import hostAndPort


@frozen
class Begins:
    """
    A protocol whose clients begin in cleartext.

    @ivar protocol: its name.
    @ivar dynamic: the value of C{:dynamic.} that is for it; empty where there is none.
    @ivar alpn: the protocol of ALPN with which its clients begin with TLS all the same.
    """

    protocol: str
    dynamic: str = ""
    alpn: str = ""


_FTP = Begins("FTP", "FTP")

APPLICATIONS: dict[int, Begins] = {
    21: _FTP,
    1433: Begins("SQL Server before TDS 8.0", alpn="tds/8.0"),
    3306: Begins("MySQL and MariaDB", "MYSQL"),
    3389: Begins("RDP"),
    4190: Begins("ManageSieve"),
    5432: Begins("PostgreSQL", "POSTGRESQL", "postgresql"),
    33060: Begins("MySQL X"),
}
"""
By the port of the application: no client of these begins with TLS, wherever it connects to.
"""

PORTS: dict[int, Begins] = {
    24: Begins("LMTP", "LMTP"),
    25: Begins("SMTP", "SMTP"),
    110: Begins("POP3", "POP3"),
    119: Begins("NNTP", "NNTP"),
    143: Begins("IMAP", "IMAP"),
    587: Begins("SMTP", "SMTP"),
    990: _FTP,
    5222: Begins("XMPP", "XMPP", "xmpp-client"),
    **APPLICATIONS,
}
"""
By the port that clients connect to: these begin with TLS on others, such as 465 and 993 (RFC 8314).
"""


def checkStatic(ports: Iterable[SecurePort], findings: Findings) -> None:
    """
    Look for ports that are secure from the beginning, and should not be.
    """
    for port in ports:
        begins = _beginning(port) if port.securing == Plain() and not port.inside else None
        if begins is None or begins.alpn in port.policy.alpn:
            continue
        if begins is _FTP:
            findings.add("SSLP274W", port.position, userid=port.userid, port=port.number)
        else:
            findings.add(
                "SSLP273W", port.position, protocol=begins.protocol, port=port.number, remedy=_remedy(begins, port)
            )


def _beginning(port: SecurePort) -> Begins | None:
    target = hostAndPort(port.address)
    behind = None if target is None else APPLICATIONS.get(target[1])
    return behind or PORTS.get(port.number)


def _remedy(begins: Begins, port: SecurePort) -> str:
    if not begins.dynamic:
        return "sslpool does not have this protocol"
    remedy = f":dynamic.{begins.dynamic} in the entry of {port.userid}, without SECURE here, has them"
    return f"{remedy}; ALPN {begins.alpn} here is for those that begin with TLS" if begins.alpn else remedy
