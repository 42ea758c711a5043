# -*- test-case-name: tests.tls.test_detail -*-
"""
What is told about a session to the program that asked for it (SecureDetail).  Servers.
"""

from __future__ import annotations

from typing import Any

from OpenSSL import SSL

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.records import fingerprintOf, namesOf
from sslpool.tls.facts import factsOf
from sslpool.tls.peercertificates import peerOf

MOST_NAMES = 32
"""
The most names of a certificate that are told.
"""

LONGEST_NAME = 256
"""
The most characters of each.
"""


def detailOf(connection: SSL.Connection) -> dict[str, Any]:
    """
    Return what was agreed and whom the certificate of the other side names, as JSON knows it.
    """
    facts = factsOf(connection)
    certificate = peerOf(connection)
    return {
        "protocol": facts.protocol,
        "cipher": facts.cipher,
        "resumed": facts.resumed,
        "applicationProtocol": facts.alpn,
        "serverName": facts.name,
        "certificate": None if certificate is None else _described(certificate),
    }


def _described(certificate: Certificate) -> dict[str, Any]:
    return {
        "subject": certificate.shown,
        "issuer": certificate.issuer.shown,
        "serial": f"{certificate.serial:X}",
        # JSON has no infinity, which is what is known of one that cannot be read.
        "notAfter": certificate.notAfter if certificate.isRead else None,
        "fingerprint": fingerprintOf(certificate),
        "names": [each[:LONGEST_NAME] for each in namesOf(certificate)[:MOST_NAMES]],
    }
