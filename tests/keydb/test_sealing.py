"""
Tests for L{sslpool.keydb.sealing}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb import sealing
from sslpool.keydb.sealing import Cost, SealBroken
from tests.doubles.certificates import QUICK


class SealTests(SynchronousTestCase):
    """
    Sealed values open with the same key and context only.
    """

    def setUp(self) -> None:
        self.key = sealing.newMasterKey()

    @given(st.binary(max_size=100), st.binary(max_size=20))
    def test_roundTrip(self, secret: bytes, context: bytes) -> None:
        """
        What was sealed comes back, and no two seals are the same.
        """
        sealed = sealing.seal(self.key, secret, context)
        self.assertEqual(sealing.unseal(self.key, sealed, context), secret)
        self.assertNotEqual(sealing.seal(self.key, secret, context), sealed)

    def test_changed(self) -> None:
        """
        A change of any octet, and any shorter value, is noticed.
        """
        sealed = sealing.seal(self.key, b"secret", b"context")
        for index in range(len(sealed)):
            changed = bytearray(sealed)
            changed[index] ^= 1
            self.assertRaises(SealBroken, sealing.unseal, self.key, bytes(changed), b"context")
            self.assertRaises(SealBroken, sealing.unseal, self.key, sealed[:index], b"context")

    def test_otherContext(self) -> None:
        """
        A value does not open in another context or with another key.
        """
        sealed = sealing.seal(self.key, b"secret", b"context")
        self.assertRaises(SealBroken, sealing.unseal, self.key, sealed, b"other")
        self.assertRaises(SealBroken, sealing.unseal, sealing.newMasterKey(), sealed, b"context")

    def test_privateKey(self) -> None:
        """
        A private key opens under its own label and certificate only.
        """
        sealed = sealing.sealPrivateKey(self.key, b"key", "WEB", b"f" * 32)
        self.assertEqual(sealing.unsealPrivateKey(self.key, sealed, "WEB", b"f" * 32), b"key")
        self.assertRaises(SealBroken, sealing.unsealPrivateKey, self.key, sealed, "WEB2", b"f" * 32)
        self.assertRaises(SealBroken, sealing.unsealPrivateKey, self.key, sealed, "WEB", b"g" * 32)


PASSWORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
"""
Surrogates are what octets that are not UTF-8 become, see C{test_undecodable}.  No NUL: HMAC, on which
scrypt is built, pads its key with them (RFC 2104 section 2), so that one at the end of a password is none.
"""


class MasterKeyTests(SynchronousTestCase):
    """
    The master key under the password.
    """

    @given(PASSWORDS, PASSWORDS)
    def test_password(self, password: str, other: str) -> None:
        """
        The password, of any characters, brings the master key back; another does not.
        """
        master = sealing.newMasterKey()
        wrapped = sealing.wrap(master, password, QUICK)
        self.assertEqual(sealing.unwrap(wrapped, password), master)
        if other != password:
            self.assertRaises(SealBroken, sealing.unwrap, wrapped, other)

    def test_undecodable(self) -> None:
        """
        A password that was not UTF-8 when it was entered works.
        """
        password = b"\xff\xfe".decode("utf-8", "surrogateescape")
        master = sealing.newMasterKey()
        self.assertEqual(sealing.unwrap(sealing.wrap(master, password, QUICK), password), master)

    def test_proof(self) -> None:
        """
        A proof knows its master key, and no other nor one of another length.
        """
        master = sealing.newMasterKey()
        proof = sealing.prove(master)
        self.assertTrue(sealing.isProof(master, proof))
        self.assertFalse(sealing.isProof(sealing.newMasterKey(), proof))
        self.assertFalse(sealing.isProof(master[:16], proof))
        self.assertFalse(sealing.isProof(b"", proof))
        self.assertFalse(sealing.isProof(master, b""))

    def test_cost(self) -> None:
        """
        The usual cost is within what a file may demand; nonsense and memory beyond 1 GiB are not.
        """
        self.assertTrue(sealing.STRONG.isSane())
        self.assertEqual(128 * sealing.STRONG.n * sealing.STRONG.r, 64 * 2**20)
        for n, r, p in ((3, 8, 1), (0, 8, 1), (-2, 8, 1), (2**21, 8, 1), (2**16, 9, 1), (2**16, 8, 0), (2, 8, 99)):
            self.assertFalse(Cost(n, r, p).isSane(), (n, r, p))
