# -*- test-case-name: tests.starttls.test_contract -*-
"""
The protocols that have a negotiator, by the names that C{:dynamic.} knows.  Pure; used in the
servers.
"""

from __future__ import annotations

from collections.abc import Callable

from sslpool.starttls.contract import Negotiator, Plain, Security
from sslpool.starttls.nntp import Nntp
from sslpool.starttls.pop3 import Pop3
from sslpool.starttls.smtp import Lmtp, Smtp

PROTOCOLS: dict[str, Callable[[Security], Negotiator]] = {
    "LMTP": Lmtp,
    "NNTP": Nntp,
    "POP3": Pop3,
    "SMTP": Smtp,
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
