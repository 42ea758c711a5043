# -*- test-case-name: tests.tls.test_naming -*-
"""
Tests for L{sslpool.tls.naming}.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from attrs import evolve
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.certificate import Certificate
from sslpool.testing.certificates import makeServer, newKey
from sslpool.tls.naming import Bearer, Naming, dnsNames
from tests.growth import assertLinear
from tests.tls.meeting import authority, withRsa

NOW = 1000.0


def bearer(label: str, *names: str, kind: str = "EC", begins: float = 0.0, ends: float = 2000.0) -> Bearer:
    """
    Return a label with these names.
    """
    return Bearer(label, frozenset(names), kind, begins, ends)


class NamingTests(SynchronousTestCase):
    """
    Which labels serve a name.
    """

    def serving(self, naming: Naming, name: str, now: float = NOW, strict: bool = False) -> str:
        """
        Return the labels that serve C{name}.
        """
        return " ".join(each.label for each in naming.serving(name, now, strict))

    def test_order(self) -> None:
        """
        The exact name comes before a wildcard, whichever stands first, and both before the port's own.
        """
        naming = Naming([bearer("OWN", "own.org"), bearer("WILD", "*.a.org"), bearer("EXACT", "x.a.org")])
        for name, label in (
            ("x.a.org", "EXACT"),
            ("y.a.org", "WILD"),
            ("own.org", "OWN"),
            ("a.org", "OWN"),
            ("z.y.a.org", "OWN"),
            ("", "OWN"),
            ("org", "OWN"),
            ("*.a.org", "WILD"),
        ):
            self.assertEqual(self.serving(naming, name), label, name)

    def test_many(self) -> None:
        """
        Thousands of labels take linear time, with names of their own or the same one; whom a name
        belongs to is not searched for.
        """
        for name in ("x{}.org", "x.org"):
            bearers = [bearer(f"L{n}", name.format(n)) for n in range(16_000)]
            assertLinear(lambda size, bearers=bearers: Naming(bearers[:size]), 16_000)  # type: ignore[misc]
        self.assertEqual(self.serving(Naming(bearers), "x.org"), "L0")

    def test_strict(self) -> None:
        """
        Where it is strict, nobody serves a name that no label bears, nor a client without a name.
        """
        naming = Naming([bearer("OWN", "own.org"), bearer("WILD", "*.a.org")])
        self.assertEqual(self.serving(naming, "x.a.org", strict=True), "WILD")
        for name in ("b.org", "", "x.y.a.org"):
            self.assertEqual(self.serving(naming, name, strict=True), "", name)

    def test_kinds(self) -> None:
        """
        Labels with different kinds of key serve a name together; of one kind the first one counts.
        """
        naming = Naming([bearer("RSA", "a", kind="RSA"), bearer("EC", "a", "b"), bearer("EC2", "a")])
        self.assertEqual(self.serving(naming, "a"), "RSA EC")
        self.assertEqual(self.serving(naming, "b"), "EC")
        self.assertEqual(self.serving(naming, ""), "RSA EC")
        naming = Naming([bearer("EC", "a", "b"), bearer("RSA", "a", kind="RSA")])
        # Who asks for no name may mean any of the own label's.
        self.assertEqual(self.serving(naming, ""), "EC")

    def test_validity(self) -> None:
        """
        One that has expired, or is not yet valid, never serves where another one can.
        """
        old, new = bearer("OLD", "a", ends=900), bearer("NEW", "a", begins=950)
        naming = Naming([old, new, bearer("NEXT", "a", begins=1500)])
        for now, label in ((800.0, "OLD"), (920.0, "OLD"), (1000.0, "NEW"), (1600.0, "NEW"), (3000.0, "OLD")):
            self.assertEqual(self.serving(naming, "a", now), label, now)
            self.assertEqual(self.serving(naming, "", now), label, now)

    def test_standIn(self) -> None:
        """
        A valid wildcard goes before an exact name that has expired or is not yet valid, whichever stands
        first; of each kind of key by itself.
        """
        exact, wild = bearer("EXACT", "x.org", begins=800, ends=900), bearer("WILD", "*.org", ends=2000)
        for bearers in ((exact, wild), (wild, exact)):
            naming = Naming(bearers)
            for now, label in ((700.0, "WILD"), (850.0, "EXACT"), (901.0, "WILD")):
                self.assertEqual(self.serving(naming, "x.org", now), label, now)
            # Where none is valid the name counts.
            self.assertEqual(self.serving(naming, "x.org", 5000.0), "EXACT")
        rsa = bearer("RSA", "x.org", kind="RSA")
        naming = Naming([rsa, exact, wild, bearer("WILDRSA", "*.org", kind="RSA")])
        self.assertEqual(self.serving(naming, "x.org", 850.0), "RSA EXACT")
        self.assertEqual(self.serving(naming, "x.org"), "RSA WILD")
        naming = Naming([rsa, wild])
        self.assertEqual(self.serving(naming, "x.org"), "RSA")
        self.assertEqual(self.serving(Naming([exact, bearer("WILDRSA", "*.org", kind="RSA")]), "x.org"), "WILDRSA")

    def test_expiredOwn(self) -> None:
        """
        When the port's own label has expired and nobody has its names, the next one serves the rest.
        """
        naming = Naming([bearer("OWN", "own", ends=900), bearer("NEXT", "next"), bearer("LAST", "last", kind="RSA")])
        self.assertEqual(self.serving(naming, ""), "NEXT")
        self.assertEqual(self.serving(naming, "own"), "OWN")
        self.assertEqual(self.serving(naming, "", 5000.0), "OWN")


class BearerTests(SynchronousTestCase):
    """
    What certificates say.
    """

    def test_of(self) -> None:
        """
        Names in lower case, addresses not among them; the kind of key.
        """
        credential = makeServer(authority(), "WWW.Example.com", "*.example.com", "192.0.2.1", label="A")
        found = Bearer.of(credential)
        self.assertEqual((found.label, found.names), ("A", {"www.example.com", "*.example.com"}))
        self.assertEqual(found.ends, credential.certificate.notAfter)
        self.assertNotEqual(found.kind, Bearer.of(withRsa()).kind)
        self.assertEqual(found.kind, Bearer.of(evolve(credential, label="B")).kind)

    def test_commonName(self) -> None:
        """
        The common name counts where there are no alternative names.
        """
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Old.example.com")])
        key, now = newKey(), datetime.now(UTC)
        builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
        signed = Certificate.ofStrict(builder.sign(key, hashes.SHA256()))
        self.assertEqual([*dnsNames(signed)], ["old.example.com"])
