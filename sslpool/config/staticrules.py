# -*- test-case-name: tests.config.test_staticrules -*-
"""
The rules about ports with SECURE that do not fit their clients: these do not begin with TLS, and would wait in vain, or
what matters would go in cleartext; or STRICT refuses them.  Pure; used in the stack process and by C{sslpool check}.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from sslpool.config.configuration import Application, SecurePort
from sslpool.config.dynamicrules import INTERNAL
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

_TELNET = "Telnet and TN3270 clients such as s3270"

NAMELESS: dict[int, str] = {
    **dict.fromkeys((23, 992), _TELNET),
    **dict.fromkeys((104, 2762, 11112), "DICOM clients such as dcmtk"),
    **dict.fromkeys((502, 802), "Modbus clients such as pymodbus"),
    **dict.fromkeys((514, 6514), "syslog clients such as rsyslog"),
    2083: "RADIUS clients such as radsecproxy",
}
"""
By the port that clients connect to, or the application's: these send no server name.
"""


def checkStatic(ports: Iterable[SecurePort], known: Mapping[str, Application], findings: Findings) -> None:
    """
    Look for ports that are secure from the beginning, and should not be, and for those where STRICT locks out.

    @param known: the applications.
    """
    for port in ports:
        if port.policy.strict and (clients := _nameless(port, known)):
            findings.add("SSLP565W", port.position, port=port.number, clients=clients)
        begins = _beginning(port) if port.securing == Plain() and not port.manhole else None
        if begins is None or begins.alpn in port.policy.alpn:
            continue
        if begins is _FTP:
            findings.add("SSLP274W", port.position, userid=port.userid, port=port.number)
        else:
            findings.add(
                "SSLP273W", port.position, protocol=begins.protocol, port=port.number, remedy=_remedy(begins, port)
            )


def _nameless(port: SecurePort, known: Mapping[str, Application]) -> str | None:
    onTheWay, target = known[port.userid].dynamic, hostAndPort(port.address)
    if port.userid == INTERNAL or (onTheWay is not None and onTheWay.protocol in ("TELNET", "TN3270")):
        return _TELNET
    return NAMELESS.get(port.number) or (NAMELESS.get(target[1]) if target else None)


def _beginning(port: SecurePort) -> Begins | None:
    target = hostAndPort(port.address)
    behind = None if target is None else APPLICATIONS.get(target[1])
    return behind or PORTS.get(port.number)


def _remedy(begins: Begins, port: SecurePort) -> str:
    if not begins.dynamic:
        return "sslpool does not have this protocol"
    remedy = f":dynamic.{begins.dynamic} in the entry of {port.userid}, without SECURE here, has them"
    return f"{remedy}; ALPN {begins.alpn} here is for those that begin with TLS" if begins.alpn else remedy
