"""
Protects records as a client does, so that a test can send any record at any moment, which no library allows: alerts
(RFC 8446 section 6), requests for new keys (section 4.6.3), and the end without close_notify.
"""

from __future__ import annotations

import hmac
from abc import ABC, abstractmethod

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

ALERT, HANDSHAKE, DATA = 21, 22, 23
"""
Types of records.
"""

LARGEST = 1 << 14
"""
How much a record holds, in octets.
"""

WARNING, FATAL = 1, 2
CLOSE_NOTIFY, INTERNAL_ERROR, USER_CANCELED = 0, 80, 90

_VERSION = b"\3\3"


class Sealer(ABC):
    """
    Protects one record after the other, with AES-GCM.
    """

    def __init__(self, sequence: int) -> None:
        self._sequence = sequence

    def seal(self, kind: int, content: bytes) -> bytes:
        """
        Return the next record.

        @param kind: its type.
        @param content: at most L{LARGEST} octets.
        """
        record = self._sealed(kind, content)
        self._sequence += 1
        return record

    def alert(self, level: int, description: int) -> bytes:
        """
        Return the record of an alert.
        """
        return self.seal(ALERT, bytes((level, description)))

    def data(self, octets: bytes) -> bytes:
        """
        Return as many records as C{octets} need.
        """
        starts = range(0, len(octets), LARGEST)
        return b"".join(self.seal(DATA, octets[start : start + LARGEST]) for start in starts)

    @abstractmethod
    def _sealed(self, kind: int, content: bytes) -> bytes:
        """
        Return the record with the present number.
        """


class Sealer13(Sealer):
    """
    TLS 1.3 (RFC 8446 sections 5.2 and 7.3), with a suite of AES-GCM.

    @param secret: the sender's traffic secret.
    """

    def __init__(self, secret: bytes) -> None:
        super().__init__(0)
        self._begin(secret)

    def _begin(self, secret: bytes) -> None:
        self._secret = secret
        self._cipher = AESGCM(self._expand(b"key", 16 if len(secret) == 32 else 32))
        self._iv = int.from_bytes(self._expand(b"iv", 12), "big")

    def keyUpdate(self) -> bytes:
        """
        Return the record that announces new keys and asks for the other side's; what follows has them
        (sections 4.6.3 and 7.2).
        """
        record = self.seal(HANDSHAKE, b"\x18\0\0\1\1")
        self._begin(self._expand(b"traffic upd", len(self._secret)))
        self._sequence = 0
        return record

    def _expand(self, label: bytes, length: int) -> bytes:
        algorithm = hashes.SHA256() if len(self._secret) == 32 else hashes.SHA384()
        info = length.to_bytes(2, "big") + bytes((6 + len(label),)) + b"tls13 " + label + b"\0"
        return HKDFExpand(algorithm, length, info).derive(self._secret)

    def _sealed(self, kind: int, content: bytes) -> bytes:
        head = b"\x17" + _VERSION + (len(content) + 17).to_bytes(2, "big")
        nonce = (self._iv ^ self._sequence).to_bytes(12, "big")
        return head + self._cipher.encrypt(nonce, content + bytes((kind,)), head)


class Sealer12(Sealer):
    """
    TLS 1.2 (RFC 5246 section 6.3, RFC 5288), with a suite of AES-GCM, after the client's Finished.

    @param master: the master secret.
    @param randoms: the server's random and the client's.
    @param bits: the size of the suite's keys; that with 256 has SHA-384, the other SHA-256.
    """

    def __init__(self, master: bytes, randoms: bytes, bits: int) -> None:
        super().__init__(1)
        size = bits // 8
        block = _expanded(master, b"key expansion" + randoms, "sha256" if bits == 128 else "sha384", 2 * size + 8)
        self._cipher, self._salt = AESGCM(block[:size]), block[2 * size : 2 * size + 4]

    def _sealed(self, kind: int, content: bytes) -> bytes:
        number, head = self._sequence.to_bytes(8, "big"), bytes((kind,)) + _VERSION
        sealed = self._cipher.encrypt(self._salt + number, content, number + head + len(content).to_bytes(2, "big"))
        return head + (8 + len(sealed)).to_bytes(2, "big") + number + sealed


def _expanded(secret: bytes, seed: bytes, algorithm: str, length: int) -> bytes:
    """
    Return the pseudorandom octets of RFC 5246 section 5.
    """
    found, each = b"", seed
    while len(found) < length:
        each = hmac.digest(secret, each, algorithm)
        found += hmac.digest(secret, each + seed, algorithm)
    return found[:length]
