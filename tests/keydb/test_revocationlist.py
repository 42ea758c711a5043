"""
Tests of L{sslpool.keydb.revocationlist}.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ed448, ed25519, rsa
from cryptography.x509.oid import NameOID
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.certificate import MALFORMED
from sslpool.keydb.revocationlist import RevocationList
from tests.doubles.certificates import makeAuthority, makeClient, makeRevocations


def scope(
    users: bool = False,
    authorities: bool = False,
    attributes: bool = False,
    indirect: bool = False,
    reasons: frozenset[x509.ReasonFlags] | None = None,
    relative: x509.RelativeDistinguishedName | None = None,
) -> x509.IssuingDistributionPoint:
    """
    Return an issuing distribution point.
    """
    return x509.IssuingDistributionPoint(None, relative, users, authorities, reasons, indirect, attributes)


class ListTests(SynchronousTestCase):
    """
    What a list says.
    """

    def test_facts(self) -> None:
        """
        Its issuer, its times, whom it revokes; the same octets are the same list.
        """
        authority = makeAuthority("Test CA")
        one, two = makeClient(authority).certificate, makeClient(authority).certificate
        found = makeRevocations(authority, one, two, days=3)
        self.assertEqual(found.issuer, authority.certificate.subject)
        self.assertEqual(found.serials, {one.serial, two.serial})
        self.assertEqual(found.due, found.made + 3 * 86400)
        self.assertEqual((found.points, found.partial()), (frozenset(), ""))
        self.assertEqual(RevocationList(found.der), found)
        self.assertEqual(len({RevocationList(found.der), found}), 1)
        self.assertNotEqual(makeRevocations(authority), found)

    def test_signature(self) -> None:
        """
        Of every kind of key: an authority has signed its list, and another of the same name has not.
        """
        keys = (
            None,
            rsa.generate_private_key(65537, 2048),
            ed25519.Ed25519PrivateKey.generate(),
            ed448.Ed448PrivateKey.generate(),
            dsa.generate_private_key(2048),
        )
        for key in keys:
            authority = makeAuthority("Test CA", key=key)
            found = makeRevocations(authority)
            self.assertTrue(found.isSignedBy(authority.certificate))
            self.assertFalse(found.isSignedBy(makeAuthority("Other", key=authority.key).certificate))
            self.assertFalse(found.isSignedBy(makeAuthority("Test CA").certificate))

    def test_changed(self) -> None:
        """
        What was changed after it was signed is not signed; what is cut off, or goes on behind its end, is none.
        """
        authority = makeAuthority()
        found = makeRevocations(authority, makeClient(authority).certificate)
        serial = max(found.serials)
        octets = serial.to_bytes((serial.bit_length() + 7) // 8, "big")
        changed = RevocationList(found.der.replace(octets, octets[:-1] + bytes([octets[-1] ^ 1])))
        self.assertFalse(changed.isSignedBy(authority.certificate))
        for length in range(len(found.der)):
            self.assertRaises(MALFORMED, RevocationList, found.der[:length])
        self.assertRaises(MALFORMED, RevocationList, found.der + b"\0")
        self.assertRaises(MALFORMED, RevocationList, authority.certificate.der)

    def test_oddName(self) -> None:
        """
        A name that a strict parser refuses is read; also in an extension that does not matter.
        """
        authority = makeAuthority("under+score")
        name = x509.DirectoryName(authority.certificate.strict.subject)
        key = x509.AuthorityKeyIdentifier(b"\1", [name], 1)
        plain = makeRevocations(authority, authority.certificate, extensions=[key], critical=False)
        odd = plain.der.replace(b"\x0c\x0bunder+score", b"\x13\x0bunder@score")
        self.assertNotEqual(odd, plain.der)
        self.assertRaises(ValueError, x509.load_der_x509_crl, odd)
        found = RevocationList(odd)
        self.assertEqual(found.issuer.text, "CN=under@score")
        self.assertEqual((found.serials, found.partial()), ({authority.certificate.serial}, ""))

    def test_progress(self) -> None:
        """
        While a long one is read, somebody is told.
        """
        authority = makeAuthority()
        found = makeRevocations(authority, *[makeClient(authority).certificate])
        told: list[None] = []
        RevocationList(found.der, lambda: told.append(None))
        self.assertEqual(len(told), 1)


class PartialTests(SynchronousTestCase):
    """
    Lists that are not the whole one of an authority, or not understood.
    """

    def said(self, *extensions: x509.ExtensionType, entry: tuple[x509.ExtensionType, ...] = ()) -> str:
        """
        Return why a list with these extensions is not used.
        """
        authority = makeAuthority()
        return makeRevocations(
            authority, makeClient(authority).certificate, extensions=extensions, entryExtensions=entry
        ).partial()

    def test_list(self) -> None:
        """
        What makes the whole list less than whole.
        """
        some = frozenset([x509.ReasonFlags.key_compromise])
        relative = x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
        for extension, reason in (
            (x509.DeltaCRLIndicator(7), "a delta list"),
            (scope(indirect=True), "an indirect list"),
            (scope(reasons=some), "only some reasons"),
            (scope(users=True), "only end-entity certificates"),
            (scope(authorities=True), "only authority certificates"),
            (scope(attributes=True), "only attribute certificates"),
            (scope(relative=relative), "is relative"),
            (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0"), "unknown critical extension"),
        ):
            self.assertIn(reason, self.said(extension))

    def test_entry(self) -> None:
        """
        What makes an entry none of a whole list.
        """
        name = x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]))
        for extension, reason in (
            (x509.CertificateIssuer([name]), "an indirect list"),
            (x509.CRLReason(x509.ReasonFlags.remove_from_crl), "removes certificates from"),
            (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0"), "unknown critical extension"),
        ):
            self.assertIn(reason, self.said(entry=(extension,)))

    def test_whole(self) -> None:
        """
        What does not matter, matters not.
        """
        place = x509.UniformResourceIdentifier("http://a.example/1.crl")
        there = x509.IssuingDistributionPoint([place], None, False, False, None, False, False)
        authority = makeAuthority()
        found = makeRevocations(
            authority,
            extensions=[there, x509.CRLNumber(5)],
            entryExtensions=[x509.CRLReason(x509.ReasonFlags.superseded)],
        )
        self.assertEqual((found.partial(), found.points), ("", {place}))
        later = x509.FreshestCRL([x509.DistributionPoint([place], None, None, None)])
        self.assertEqual(makeRevocations(authority, extensions=[later], critical=False).partial(), "")
