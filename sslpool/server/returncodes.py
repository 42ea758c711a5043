# -*- test-case-name: tests.server.test_returncodes -*-
"""
System SSL's return codes for what goes wrong with certificates of clients, with which
z/VM reports it (C{DTCSSL022E}).  Lives in a server process.

Codes and texts are System SSL's; what leads to which is ours, since OpenSSL tells more kinds of trouble apart.
"""

from __future__ import annotations

from sslpool.sessions.outcome import Outcome
from sslpool.tls.peers import reasonFor

VALIDATION = 8

RETURN_CODES = {
    8: "Certificate validation error",
    401: "Certificate is expired or is not valid yet",
    403: "No certificate received from partner",
    405: "Certificate format is not supported",
    413: "Certificate signature is incorrect",
    417: "Self-signed certificate cannot be validated",
    431: "Certificate is revoked",
    435: "Certificate authority is unknown",
    440: "Incorrect key usage",
}
"""
The codes that are used, and their texts.
"""

_BY_ERROR = {2: 435, 7: 413, 9: 401, 10: 401, 18: 417, 19: 435, 20: 435, 21: 435, 23: 431, 26: 440}
"""
OpenSSL's errors (X509_V_ERR_*, x509_vfy.h) and the codes; all others are a L{VALIDATION} error.
"""

_BY_WORDS = {reasonFor(error): code for error, code in _BY_ERROR.items()}
"""
The same by the words of the library that is there: those of other releases differ.
"""


def returnCodeOf(outcome: Outcome, detail: str) -> int:
    """
    Return the code for a handshake that failed by the client's certificate; 0 for others.

    @param detail: what was wrong with the certificate.
    """
    if outcome is Outcome.HANDSHAKE_NO_CERTIFICATE:
        return 403
    return _BY_WORDS.get(detail, VALIDATION) if outcome is Outcome.HANDSHAKE_CERTIFICATE else 0
