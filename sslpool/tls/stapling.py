# -*- test-case-name: tests.tls.test_stapling -*-
"""
The OCSP response that is stapled to a label's certificate.  Servers.

It is read from its file when the labels are read, and again when the file has changed.  Whatever is wrong with it,
clients get the certificate without it: they ask the responder themselves, or do not care.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from OpenSSL import SSL

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.records import Credential
from sslpool.keydb.stapling import LARGEST, Unusable, issuerOf, staplePath, validUntil
from sslpool.tls.peercertificates import shownBy


class Staple:
    """
    The response for one label.

    @ivar label: the label.
    @ivar response: the response in DER; empty while there is none to be stapled.
    @param path: its file.
    @param issuer: who has issued the certificate, as far as that is known.
    """

    def __init__(self, credential: Credential, path: str, issuer: Certificate | None) -> None:
        self.label = credential.label
        self.response = b""
        self._certificate = credential.certificate
        self._issuer = issuer
        self._path = path
        self._until = 0.0
        self._seen: tuple[int, int, int] | None = None

    def look(self, now: float) -> str:
        """
        Read the file where it has changed, and let go of a response that has expired.

        @param now: the present, in seconds since the epoch.
        @return: why there is none to be stapled from now on; empty where there is, or where nothing has changed.
        """
        try:
            found = os.stat(self._path)
            state = (found.st_mtime_ns, found.st_size, found.st_ino)
            if state != self._seen:
                self._seen = state
                self._take(now)
            elif self.response and now >= self._until:
                raise Unusable("it has expired")
        except FileNotFoundError:
            self._seen = None
            return self._without("its file no longer exists") if self.response else ""
        except OSError as error:
            return self._without(error.strerror or str(error))
        except Unusable as error:
            return self._without(str(error))
        return ""

    def _take(self, now: float) -> None:
        with open(self._path, "rb") as file:
            octets = file.read(LARGEST + 1)
        if len(octets) > LARGEST:
            raise Unusable(f"it has more than {LARGEST} octets")
        self._until = validUntil(octets, self._certificate, self._issuer, datetime.fromtimestamp(now, UTC))
        self.response = octets

    def _without(self, reason: str) -> str:
        self.response = b""
        return reason


def stapleFor(credential: Credential, keyFile: str, authorities: Iterable[Certificate]) -> Staple | None:
    """
    Return the staple of a label; C{None} where there is no file for it.

    @param authorities: the authorities in the key file.
    """
    path = staplePath(keyFile, credential.label)
    return Staple(credential, path, issuerOf(credential, authorities)) if os.path.lexists(path) else None


def stapleTo(context: SSL.Context, staples: Mapping[bytes, Staple], isOnly: bool) -> None:
    """
    Let C{context}, which is not yet in use, staple; clients that do not ask cost nothing.

    @param staples: by the SHA-256 over the certificate.
    @param isOnly: the context has no other certificate.
    """
    if not staples:
        return
    only = next(iter(staples.values()))

    def answerOnly(connection: SSL.Connection, data: object) -> bytes:
        return only.response

    def answer(connection: SSL.Connection, data: object) -> bytes:
        found = staples.get(shownBy(connection))
        return b"" if found is None else found.response

    context.set_ocsp_server_callback(answerOnly if isOnly else answer)
