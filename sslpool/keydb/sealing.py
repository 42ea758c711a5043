# -*- test-case-name: tests.keydb.test_sealing -*-
"""
How secrets are kept: private keys under a random master key, the master key
under the password.  Any process; C{gskkyman} seals, the servers open.

AES-256-GCM throughout; each sealed value is a random 12-octet nonce and the ciphertext with its tag.  A context
(associated data) says what a value is for, so that one cannot be put in the place of another.
"""

from __future__ import annotations

import os

from attrs import frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

_NONCE = 12
_MASTER = 32
_SALT = 16
_WRAP = b"sslpool keydb 1: master key"
_PROOF = b"sslpool keydb 1: proof"
_KEY = b"sslpool keydb 1: private key\0"


class SealBroken(Exception):
    """
    A sealed value does not open: another key, another context, or changed octets.
    """


@frozen
class Cost:
    """
    What scrypt (RFC 7914) spends on a password.

    @ivar n: CPU and memory cost, a power of two.
    @ivar r: block size; memory is 128 * n * r octets.
    @ivar p: parallelization.
    """

    n: int
    r: int
    p: int

    def isSane(self) -> bool:
        """
        Whether a file may demand this much: at most 1 GiB of memory.
        """
        return self.n & (self.n - 1) == 0 and 2 <= self.n <= 2**20 and 1 <= self.r <= 8 and 1 <= self.p <= 16


STRONG = Cost(2**16, 8, 2)
"""
The cost of a password that somebody may try to guess: 64 MiB, some tenths of a second.
"""


@frozen
class WrappedKey:
    """
    A master key under a password.

    @ivar salt: random octets for scrypt.
    @ivar cost: the cost for scrypt.
    @ivar sealed: the master key, sealed.
    """

    salt: bytes
    cost: Cost
    sealed: bytes


def seal(key: bytes, secret: bytes, context: bytes) -> bytes:
    """
    Return C{secret} encrypted under C{key} for use in C{context} only.
    """
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, secret, context)


def unseal(key: bytes, sealed: bytes, context: bytes) -> bytes:
    """
    Return what L{seal} was given.

    @raise SealBroken: key, context or octets are not the same.
    """
    if len(sealed) <= _NONCE:
        raise SealBroken("too short")
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], context)
    except InvalidTag:
        raise SealBroken("not authentic") from None


def newMasterKey() -> bytes:
    """
    Return 32 random octets.
    """
    return os.urandom(_MASTER)


def wrap(master: bytes, password: str, cost: Cost) -> WrappedKey:
    """
    Return C{master} so that only C{password} brings it back.
    """
    salt = os.urandom(_SALT)
    return WrappedKey(salt, cost, seal(_derive(password, salt, cost), master, _WRAP))


def unwrap(wrapped: WrappedKey, password: str) -> bytes:
    """
    Return the master key.  Takes as long as the cost says.

    @raise SealBroken: not the password, or changed octets.
    """
    return unseal(_derive(password, wrapped.salt, wrapped.cost), wrapped.sealed, _WRAP)


def _derive(password: str, salt: bytes, cost: Cost) -> bytes:
    # A terminal or file in another encoding than UTF-8 gives surrogates; they are octets like others.
    octets = password.encode("utf-8", "surrogateescape")
    return Scrypt(salt=salt, length=_MASTER, n=cost.n, r=cost.r, p=cost.p).derive(octets)


def prove(master: bytes) -> bytes:
    """
    Return a value by which L{isProof} knows C{master} again.
    """
    return seal(master, b"", _PROOF)


def isProof(master: bytes, proof: bytes) -> bool:
    """
    Whether C{proof} was made with C{master}.
    """
    if len(master) != _MASTER:
        return False
    try:
        return unseal(master, proof, _PROOF) == b""
    except SealBroken:
        return False


def sealPrivateKey(master: bytes, key: bytes, label: str, fingerprint: bytes) -> bytes:
    """
    Return the private key C{key} (PKCS #8) sealed for the entry C{label} and
    the certificate with this SHA-256 fingerprint.
    """
    return seal(master, key, _KEY + fingerprint + label.encode())


def unsealPrivateKey(master: bytes, sealed: bytes, label: str, fingerprint: bytes) -> bytes:
    """
    Return what L{sealPrivateKey} was given.

    @raise SealBroken: it was sealed for another entry, or was changed.
    """
    return unseal(master, sealed, _KEY + fingerprint + label.encode())
