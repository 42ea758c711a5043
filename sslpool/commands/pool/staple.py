# -*- test-case-name: tests.commands.pool.test_staple -*-
"""
C{sslpool staple}: fetches OCSP responses from the authorities' responders and puts them where the servers find them.  A
process of its own, run by hand or by a timer, so that neither stack nor servers wait for anybody's responder.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from urllib.parse import urlsplit

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.files import replaceFile
from sslpool.keydb.records import Credential
from sslpool.keydb.sources import readMaterial
from sslpool.keydb.stapling import LARGEST, Unusable, issuerOf, requestFor, responderOf, staplePath, validUntil
from sslpool.messages import Said, said

LIMIT = 10.0
"""
How long a responder may take for each step, in seconds.
"""

READABLE = 0o644

Ask = Callable[[str, bytes], bytes]


def fetchAll(keyFile: str, ask: Ask | None = None) -> list[Said]:
    """
    Fetch the responses for all labels of C{keyFile} whose authority has a responder; return the result of each:
    a warning where there is no new one.

    @param ask: sends a request to an address and returns the answer.
    @raise sslpool.messages.OperatorError: the key file cannot be read.
    """
    material = readMaterial(keyFile)
    above = [authority.certificate for authority in material.authorities]
    return [_fetch(each, issuerOf(each, above), keyFile, ask or askResponder) for each in material.credentials]


def _fetch(credential: Credential, issuer: Certificate | None, keyFile: str, ask: Ask) -> Said:
    label, path = credential.label, staplePath(keyFile, credential.label)
    try:
        octets, until = _answerFor(credential.certificate, issuer, ask)
    except (OSError, Unusable, http.client.HTTPException) as error:
        return said("SSLP606W", label=label, reason=str(error) or type(error).__name__)
    replaceFile(path, octets, READABLE, keyFile)
    shown = datetime.fromtimestamp(until, UTC)
    return said("SSLP605I", label=label, path=path, until=f"{shown:%Y-%m-%d %H:%M} UTC")


def _answerFor(certificate: Certificate, issuer: Certificate | None, ask: Ask) -> tuple[bytes, float]:
    url = responderOf(certificate)
    if not url:
        raise Unusable("the certificate names no OCSP responder with an http address")
    if issuer is None:
        raise Unusable("the issuer's certificate is neither in the chain nor in the key database")
    octets = ask(url, requestFor(certificate, issuer))
    return octets, validUntil(octets, certificate, issuer, datetime.now(UTC))


def askResponder(url: str, request: bytes) -> bytes:
    """
    Return what a responder answers (RFC 6960 appendix A.1).

    @raise OSError: it cannot be reached, or takes too long.
    @raise Unusable: it answers something else.
    """
    parts = urlsplit(url)
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Unusable(f"{url} is not a valid address") from None
    connection = http.client.HTTPConnection(host, port, timeout=LIMIT)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"}
        connection.request("POST", target, request, headers)
        answer = connection.getresponse()
        octets = _bounded(answer, host)
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise Unusable(f"{host} answered {answer.status}")
    return octets


def _bounded(answer: http.client.HTTPResponse, host: str) -> bytes:
    """
    Return what is in an answer that is neither too long nor too slow.
    """
    octets, deadline = b"", monotonic() + LIMIT
    while part := answer.read1(LARGEST):
        octets += part
        if len(octets) > LARGEST:
            raise Unusable(f"{host} answered with more than {LARGEST} octets")
        if monotonic() > deadline:
            raise Unusable(f"{host} did not answer in time")
    return octets
