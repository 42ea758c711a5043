"""
Tests for L{sslpool.keydb.armor}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.armor import PKCS12, armored, definite, keyAlgorithm, sequenceOf
from sslpool.keydb.exchange import exportPkcs12
from tests.doubles.certificates import makeAuthority, makePss, makeServer


class ArmourTests(SynchronousTestCase):
    """
    Text around PKCS #12.
    """

    def test_text(self) -> None:
        """
        No line of a text is longer than 64 characters.
        """
        text = armored(PKCS12, exportPkcs12(makeServer(makeAuthority()), "secret"))
        self.assertEqual(max(map(len, text.splitlines())), 64)

    def test_sequence(self) -> None:
        """
        Numbers are written as DER has them, with long lengths and without.
        """
        self.assertEqual(sequenceOf(1, 128).hex(), "300702010102020080")
        self.assertEqual(sequenceOf(1 << 1600)[:4].hex(), "3081cc02")


class KeyTests(SynchronousTestCase):
    """
    What a certificate says of the kind of its key.
    """

    def test_kind(self) -> None:
        """
        It is what the library would say, however many fields stand before it.
        """
        kinds = (
            (makeServer(makeAuthority()), "301306072a8648ce3d020106082a8648ce3d030107"),
            (makePss(makeAuthority()), "300b06092a864886f70d01010a"),
        )
        for credential, expected in kinds:
            self.assertEqual(keyAlgorithm(credential.certificate.signed).hex(), expected)


class DefiniteTests(SynchronousTestCase):
    """
    BER.
    """

    def test_definite(self) -> None:
        """
        Lengths that were open become definite, and strings in pieces one; DER stays as it is.
        """
        for ber, expected in (
            ("30800201050000", "3003020105"),
            ("2480040161040262630000", "0403616263"),
            ("3080a080308002010100000000" + "0000", "3007a0053003020101"),
            ("3003020105", "3003020105"),
        ):
            self.assertEqual(definite(bytes.fromhex(ber)).hex(), expected)
        der = makeServer(makeAuthority()).certificate.der
        self.assertEqual(definite(der), der)

    def test_malformed(self) -> None:
        """
        What does not end, or is nested without end, is refused.
        """
        for wrong in (b"\x30\x80\x02\x01\x05", b"\x30\x80" * 1000, b"\x30"):
            with self.assertRaises((ValueError, IndexError)):
                definite(wrong)
