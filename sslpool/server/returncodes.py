# -*- test-case-name: tests.server.test_returncodes -*-
"""
System SSL's return codes for what goes wrong with certificates of clients, with which
z/VM reports it (C{DTCSSL022E}).  Lives in a server process.

Codes and texts are System SSL's; what leads to which is ours, since OpenSSL tells more
kinds of trouble apart.
"""

from __future__ import annotations

from sslpool.sessions.outcome import Outcome

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

_BY_WORDS = {
    "certificate has expired": 401,
    "certificate is not yet valid or the system clock is incorrect": 401,
    "certificate revoked": 431,
    "certificate signature failure": 413,
    "self-signed certificate": 417,
    "self-signed certificate in certificate chain": 435,
    "unable to get local issuer certificate": 435,
    "unable to get issuer certificate": 435,
    "unable to verify the first certificate": 435,
    "unsuitable certificate purpose": 440,
}
"""
OpenSSL's words (X509_verify_cert_error_string(3)) and the codes; all others are a
L{VALIDATION} error.
"""


def returnCodeOf(outcome: Outcome, detail: str) -> int:
    """
    Return the code for a handshake that failed by the client's certificate; 0 for others.

    @param detail: what was wrong with the certificate.
    """
    if outcome is Outcome.HANDSHAKE_NO_CERTIFICATE:
        return 403
    return _BY_WORDS.get(detail, VALIDATION) if outcome is Outcome.HANDSHAKE_CERTIFICATE else 0
