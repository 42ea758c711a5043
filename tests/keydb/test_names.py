"""
Tests of L{sslpool.keydb.names}.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.armour import enclosed
from sslpool.keydb.names import COMMON_NAME, Name, dotted

CN, ORGANIZATION = bytes.fromhex("0603550403"), bytes.fromhex("060355040a")
UTF8, PRINTABLE, TELETEX, VISIBLE, BMP, BIT_STRING = 12, 19, 20, 26, 30, 3
KINDS = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.USER_ID, NameOID.SERIAL_NUMBER)


def named(*attributes: tuple[bytes, int, bytes]) -> Name:
    """
    Return a name of these attributes: kind, tag and value of each.
    """
    parts = (enclosed(0x31, enclosed(0x30, kind + enclosed(tag, value))) for kind, tag, value in attributes)
    return Name(enclosed(0x30, b"".join(parts)))


class TextTests(SynchronousTestCase):
    """
    What is shown.
    """

    @given(st.lists(st.tuples(st.sampled_from(KINDS), st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))))
    def test_ordinary(self, attributes: list[tuple[x509.ObjectIdentifier, str]]) -> None:
        """
        A name that a strict parser takes is shown as that shows it, but for what would break a line.
        """
        strict = x509.Name([x509.NameAttribute(kind, text, _validate=False) for kind, text in attributes])
        found = Name(strict.public_bytes())
        self.assertTrue(found.text.isprintable())
        if all(text.isprintable() for _, text in attributes):
            self.assertEqual(found.text, strict.rfc4514_string())
        self.assertEqual(found.values(COMMON_NAME), [text for kind, text in attributes if kind == KINDS[0]])

    def test_odd(self) -> None:
        """
        What breaks the rules of its type is shown all the same: as text where it is one, else in hexadecimal.
        """
        for tag, value, expected in (
            (PRINTABLE, b"A_&@*", "A_&@*"),
            (PRINTABLE, "Grün".encode(), "Grün"),
            (PRINTABLE, b"\xff", "#1301ff"),
            (TELETEX, b"Gr\xfcn", "Grün"),
            (VISIBLE, b"a", "a"),
            (BMP, "Grün".encode("utf-16-be"), "Grün"),
            (BMP, b"\0", "#1e0100"),
            (UTF8, b"\xff", "#0c01ff"),
            (BIT_STRING, b"\0a", "#03020061"),
            (UTF8, b"two\nlines", "two\\0alines"),
        ):
            name = named((ORGANIZATION, tag, value), (CN, UTF8, b"a,b"))
            self.assertEqual(name.text, f"CN=a\\,b,O={expected}")

    def test_several(self) -> None:
        """
        Attributes that stand together are shown together.
        """
        both = enclosed(0x31, b"".join(enclosed(0x30, kind + enclosed(UTF8, b"x")) for kind in (CN, ORGANIZATION)))
        self.assertEqual(Name(enclosed(0x30, both)).text, "CN=x+O=x")

    @given(st.binary(max_size=40))
    def test_anything(self, octets: bytes) -> None:
        """
        Whatever a name holds, there is a text for it, on one line; only an empty one has none.
        """
        for name in (Name(octets), Name(enclosed(0x30, octets)), named((CN, PRINTABLE, octets))):
            self.assertTrue(name.text.isprintable())
            self.assertEqual(bool(name.text), bool(name))
            self.assertIsInstance(hash(name), int)


class ComparingTests(SynchronousTestCase):
    """
    Which names are the same.
    """

    def test_same(self) -> None:
        """
        Neither the type of a string counts, nor ASCII case, nor the number of spaces.
        """
        name = named((CN, UTF8, b"Test CA"))
        for tag, value in ((PRINTABLE, b"Test CA"), (UTF8, b" test  ca "), (BMP, "TEST CA".encode("utf-16-be"))):
            self.assertEqual(named((CN, tag, value)), name)
            self.assertEqual(hash(named((CN, tag, value))), hash(name))
        for tag in (PRINTABLE, TELETEX):
            self.assertEqual(named((CN, tag, b"M\xfcller")), named((CN, UTF8, "m\u00fcller".encode())))

    def test_others(self) -> None:
        """
        Kind, value and order count, and of what is no string every octet.
        """
        name = named((CN, UTF8, b"a"), (ORGANIZATION, UTF8, b"b"))
        self.assertNotEqual(name, named((ORGANIZATION, UTF8, b"b"), (CN, UTF8, b"a")))
        self.assertNotEqual(name, named((CN, UTF8, b"a")))
        self.assertNotEqual(named((CN, UTF8, "ü".encode())), named((CN, UTF8, "Ü".encode())))
        self.assertNotEqual(named((CN, BIT_STRING, b"\0a")), named((CN, BIT_STRING, b"\0A")))
        self.assertNotEqual(name, "CN=a")


class IdentifierTests(SynchronousTestCase):
    """
    Object identifiers.
    """

    def test_dotted(self) -> None:
        """
        Of one octet an arc and of several, and the first two in one.
        """
        for octets, expected in (("550403", "2.5.4.3"), ("2a864886f70d", "1.2.840.113549"), ("883703", "2.999.3")):
            self.assertEqual(dotted(bytes.fromhex(octets)), expected)

    def test_damaged(self) -> None:
        """
        One without end is none.
        """
        for octets in (b"", b"\x88"):
            self.assertRaises(ValueError, dotted, octets)
