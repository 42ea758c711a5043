# -*- test-case-name: tests.starttls.test_protocols -*-
"""
The protocols that have a negotiator, by the names that C{:dynamic.} knows.  Pure; used in the
servers, and in the stack for clients that no server takes.
"""

from __future__ import annotations

from collections.abc import Callable

from sslpool.starttls.contract import Negotiator, Plain, Refusal, Security
from sslpool.starttls.ftp import Ftp
from sslpool.starttls.imap import Imap
from sslpool.starttls.ldap import Ldap
from sslpool.starttls.mysql import MySql
from sslpool.starttls.nntp import Nntp
from sslpool.starttls.pop3 import Pop3
from sslpool.starttls.postgresql import PostgreSql
from sslpool.starttls.smtp import Lmtp, Smtp
from sslpool.starttls.telnet import Telnet
from sslpool.starttls.xmpp import Xmpp

PROTOCOLS: dict[str, Callable[[Security], Negotiator]] = {
    "FTP": Ftp,
    "IMAP": Imap,
    "LDAP": Ldap,
    "LMTP": Lmtp,
    "MYSQL": MySql,
    "NNTP": Nntp,
    "POP3": Pop3,
    "POSTGRESQL": PostgreSql,
    "SMTP": Smtp,
    "TELNET": Telnet,
    "TN3270": Telnet,
    "XMPP": Xmpp,
}


def negotiatorFor(protocol: str, security: str) -> Negotiator:
    """
    Return a negotiator for a new dialogue.

    @param protocol: one of L{PROTOCOLS}.
    @param security: one of L{Security}, as text.
    @raise KeyError: there is no such protocol.
    @raise ValueError: there is no such security.
    """
    demanded = Security(security)
    return Plain() if demanded is Security.NEVER else PROTOCOLS[protocol](demanded)


_BUSY = {"FTP": b"421 Temporarily unable to process security\r\n"}
"""
What a client of some protocols is told where no server is available (z/VM's FTP server has it so).
"""


def busyWords(protocol: str, security: str) -> bytes:
    """
    Return the first and last words to a client whose connection no server takes; see
    L{negotiatorFor}.  None where the application's entry says NEVER.
    """
    negotiator = negotiatorFor(protocol, security)
    if negotiator.security is Security.NEVER:
        return b""
    return _BUSY.get(protocol) or negotiator.lastWords(Refusal.UNAVAILABLE)
