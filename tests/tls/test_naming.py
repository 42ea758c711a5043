# -*- test-case-name: tests.tls.test_naming -*-
"""
Tests for L{sslpool.tls.naming}.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import evolve
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.certificate import Certificate
from sslpool.tls.naming import NamedLabel, Naming, namesOf
from sslpool.tls.signing import Signing
from tests.doubles.certificates import makeServer, newKey
from tests.growth import assertLinear
from tests.tls.hellos import asking
from tests.tls.meeting import authority, withRsa

NOW = 1000.0


def made(
    label: str, *names: str, kind: str = "EC", begins: float = 0.0, ends: float = 2000.0, signing: Signing | None = None
) -> NamedLabel:
    """
    Return a label with these names.

    @param signing: how it signs; any client can be shown the others.
    """
    return NamedLabel(label, frozenset(names), signing or Signing(kind), begins, ends)


class NamingTests(SynchronousTestCase):
    """
    Which labels serve a name.
    """

    def serving(self, naming: Naming, name: str, now: float = NOW, **said: object) -> str:
        """
        Return the labels that serve C{name}.

        @param said: what else the client has said.
        """
        named = naming.named(name)
        return " ".join(each.label for each in naming.serving(named, asking(name, **said), now))

    def test_order(self) -> None:
        """
        The exact name comes before a wildcard, whichever stands first, and both before the port's own.
        """
        naming = Naming([made("OWN", "own.org"), made("WILD", "*.a.org"), made("EXACT", "x.a.org")])
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
            labels = [made(f"L{n}", name.format(n)) for n in range(16_000)]
            assertLinear(lambda size, labels=labels: Naming(labels[:size]), 16_000)  # type: ignore[misc]
        self.assertEqual(self.serving(Naming(labels), "x.org"), "L0")

    def test_bearing(self) -> None:
        """
        Who bears a name, and that nobody does, which is so where there is no name.
        """
        own, wild = made("OWN", "own.org", "x.a.org"), made("WILD", "*.a.org")
        naming = Naming([own, wild])
        self.assertEqual(naming.named("x.a.org"), ((own,), (wild,)))
        self.assertEqual(naming.named("y.a.org"), ((), (wild,)))
        for name in ("b.org", "", "x.y.a.org", "192.0.2.2"):
            self.assertIsNone(naming.named(name), name)

    def test_kinds(self) -> None:
        """
        Labels with different kinds of key serve a name together; of one kind the first one counts.
        """
        naming = Naming([made("RSA", "a", kind="RSA"), made("EC", "a", "b"), made("EC2", "a")])
        self.assertEqual(self.serving(naming, "a"), "RSA EC")
        self.assertEqual(self.serving(naming, "b"), "EC")
        self.assertEqual(self.serving(naming, ""), "RSA EC")
        naming = Naming([made("EC", "a", "b"), made("RSA", "a", kind="RSA")])
        # Who asks for no name may mean any of the own label's.
        self.assertEqual(self.serving(naming, ""), "EC")

    def test_suited(self) -> None:
        """
        A label that the client cannot be shown serves only where there is no other for the name, be it one with a
        wildcard, or for no name any of the port.
        """
        large, small = Signing("EC", 25, frozenset((1,)), frozenset((9,))), Signing("EC", 23, frozenset((2,)))
        naming = Naming([made("P521", "a", "b.c", signing=large), made("P256", "a", "*.c", signing=small)])
        for signatures, label in (({2}, "P256"), ({1}, "P521"), ({1, 2}, "P521"), ({3}, "P521"), (None, "P521")):
            for name in ("a", "b.c", ""):
                said: dict[str, Any] = {"modern": True, "signatures": signatures}
                self.assertEqual(self.serving(naming, name, **said), label, (name, signatures))
        self.assertEqual(self.serving(naming, "a", groups={23, 24}), "P256")
        old = Naming([made("P521", "a", ends=900, signing=large), made("P256", "a", signing=small)])
        self.assertEqual(self.serving(old, "a", modern=True, signatures={1}), "P256")
        rsa = made("RSA", "a", signing=Signing("RSA", 0, frozenset((2,))))
        self.assertEqual(self.serving(Naming([rsa, *naming._all]), "a", modern=True, signatures={1, 2}), "RSA P521")
        self.assertEqual(self.serving(Naming([rsa, naming._all[0]]), "a", modern=True, signatures={2}), "RSA")

    def test_addresses(self) -> None:
        """
        A name that is an address chooses the label that has it, however it is written; others are as other names.
        """
        naming = Naming([made("OWN", "own"), made("FOUR", "192.0.2.1"), made("SIX", "2001:db8::1", "*.0.2.9")])
        for name, label in (
            ("192.0.2.1", "FOUR"),
            ("2001:db8::1", "SIX"),
            ("2001:db8:0:0::1", "SIX"),
            ("[2001:db8::1]", "SIX"),
            ("192.0.2.2", "OWN"),
            ("host9", "OWN"),
            ("a:b", "OWN"),
        ):
            self.assertEqual(self.serving(naming, name), label, name)

    def test_validity(self) -> None:
        """
        One that has expired, or is not yet valid, never serves where another one can.
        """
        old, new = made("OLD", "a", ends=900), made("NEW", "a", begins=950)
        naming = Naming([old, new, made("NEXT", "a", begins=1500)])
        for now, label in ((800.0, "OLD"), (920.0, "OLD"), (1000.0, "NEW"), (1600.0, "NEW"), (3000.0, "OLD")):
            self.assertEqual(self.serving(naming, "a", now), label, now)
            self.assertEqual(self.serving(naming, "", now), label, now)

    def test_standIn(self) -> None:
        """
        A valid wildcard goes before an exact name that has expired or is not yet valid, whichever stands
        first; of each kind of key by itself.
        """
        exact, wild = made("EXACT", "x.org", begins=800, ends=900), made("WILD", "*.org", ends=2000)
        for labels in ((exact, wild), (wild, exact)):
            naming = Naming(labels)
            for now, label in ((700.0, "WILD"), (850.0, "EXACT"), (901.0, "WILD")):
                self.assertEqual(self.serving(naming, "x.org", now), label, now)
            # Where none is valid the name counts.
            self.assertEqual(self.serving(naming, "x.org", 5000.0), "EXACT")
        rsa = made("RSA", "x.org", kind="RSA")
        naming = Naming([rsa, exact, wild, made("WILDRSA", "*.org", kind="RSA")])
        self.assertEqual(self.serving(naming, "x.org", 850.0), "RSA EXACT")
        self.assertEqual(self.serving(naming, "x.org"), "RSA WILD")
        naming = Naming([rsa, wild])
        self.assertEqual(self.serving(naming, "x.org"), "RSA")
        self.assertEqual(self.serving(Naming([exact, made("WILDRSA", "*.org", kind="RSA")]), "x.org"), "WILDRSA")

    def test_expiredOwn(self) -> None:
        """
        When the port's own label has expired and nobody has its names, the next one serves the rest.
        """
        naming = Naming([made("OWN", "own", ends=900), made("NEXT", "next"), made("LAST", "last", kind="RSA")])
        self.assertEqual(self.serving(naming, ""), "NEXT")
        self.assertEqual(self.serving(naming, "own"), "OWN")
        self.assertEqual(self.serving(naming, "", 5000.0), "OWN")


class BearerTests(SynchronousTestCase):
    """
    What certificates say.
    """

    def test_of(self) -> None:
        """
        Names in lower case, and addresses; the kind of key.
        """
        credential = makeServer(authority(), "WWW.Example.com", "*.example.com", "192.0.2.1", label="A")
        found = NamedLabel.of(credential)
        self.assertEqual((found.label, found.names), ("A", {"www.example.com", "*.example.com", "192.0.2.1"}))
        self.assertEqual(found.ends, credential.certificate.notAfter)
        self.assertNotEqual(found.signing, NamedLabel.of(withRsa()).signing)
        self.assertEqual(found.signing, NamedLabel.of(evolve(credential, label="B")).signing)

    def test_commonName(self) -> None:
        """
        The common name counts where there are no alternative names.
        """
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Old.example.com")])
        key, now = newKey(), datetime.now(UTC)
        builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
        signed = Certificate.ofStrict(builder.sign(key, hashes.SHA256()))
        self.assertEqual([*namesOf(signed)], ["old.example.com"])
