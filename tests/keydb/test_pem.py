"""
Tests for L{sslpool.keydb.pem}.
"""

from __future__ import annotations

from base64 import b64encode

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.armor import armored
from sslpool.keydb.pem import Malformed, Part, partsIn, withoutLines

OCTETS = bytes(range(200))
ONE, TWO = armored(b"ONE", OCTETS), armored(b"TWO", b"two")


class PartTests(SynchronousTestCase):
    """
    Parts of a text.
    """

    def test_parts(self) -> None:
        """
        All parts are found, whatever stands around them and however lines end.
        """
        expected = [Part(b"ONE", OCTETS), Part(b"TWO", b"two")]
        for text in (
            ONE + TWO,
            ONE.rstrip() + TWO.rstrip(),
            b"before " + ONE + b"between\n" + TWO + b"behind",
            (ONE + TWO).replace(b"\n", b"\r\n"),
            (ONE + TWO).replace(b"\n", b"\r"),
            (ONE + TWO).replace(b"\n", b"\n\t "),
            (ONE + TWO).replace(b"\n", b"\n\n"),
        ):
            self.assertEqual(list(partsIn(text)), expected)
        self.assertEqual(list(partsIn(b"none")), [])

    def test_names(self) -> None:
        """
        A name belongs to the part that follows it.
        """
        text = b"Bag Attributes\n    friendlyName: my name\nlocalKeyID: 1\n" + ONE + TWO
        self.assertEqual([part.name for part in partsIn(text)], ["my name", ""])

    def test_headers(self) -> None:
        """
        Lines that say how a part is encrypted are kept, and stand again in its text.
        """
        headers = (b"Proc-Type: 4,ENCRYPTED", b"DEK-Info: AES-128-CBC,00")
        part = Part(b"ONE", OCTETS, "", headers)
        self.assertEqual(list(partsIn(part.text)), [part])
        self.assertIn(b"ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAEC", part.text)

    def test_malformed(self) -> None:
        """
        A part without an end, or one that is not base64.
        """
        for text in (ONE[:-10], ONE.replace(b"END ONE", b"END TWO"), ONE.replace(b"A", b"*"), ONE[:-30] + TWO):
            with self.assertRaises(Malformed):
                list(partsIn(text))

    def test_withoutLines(self) -> None:
        """
        Base64 without lines around it is recognised; text is not.
        """
        self.assertEqual(withoutLines(b" " + b64encode(OCTETS) + b"\r\n"), OCTETS)
        for text in (b"two words!", b"abcde", ONE):
            self.assertIsNone(withoutLines(text))

    @given(st.binary(max_size=200))
    def test_anything(self, octets: bytes) -> None:
        """
        Random octets within a part are read, or refused as malformed.
        """
        try:
            list(partsIn(b"-----BEGIN ONE-----" + octets + b"-----END ONE-----"))
        except Malformed:
            return
