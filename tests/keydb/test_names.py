"""
Tests of L{sslpool.keydb.names}.
"""

from __future__ import annotations

from warnings import catch_warnings

from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import crypto
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.armor import enclosed
from sslpool.keydb.names import COMMON_NAME, LONGEST, Name, dotted
from tests.derwriting import (
    BMP,
    CN,
    IA5,
    ORGANIZATION,
    PRINTABLE,
    TELETEX,
    UNIVERSAL,
    UTF8,
    VISIBLE,
    Draft,
    Value,
    nameOf,
)
from tests.doubles.certificates import newKey

BIT_STRING = 3
KINDS = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.USER_ID, NameOID.SERIAL_NUMBER)


def named(*attributes: Value) -> Name:
    """
    Return a name of these attributes.
    """
    return Name(nameOf([each] for each in attributes))


ATTRIBUTES = st.tuples(
    st.sampled_from((CN, ORGANIZATION)),
    st.sampled_from((UTF8, UTF8, PRINTABLE, TELETEX, IA5, VISIBLE, UNIVERSAL, BMP, 18, 9, 21)),
    st.sampled_from((b"a", b"A", b" a", b"a  b", b"a\tB", "ä".encode(), "Ä".encode(), b"\xe4", b"\0a", b"\0a\0b"))
    | st.text("aA \t\xa0ü", max_size=3).map(str.encode)
    | st.text("aA \t\xa0ü", max_size=3).map(lambda text: text.encode("utf-16-be"))
    | st.text("aA \xa0", max_size=3).map(lambda text: text.encode("utf-32-be")),
)
NAMES = st.lists(st.lists(ATTRIBUTES, max_size=2), max_size=2).map(nameOf)
KEY = newKey()


def asOpenSSL(name: bytes) -> object:
    """
    Return the name as OpenSSL reads it; C{None} where it does not.
    """
    der = Draft(KEY, name).signed(Name(nameOf([])).der, KEY)
    try:
        with catch_warnings(action="ignore"):
            return crypto.load_certificate(crypto.FILETYPE_ASN1, der).get_subject()
    except crypto.Error:
        return None


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
        texts = [text for kind, text in attributes if kind == KINDS[0]]
        self.assertEqual(len(found.attributes(COMMON_NAME)), len(texts))
        self.assertEqual(found.values(COMMON_NAME), [text for text in texts if "\0" not in text])

    def test_odd(self) -> None:
        """
        What breaks the rules of its type is shown all the same: as text where it is one, else in hexadecimal.
        """
        for tag, value, expected in (
            (PRINTABLE, b"A_&@*", "A_&@*"),
            (PRINTABLE, "Grün".encode(), "Grün"),
            (PRINTABLE, b"Gr\xfcn", "Grün"),
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
        both = nameOf([[(CN, UTF8, b"x"), (ORGANIZATION, UTF8, b"x")], [], [(CN, UTF8, b"y")]])
        self.assertEqual(Name(both).text, "CN=y,CN=x+O=x")

    def test_nothing(self) -> None:
        """
        A name in which nothing is has no text.
        """
        for octets in (nameOf([]), nameOf([[], []])):
            self.assertFalse(Name(octets))
            self.assertEqual(Name(octets), Name(nameOf([])))

    def test_long(self) -> None:
        """
        Beside others the beginning of a long name is shown.
        """
        found = named((CN, UTF8, b"x" * 3000))
        self.assertEqual((len(found.text), len(found.shown), found.shown[-4:]), (3003, LONGEST, "x..."))
        self.assertTrue(Name(nameOf([[(CN, 0x1F, b"x")]])).text.startswith("#30"))
        large = named(*[(CN, UTF8, b"x")] * 500)
        self.assertEqual((large.values(COMMON_NAME), large.shown[:3], large), ([], "#30", Name(large.der)))

    def test_values(self) -> None:
        """
        A rule compares only what everybody reads alike; what else is there still counts as being there.
        """
        for tag, value, expected in (
            (UTF8, "Grün".encode(), "Grün"),
            (BMP, "Grün".encode("utf-16-be"), "Grün"),
            (TELETEX, b"Gr\xfcn", "Grün"),
            (PRINTABLE, b"a_&@*", "a_&@*"),
            (PRINTABLE, b"Gr\xfcn", None),
            (PRINTABLE, "Grün".encode(), None),
            (UTF8, b"admin\0x", None),
            (UTF8, b"\xff", None),
            (BIT_STRING, b"\0a", None),
            (9, b"a", None),
        ):
            found = named((CN, tag, value))
            self.assertEqual(found.values(COMMON_NAME), [] if expected is None else [expected])
            self.assertEqual(len(found.attributes(COMMON_NAME)), 1)

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

    @given(st.data())
    def test_library(self, data: st.DataObject) -> None:
        """
        Two names are the same where OpenSSL says so, and what it does not read has a fault.
        """
        first, second = (data.draw(NAMES) for _ in range(2))
        mine, theirs = [Name(each) for each in (first, second)], [asOpenSSL(each) for each in (first, second)]
        for name, found in zip(mine, theirs, strict=True):
            self.assertEqual(bool(name.fault), found is None, f"{name.der.hex()} {name.fault}")
        if None not in theirs:
            self.assertEqual(mine[0] == mine[1], theirs[0] == theirs[1], f"{first.hex()} {second.hex()}")

    def test_surrogates(self) -> None:
        """
        A BMPString with surrogates is read by neither.
        """
        found = named((CN, BMP, "\U00010000".encode("utf-16-be")))
        self.assertIsNone(asOpenSSL(found.der))
        self.assertIn("CN is damaged", found.fault)

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
        spaced = named((CN, UTF8, "a\xa0b".encode()))
        self.assertNotEqual(spaced, named((CN, UTF8, b"a b")))
        self.assertNotEqual(named((CN, 18, b"1 ")), named((CN, 18, b"1")))
        twice = [Name(nameOf([[(CN, UTF8, b"a")] * count])) for count in (1, 2)]
        self.assertNotEqual(*twice)

    def test_set(self) -> None:
        """
        Of attributes that stand together the order does not count, and where none stand nothing is.
        """
        first, second = (CN, UTF8, b"a"), (ORGANIZATION, UTF8, b"b")
        self.assertEqual(Name(nameOf([[first, second], []])), Name(nameOf([[], [second, first]])))
        self.assertNotEqual(Name(nameOf([[first, second]])), Name(nameOf([[first], [second]])))


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
        for octets in (b"", b"\x88", b"\x81" * 300 + b"\1"):
            self.assertRaises(ValueError, dotted, octets)
