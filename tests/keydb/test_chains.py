"""
Tests for L{sslpool.keydb.chains}.
"""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta
from itertools import permutations

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.chains import (
    LONGEST,
    Issuers,
    belongs,
    brokenLink,
    chainAbove,
    chained,
    heldBetween,
    isAuthority,
    isRoot,
    rechained,
    shown,
)
from sslpool.keydb.checking import weaknessOf
from sslpool.keydb.records import Credential, PrivateKey
from sslpool.tls.mode import objection
from tests.doubles.certificates import Authority, makeAuthority, makeServer, newKey
from tests.growth import FACTOR, assertLinear


class ChainTests(SynchronousTestCase):
    """
    A root, two authorities below it, a server.
    """

    def setUp(self) -> None:
        self.root = makeAuthority("Root")
        self.upper = makeAuthority("Upper", self.root)
        self.lower = makeAuthority("Lower", self.upper)
        self.leaf = makeServer(self.lower).certificate
        self.chain = (self.lower.certificate, self.upper.certificate, self.root.certificate)

    def test_anyOrder(self) -> None:
        """
        Whatever the order of the certificates, the chain goes upwards from the leaf.
        """
        for order in permutations((self.leaf, *self.chain)):
            self.assertEqual(chainAbove(self.leaf, order), self.chain)

    def test_brokenLink(self) -> None:
        """
        A chain is whole where each certificate has issued the one before it, and
        not where one is missing, out of order, or only has the issuer's name.
        """
        lower, upper, root = self.chain
        impostor = makeAuthority("Upper", self.root).certificate
        for whole in ((), (lower,), (lower, upper), self.chain):
            self.assertIsNone(brokenLink(self.leaf, whole))
        self.assertEqual(brokenLink(self.leaf, (upper,)), (self.leaf, upper))
        self.assertEqual(brokenLink(self.leaf, (lower, root)), (lower, root))
        self.assertEqual(brokenLink(self.leaf, (upper, lower)), (self.leaf, upper))
        self.assertEqual(brokenLink(self.leaf, (lower, impostor)), (lower, impostor))

    def test_unrelated(self) -> None:
        """
        Certificates that do not stand above the leaf are left out, also one that has an issuer's name but not its key.
        """
        impostor = makeAuthority("Lower", self.upper).certificate
        other = makeAuthority("Other").certificate
        self.assertEqual(chainAbove(self.leaf, (impostor, other, *self.chain)), self.chain)

    def test_gap(self) -> None:
        """
        The chain ends where an issuer is missing.
        """
        self.assertEqual(chainAbove(self.leaf, (self.root.certificate, self.lower.certificate)), self.chain[:1])

    def test_crossSigned(self) -> None:
        """
        What another authority has issued for a root's key stands above the root, in whichever order
        they come, and is what is shown of the two; nothing that is its own root is.
        """
        old = makeAuthority("Old")
        crossed = makeAuthority("Root", old, key=self.root.key).certificate
        lower, upper, root = self.chain
        for order in permutations((*self.chain, crossed, old.certificate)):
            found = chainAbove(self.leaf, order)
            self.assertIsNone(brokenLink(self.leaf, found))
            self.assertEqual(shown(found), (lower, upper, crossed))
        self.assertEqual(shown(self.chain), (lower, upper))
        self.assertEqual(shown((lower, upper)), (lower, upper))

    def test_renewedName(self) -> None:
        """
        A certificate with its issuer's name that another key has signed is no root.
        """
        begun = makeAuthority("Same")
        other = makeAuthority("Same", begun)
        self.assertEqual((isRoot(begun.certificate), isRoot(other.certificate)), (True, False))

    def test_circle(self) -> None:
        """
        Authorities that have signed each other do not make an endless chain: it ends where it would lead back.
        """
        a, b, c = makeAuthority("A"), makeAuthority("B"), makeAuthority("C")
        pairs = (("A", b, a), ("B", c, b), ("C", a, c), ("B", a, b))
        crossed = (makeAuthority(name, issuer, key=own.key).certificate for name, issuer, own in pairs)
        aByB, bByC, cByA, bByA = crossed
        leaf = makeServer(a).certificate
        self.assertEqual(chainAbove(leaf, (aByB, bByA)), (aByB,))
        self.assertEqual(chainAbove(leaf, (aByB, bByC, cByA)), (aByB, bByC))
        # Who serves with the certificate of an authority may be below another, which is below its own root.
        self.assertEqual(shown(chainAbove(aByB, (aByB, bByA, a.certificate))), (bByA,))
        roots = (a.certificate, b.certificate, c.certificate)
        for order in permutations((aByB, bByC, cByA, *roots)):
            self.assertEqual(shown(chainAbove(leaf, order)), (aByB, bByC))

    def test_chained(self) -> None:
        """
        A chain is continued with authorities, but not with a root; what else may stand above is kept.
        """
        bare = Credential("WEB", self.leaf, (), newKey())
        stranger = makeAuthority("Stranger").certificate
        authorities = Issuers((*self.chain, stranger))
        for given, chain in (((), self.chain[:2]), (self.chain[:1], self.chain[:2]), (self.chain, self.chain)):
            found = chained(bare, Issuers((*given, stranger), authorities), time.time())
            self.assertEqual((found.chain, {*found.chain, *found.spare}), (chain, {*self.chain}))

    def test_belongs(self) -> None:
        """
        A key belongs to the certificate that has its public half.
        """
        self.assertTrue(belongs(self.lower.key, self.lower.certificate))
        self.assertFalse(belongs(newKey(), self.lower.certificate))


DAY = 86400.0
RSA = bytes.fromhex("06092A864886F70D0101")
SHA256, SHA1 = (RSA + bytes([last]) for last in (0x0B, 0x05))


def withSha1(certificate: Certificate, key: PrivateKey) -> Certificate:
    """
    Return a certificate signed in a way in which nobody signs any more.

    @param key: that of its issuer.
    """
    assert isinstance(key, rsa.RSAPrivateKey)
    octets = certificate.der.replace(SHA256, SHA1)
    signature = key.sign(Certificate.of(octets).signed, padding.PKCS1v15(), hashes.SHA1())
    return Certificate.of(octets[: -len(signature)] + signature)


class ChoiceTests(SynchronousTestCase):
    """
    Which of several certificates of an authority is in the chain.
    """

    def setUp(self) -> None:
        """
        Make a root, and an authority below it whose certificate has been renewed with the same name and key.
        """
        self.now = time.time()
        self.root = makeAuthority("Root", days=1000)
        self.key = newKey()
        self.leaf = makeServer(self.authority(days=10)).certificate

    def authority(self, issuer: Authority | None = None, days: float = 10, since: float = 1) -> Authority:
        """
        Return the authority with another certificate.
        """
        return makeAuthority("Issuer", issuer or self.root, days=days, since=since, key=self.key)

    def check(self, expected: Certificate, *candidates: Certificate, days: float = 0) -> None:
        """
        Check what is sent in so many days, whatever the order of the candidates.
        """
        for order in permutations(candidates):
            found = shown(chainAbove(self.leaf, order, self.now + days * DAY))
            self.assertEqual(found[:1], (expected,))

    def test_renewed(self) -> None:
        """
        The one that is valid counts; of several that are, and of several that are not, the one that ends last.
        """
        expired, present, longer, early = (
            self.authority(days=days, since=since).certificate for days, since in ((-2, 1), (10, 1), (20, 1), (30, -15))
        )
        self.check(present, expired, present)
        self.check(longer, expired, present, longer)
        self.check(longer, present, longer, early)
        self.check(present, present, early)
        self.check(early, present, early, days=16)
        self.check(early, expired, present, longer, early, days=40)

    def test_above(self) -> None:
        """
        What is above counts as well: a way that has expired further up, or ends sooner there, is none to go.
        """
        old, new = makeAuthority("Old", self.root, days=-3), makeAuthority("New", self.root, days=60)
        byOld, byNew = self.authority(old, days=100).certificate, self.authority(new, days=50).certificate
        self.check(byNew, byOld, byNew, old.certificate, new.certificate)
        soon = makeAuthority("Soon", self.root, days=5)
        bySoon = self.authority(soon, days=100).certificate
        self.check(byNew, bySoon, byNew, soon.certificate, new.certificate)
        # Nothing is known of what is above these.
        self.check(byOld, byOld, byNew)

    def test_crossSigned(self) -> None:
        """
        The cross-signed certificate goes before the root, though it ends sooner, as long as it is valid; also
        where the one that has signed it is not there.
        """
        for known in (True, False):
            older = makeAuthority("Older", days=2000)
            crossed = makeAuthority("Root", older, days=20, key=self.root.key).certificate
            issuer = self.authority(days=500).certificate
            candidates = (issuer, self.root.certificate, crossed, *([older.certificate] if known else []))
            for order in permutations(candidates):
                for days, expected in ((0, (issuer, crossed)), (21, (issuer,))):
                    found = chainAbove(self.leaf, order, self.now + days * DAY)
                    self.assertEqual(shown(found), expected)
            self.assertEqual(shown(chainAbove(self.leaf, (issuer, crossed), self.now)), (issuer, crossed))

    def test_again(self) -> None:
        """
        What a credential has is enough to choose again, at the moments when that is needed.
        """
        old, new = self.authority(days=10).certificate, self.authority(days=30, since=-5).certificate
        bare = Credential("WEB", self.leaf, (), newKey())
        credential = chained(bare, Issuers((), Issuers((old, new, self.root.certificate))), self.now)
        self.assertEqual(credential.chain, (old,))
        since, until = heldBetween(credential, self.now)
        self.assertEqual(until, new.notBefore)
        self.assertEqual(since, old.notBefore)
        self.assertIs(rechained(credential, until - 1), credential)
        again = rechained(credential, until)
        self.assertEqual(again.chain, (new,))
        # It is valid in the second in which it ends, and not an instant longer.
        _, later = heldBetween(again, until)
        self.assertEqual(math.floor(later), old.notAfter)
        self.assertGreater(later, old.notAfter)
        self.assertEqual(rechained(again, self.now).chain, (old,))
        self.assertEqual(heldBetween(bare, self.now), (-math.inf, math.inf))

    def test_long(self) -> None:
        """
        A chain has an end, however many there are.
        """
        authority = self.root
        certificates = []
        for number in range(LONGEST + 8):
            authority = makeAuthority(f"A{number}", authority)
            certificates.append(authority.certificate)
        found = chainAbove(makeServer(authority).certificate, certificates)
        self.assertEqual((len(found), found[0]), (LONGEST, certificates[-1]))

    def test_many(self) -> None:
        """
        Thousands of authorities, and thousands of labels below them, take linear time.
        """
        authorities = [makeAuthority(f"A{number % 500}", self.root) for number in range(1000)]
        leaves = [Credential("WEB", makeServer(each).certificate, (), self.key) for each in authorities]

        def work(size: int) -> None:
            issuers = Issuers(each.certificate for each in authorities[:size])
            for leaf in leaves[:size]:
                self.assertEqual(len(chained(leaf, issuers, self.now).chain), 1)

        assertLinear(work, 1000)

    def test_dense(self) -> None:
        """
        Authorities all of which have signed each other take no longer for that.
        """
        keys = [makeAuthority(f"A{number}") for number in range(16)]
        leaf = makeServer(keys[0]).certificate

        def crossed(authorities: list[Authority]) -> list[Certificate]:
            return [
                makeAuthority(one.certificate.subject.text.removeprefix("CN="), other, key=one.key).certificate
                for one in authorities
                for other in authorities
                if one is not other
            ]

        certificates = {len(each): each for each in (crossed(keys[:6]), crossed(keys))}
        small, large = certificates
        self.assertEqual(small * FACTOR, large)
        assertLinear(lambda size: chainAbove(leaf, certificates[size]), large)


class OneNameTests(SynchronousTestCase):
    """
    Certificates that all have the same name, as who presses Enter at each question makes them.
    """

    def made(self, issuer: Authority | None, identifiers: bool = True, key: PrivateKey | None = None) -> Authority:
        """
        Return an authority of that name.
        """
        key, now = key or newKey(), datetime.now(UTC)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "AU")])
        builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        if identifiers:
            above = (issuer.key if issuer else key).public_key()
            builder = builder.add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            ).add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above), critical=False)
        signed = builder.sign(issuer.key if issuer else key, hashes.SHA256())
        return Authority(Certificate.ofStrict(signed), key, issuer.chain if issuer else ())

    def test_chain(self) -> None:
        """
        Signatures say who has issued whom, with and without key identifiers.
        """
        for identifiers in (True, False):
            root = self.made(None, identifiers)
            middle = self.made(root, identifiers)
            leaf = self.made(middle, identifiers).certificate
            strangers = [self.made(None, identifiers).certificate for _ in range(3)]
            candidates = (*strangers, root.certificate, leaf, middle.certificate)
            for order in permutations(candidates):
                self.assertEqual(chainAbove(leaf, order), (middle.certificate, root.certificate))
            self.assertEqual(middle.chain, (middle.certificate,))
            self.assertEqual(chainAbove(root.certificate, candidates), ())

    def test_identifiers(self) -> None:
        """
        A key identifier never decides: that of another key is overruled by the signature.
        """
        root, other = makeAuthority("Same"), makeAuthority("Same")
        leaf = makeServer(root).certificate
        key = root.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(
            other.certificate.strict.subject,
            other.certificate.strict.subject,
            other.key.public_key(),
            1,
            now,
            now + timedelta(days=9),
        )
        impostor = Certificate.ofStrict(builder.add_extension(key, critical=False).sign(other.key, hashes.SHA256()))
        for order in permutations((impostor, root.certificate)):
            self.assertEqual(chainAbove(leaf, order), (root.certificate,))

    def test_notSelfSigned(self) -> None:
        """
        What has its issuer's name and not its key is no root: neither without extensions, nor with a
        signature that does not count with a root.
        """
        root = self.made(None, key=rsa.generate_private_key(65537, 2048))
        below = self.made(root)
        weak = [withSha1(each.certificate, root.key) for each in (root, below)]
        self.assertEqual([weaknessOf(each) for each in weak], [None, "it is signed with SHA1"])
        self.assertEqual([bool(objection(each)) for each in weak], [False, True])
        plain = self.made(None, identifiers=False)
        self.assertTrue(isAuthority(plain.certificate))
        self.assertFalse(isAuthority(self.made(plain, identifiers=False).certificate))
