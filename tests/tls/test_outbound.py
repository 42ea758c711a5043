"""
Tests for L{sslpool.tls.outbound}: who a remote host may be, as RFC 9525 has it.
"""

from __future__ import annotations

from ipaddress import ip_address

from attrs import evolve
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.securing import Remote
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.names import LONGEST
from sslpool.keydb.records import Authority as TrustedAuthority
from sslpool.keydb.records import KeyMaterial
from sslpool.messages import OperatorError
from sslpool.tls.outbound import Identity, OutboundContexts, Target, mismatch, serviceId
from sslpool.tls.policy import Policy
from sslpool.wire.requests import SYSTEM
from tests.doubles.certificates import makeAuthority, makeClient, makeServer, newKey
from tests.server.ends import tcpPair

AUTHORITY = makeAuthority()


def certificateFor(*names: str) -> Certificate:
    """
    Return a certificate for names and addresses.
    """
    return makeServer(AUTHORITY, *names).certificate


def withNames(*names: x509.GeneralName) -> Certificate:
    """
    Return a self-signed certificate with the common name C{common.example} and C{names} as they are.
    """
    key = newKey()
    common = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "common.example")])
    base = makeServer(AUTHORITY, "x.example").certificate.strict
    builder = (
        x509.CertificateBuilder(common, common)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(base.not_valid_before_utc)
        .not_valid_after(base.not_valid_after_utc)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Certificate.ofStrict(builder.sign(key, hashes.SHA256()))


class NameTests(SynchronousTestCase):
    """
    L{mismatch}.
    """

    def matches(self, name: str, *names: str) -> None:
        """
        Assert that a certificate for C{names} is one for C{name}.
        """
        self.assertEqual(mismatch(certificateFor(*names), name), "")

    def differs(self, name: str, *names: str) -> None:
        """
        Assert that it is not.
        """
        self.assertIn(f"not for {name}", mismatch(certificateFor(*names), name))

    def test_exact(self) -> None:
        """
        A name is itself, in any case and with a dot at its end, and no other.
        """
        self.matches("mail.example", "other.example", "mail.example")
        self.matches("MAIL.Example.", "mail.example")
        self.differs("mail.example", "example")
        self.differs("example", "mail.example")
        self.differs("mail.example", "mail.example.evil.example")

    def test_wildcard(self) -> None:
        """
        A wildcard is the whole left-most label, and just that one.
        """
        self.matches("mail.host.example", "*.host.example")
        self.differs("host.example", "*.host.example")
        self.differs("a.mail.host.example", "*.host.example")
        self.differs("mail.host.example", "m*.host.example")
        self.differs("mail.host.example", "mail.*.example")
        self.differs("mail.example", "*.example")

    def test_address(self) -> None:
        """
        An address is compared with addresses, never with names, and a name never with addresses.
        """
        self.matches("192.0.2.7", "192.0.2.7")
        self.matches("2001:DB8::7", "2001:db8:0::7")
        self.differs("192.0.2.7", "192.0.2.8")
        self.differs("192.0.2.7", "localhost")
        self.differs("localhost", "127.0.0.1")
        named = withNames(x509.DNSName("192.0.2.7"))
        self.assertIn("not for 192.0.2.7", mismatch(named, "192.0.2.7"))

    def test_commonName(self) -> None:
        """
        The common name does not count.
        """
        self.assertEqual(mismatch(withNames(), "common.example"), "it names no host, and is not for common.example")

    def test_long(self) -> None:
        """
        Of long names the beginning is shown.
        """
        found = mismatch(certificateFor("b.example", f"{'a' * 50_000}.example"), "c.example")
        self.assertEqual(found, f"it is for {'b.example, '.ljust(LONGEST - 3, 'a')}..., not for c.example")

    def test_spoiled(self) -> None:
        """
        A name that is not permitted matches nothing, and does not spoil the others.
        """
        names = (x509.DNSName("*.com"), x509.DNSName("192.0.2.7"), x509.DNSName("mail.example"))
        certificate = withNames(*names, x509.IPAddress(ip_address("192.0.2.7")))
        self.assertEqual(mismatch(certificate, "mail.example"), "")
        self.assertEqual(mismatch(certificate, "192.0.2.7"), "")
        self.assertNotEqual(mismatch(certificate, "evil.com"), "")

    def test_message(self) -> None:
        """
        What is said names both sides, and not too many names.
        """
        self.assertEqual(mismatch(certificateFor("a.example"), "b.example"), "it is for a.example, not for b.example")
        many = mismatch(certificateFor(*(f"{number}.host.example" for number in range(9))), "b.example")
        self.assertIn("3.host.example and others, not for b.example", many)

    def test_noName(self) -> None:
        """
        What can be no name is an error, and never a match.
        """
        self.assertRaises(ValueError, serviceId, "two words")
        self.assertEqual(mismatch(certificateFor("a.example"), "two words"), "no certificate can be for two words")


class IdentityTests(SynchronousTestCase):
    """
    L{Identity}.
    """

    def test_library(self) -> None:
        """
        What the library has found is said in its words; where it is the issuer's certificate, that is named.
        """
        identity = Identity("a.example")
        self.assertFalse(identity.judge(certificateFor("a.example"), 10, 0, False))
        self.assertEqual(identity.objection, "certificate has expired")
        self.assertFalse(identity.judge(AUTHORITY.certificate, 10, 1, False))
        self.assertEqual(identity.objection, "certificate has expired, in the certificate of CN=Test CA")

    def test_name(self) -> None:
        """
        The name is looked at in the host's own certificate only.
        """
        identity = Identity("b.example")
        self.assertTrue(identity.judge(AUTHORITY.certificate, 0, 1, True))
        self.assertFalse(identity.judge(certificateFor("a.example"), 0, 0, True))
        self.assertIn("not for b.example", identity.objection)


class ContextTests(SynchronousTestCase):
    """
    L{OutboundContexts}.
    """

    def setUp(self) -> None:
        """
        Make a key database's content.
        """
        self.client = makeClient(AUTHORITY)
        self.material = KeyMaterial((self.client,), (TrustedAuthority("CA", AUTHORITY.certificate),))
        self.contexts = OutboundContexts(self.material, Policy())

    def connect(self, remote: Remote, label: str = "", contexts: OutboundContexts | None = None) -> SSL.Connection:
        """
        Return a connection to C{remote}.
        """
        connecting, accepted = tcpPair()
        self.addCleanup(connecting.close)
        self.addCleanup(accepted.close)
        return (contexts or self.contexts).connect(connecting, Target(remote, label, 443), 0.0)

    def test_serverName(self) -> None:
        """
        The name is sent to the remote host (SNI), an address never is.
        """
        self.assertEqual(self.connect(Remote("mail.example.")).get_servername(), b"mail.example")
        self.assertIsNone(self.connect(Remote("192.0.2.7")).get_servername())

    def test_same(self) -> None:
        """
        Connections with the same trust and certificate have a context in common.
        """
        first, second = self.connect(Remote("a.example")), self.connect(Remote("b.example"))
        self.assertIs(first.get_context(), second.get_context())
        self.assertIsNot(first.get_context(), self.connect(Remote("a.example", ("CA",))).get_context())
        self.assertIsNot(first.get_context(), self.connect(Remote("a.example", (SYSTEM,))).get_context())
        self.connect(Remote("a.example"), "CLIENT")

    def test_rechain(self) -> None:
        """
        Where a label's chain is another now, its connections have another context; others have the one before.
        """
        other, plain = (self.connect(Remote("a.example"), label).get_context() for label in ("CLIENT", ""))
        self.contexts.rechain([evolve(self.client, chain=(AUTHORITY.certificate,)), makeServer(AUTHORITY, label="WEB")])
        self.assertIsNot(self.connect(Remote("a.example"), "CLIENT").get_context(), other)
        self.assertIs(self.connect(Remote("a.example")).get_context(), plain)
        with self.assertRaises(OperatorError):
            self.connect(Remote("a.example"), "WEB")

    def test_missing(self) -> None:
        """
        A label that is not there is a message; so is a key database without authorities.
        """
        for remote, label, message in (
            (Remote("a.example", ("OTHER",)), "", "SSLP752E The authority OTHER is not in the key database"),
            (Remote("two words"), "", "SSLP756E two words is not a host name or an IP address"),
            (Remote("a.example"), "OTHER", "SSLP753E The key database has no certificate OTHER"),
        ):
            error = self.assertRaises(OperatorError, self.connect, remote, label)
            self.assertTrue(str(error).startswith(message), str(error))
        bare = OutboundContexts(KeyMaterial(()), Policy())
        error = self.assertRaises(OperatorError, self.connect, Remote("a.example"), "", bare)
        self.assertTrue(str(error).startswith("SSLP751E"))
        self.connect(Remote("a.example", (SYSTEM,)), "", bare)
