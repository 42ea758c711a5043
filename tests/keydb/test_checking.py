"""
Tests for L{sslpool.keydb.checking}.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.certificate import Certificate
from sslpool.keydb.chains import Issuers
from sslpool.keydb.checking import ACCEPTABLE, checkCertificate, checkWhole, mayBeAccepted, weaknessOf
from sslpool.keydb.records import PrivateKey
from sslpool.messages import OperatorError, Said
from tests.doubles.certificates import makeAuthority, makeServer, newKey
from tests.keydb.refusals import refused


def certificate(key: PrivateKey, algorithm: hashes.HashAlgorithm | None = None, issuer: str = "Issuer") -> Certificate:
    """
    Return a certificate of a key that is signed by another with this hash.
    """
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in (issuer, "Subject")]
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(names[0], names[1], key.public_key(), 1, now, now + timedelta(days=1))
    signed = builder.sign(newKey(), algorithm or hashes.SHA256())  # type: ignore[arg-type]
    return Certificate.ofStrict(signed)


class CertificateTests(SynchronousTestCase):
    """
    One certificate.
    """

    def test_time(self) -> None:
        """
        Before and after its time it is refused, on its first and last second not.
        """
        found = makeServer(makeAuthority()).certificate
        start, end = found.notBefore, found.notAfter
        for now in (start, end, time.time()):
            checkCertificate(found, now)
        with refused("SSLP373E"):
            checkCertificate(found, start - 1)
        with refused("SSLP372E"):
            checkCertificate(found, end + 1)

    def test_weak(self) -> None:
        """
        Small keys and broken hashes are refused, the usual ones not.
        """
        small = rsa.generate_private_key(65537, 1024)
        weak = (certificate(small), certificate(ec.generate_private_key(ec.SECP224R1())))
        strong = (certificate(rsa.generate_private_key(65537, 2048)), certificate(newKey(), hashes.SHA384()))
        for found in weak:
            with refused("SSLP374E"):
                checkCertificate(found, time.time())
        for found in strong:
            self.assertIsNone(weaknessOf(found))

    def test_acceptable(self) -> None:
        """
        The operator may decide about these, not about others.
        """
        for messageId in ACCEPTABLE:
            self.assertTrue(mayBeAccepted(OperatorError(Said(messageId))))
        self.assertFalse(mayBeAccepted(OperatorError(Said("SSLP332E"))))


class ChainTests(SynchronousTestCase):
    """
    A root, two authorities below it, and a server below them.
    """

    def setUp(self) -> None:
        """
        Make them.
        """
        root = makeAuthority("Root")
        upper = makeAuthority("Upper", root)
        lower = makeAuthority("Lower", upper)
        self.root, self.upper, self.lower = (each.certificate for each in (root, upper, lower))
        self.leaf = makeServer(lower).certificate

    def check(self, *given: Certificate, known: tuple[Certificate, ...] = ()) -> None:
        """
        Check what stands above the server among some certificates.
        """
        checkWhole(self.leaf, given, Issuers(known))

    def test_whole(self) -> None:
        """
        The root may be missing, the order is none, and the key database may complete it.
        """
        self.check(self.lower, self.upper, self.root)
        self.check(self.upper, self.leaf, self.lower)
        self.check(known=(self.root, self.lower, self.upper))
        self.check(self.lower, known=(self.upper,))
        self.check(self.lower, self.root, known=(self.upper,))

    def test_incomplete(self) -> None:
        """
        An issuer that is missing, at the beginning or between others, is named.
        """
        for given in ((), (self.upper,), (self.lower, self.root), (self.root,)):
            with refused("SSLP375E"):
                self.check(*given)
        error = self.assertRaises(OperatorError, self.check, self.lower, self.root)
        self.assertIn("CN=Upper, which issued CN=Lower", str(error))

    def test_otherKey(self) -> None:
        """
        Where the issuer's name is there, and not its key, that is the reason; not where it is only among other
        authorities of the key database, since clients have the one that is missing.
        """
        impostor, upper = makeAuthority("Lower").certificate, makeAuthority("Upper").certificate
        for given, known in (((impostor,), ()), ((), (impostor,)), ((self.lower, upper), ())):
            with refused("SSLP840E"):
                self.check(*given, known=known)
        self.check(self.lower, known=(upper,))

    def test_apart(self) -> None:
        """
        An authority of another chain is named; one that is an alternative of one in the chain is none.
        """
        other = makeAuthority("Other", makeAuthority("Elsewhere")).certificate
        error = self.assertRaises(OperatorError, self.check, self.lower, other)
        self.assertEqual(error.said.id, "SSLP841E")
        for part in ("CN=Other", "CN=Lower", "CN=Upper"):
            self.assertIn(part, str(error))
        self.check(self.lower, self.upper, makeServer(makeAuthority("Elsewhere")).certificate)

    def test_selfSigned(self) -> None:
        """
        A self-signed certificate has nothing above it.
        """
        checkWhole(self.root, ())
