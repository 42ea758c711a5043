"""
Tests for L{sslpool.keydb.generation}.
"""

from __future__ import annotations

import ssl
import subprocess
from datetime import UTC, datetime
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb import generation
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.exchange import exportPem, exportPkcs12
from sslpool.keydb.generation import KEY_KINDS, selfSigned
from sslpool.keydb.parsing import assemble, parse
from sslpool.keydb.records import Credential, describe, keyTypeOf
from sslpool.messages import OperatorError
from tests.doubles.certificates import (
    credentialPem,
    keyPem,
    makeAuthority,
    makeServer,
    writeCertificates,
    writeCredential,
)
from tests.keydb.refusals import refused


def openssl(*arguments: str) -> str:
    """
    Run the openssl command and return what it says.
    """
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, text=True).stdout


def handshake(credential: Credential, anchor: Certificate, name: str) -> str | None:
    """
    Let a strict client of the standard library meet a server that has
    C{credential}, in memory; return the protocol version.

    @raise ssl.SSLError: the client does not accept the certificate.
    """
    client = ssl.create_default_context(cadata=anchor.pem.decode())
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as directory:
        server.load_cert_chain(writeCredential(f"{directory}/server.pem", credential))
    toServer, toClient = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(toClient, toServer, server_hostname=name),
        server.wrap_bio(toServer, toClient, server_side=True),
    )
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return ends[0].version()


class SelfSignedTests(SynchronousTestCase):
    """
    Self-signed certificates.
    """

    def test_kinds(self) -> None:
        """
        Every kind of key can be made, and is what its name says.
        """
        kinds = [keyTypeOf(selfSigned("WEB", "x", ["x"], kind=kind).certificate) for kind in KEY_KINDS]
        self.assertEqual(kinds, ["EC P-256", "EC P-384", "EC P-521", "RSA 2048", "RSA 3072", "RSA 4096", "Ed25519"])

    def test_contents(self) -> None:
        """
        Label, names and life are as wanted; it is valid a little before now, for slow clocks.
        """
        now = datetime(2026, 1, 2, tzinfo=UTC)
        names = ["www.example.com", "*.example.com", "192.0.2.1", "::1"]
        credential = selfSigned("WEB", "www.example.com", names, days=10, now=now)
        record = describe("WEB", credential.certificate, hasKey=True)
        self.assertEqual((credential.label, credential.chain), ("WEB", ()))
        self.assertEqual((record.subject, record.issuer), ("CN=www.example.com", "CN=www.example.com"))
        self.assertEqual(record.names, tuple(names))
        self.assertEqual(record.notBefore, now.timestamp() - 300)
        self.assertEqual(record.daysLeft(now.timestamp()), 10)

    def test_longName(self) -> None:
        """
        A host name longer than a common name may be is shortened there only.
        """
        name = ".".join(["a" * 60] * 3)
        record = describe("WEB", selfSigned("WEB", name, [name]).certificate, hasKey=True)
        self.assertEqual((record.subject, record.names), (f"CN={name[:64]}", (name,)))

    def test_strictClient(self) -> None:
        """
        A strict client that trusts the certificate accepts it, for its names only.
        """
        for kind in ("ec", "rsa"):
            credential = selfSigned("WEB", "localhost", ["localhost", "127.0.0.1"], kind=kind)
            for name in ("localhost", "127.0.0.1"):
                self.assertEqual(handshake(credential, credential.certificate, name), "TLSv1.3")
            self.assertRaises(ssl.SSLError, handshake, credential, credential.certificate, "example.com")

    def test_opensslVerify(self) -> None:
        """
        C{openssl verify} accepts it as its own anchor, strictly and for a server.
        """
        path = writeCertificates(self.mktemp(), selfSigned("WEB", "x", ["x"]).certificate)
        self.assertIn("OK", openssl("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", path, path))

    def test_signsNothing(self) -> None:
        """
        Who trusts it does not trust what its key might sign.
        """
        credential = selfSigned("WEB", "localhost", ["localhost"])
        extensions = credential.certificate.extensions
        self.assertFalse(extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
        self.assertFalse(extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign)

    def test_refused(self) -> None:
        """
        Each operand has its message.
        """
        with refused("SSLP330E"):
            selfSigned("web", "x", ["x"])
        with refused("SSLP351E"):
            selfSigned("WEB", "x", ["x"], kind="des")
        for days in (0, -1, 10000):
            with refused("SSLP352E"):
                selfSigned("WEB", "x", ["x"], days=days)
        with refused("SSLP355E"):
            selfSigned("WEB", "x", [])

    def test_names(self) -> None:
        """
        What is neither a host name nor an address is refused.
        """
        long = "a" * 64, "x." * 126 + "xx"
        for name in ("", "a b", "-a", "a-", "a..b", ".a", "*", "*a.b", "a.*.b", "ä.example", "a.\n", "a\n", *long):
            with refused("SSLP350E"):
                selfSigned("WEB", "x", [name])

    @given(st.text(max_size=30))
    def test_anyName(self, name: str) -> None:
        """
        Whatever the name, the worst is a message, and what is accepted comes back.
        """
        try:
            credential = selfSigned("WEB", "x", [name])
        except OperatorError as error:
            self.assertEqual(error.said.id, "SSLP350E")
        else:
            self.assertEqual(len(describe("WEB", credential.certificate, hasKey=True).names), 1)

    def test_hash(self) -> None:
        """
        Ed25519 signs without a hash of its own.
        """
        self.assertIsNone(generation.signatureHash(ed25519.Ed25519PrivateKey.generate()))


def imported(data: bytes, password: str | None = None) -> Credential:
    """
    Return what a file holds, as WEB.
    """
    return assemble("WEB", parse(data, password, "FILE"), "FILE")


class ImportTests(SynchronousTestCase):
    """
    Import and export; the openssl command is the other side.
    """

    def setUp(self) -> None:
        self.root = makeAuthority("Root")
        self.authority = makeAuthority("Lower", self.root)
        self.credential = makeServer(self.authority, label="WEB")

    def check(self, found: Credential) -> None:
        """
        It is what was made.
        """
        self.assertEqual(
            (found.label, found.certificate, found.chain, keyPem(found.key)),
            ("WEB", self.credential.certificate, self.credential.chain, keyPem(self.credential.key)),
        )

    def test_pem(self) -> None:
        """
        PEM text is imported.
        """
        self.check(imported(credentialPem(self.credential)))

    def test_fromOpenssl(self) -> None:
        """
        PKCS #12 made by openssl is imported, in the new and the old encryption, with and without a password.
        """
        pem = writeCredential(self.mktemp(), self.credential)
        for password in ("secret", ""):
            for extra in ([], ["-legacy"]):
                out = self.mktemp()
                openssl("pkcs12", "-export", *extra, "-in", pem, "-out", out, "-passout", f"pass:{password}")
                with open(out, "rb") as file:
                    data = file.read()
                self.check(imported(data, password))

    def test_toOpenssl(self) -> None:
        """
        What is exported as PKCS #12 is read by openssl, and by us.
        """
        data = exportPkcs12(self.credential, "secret")
        path, out = self.mktemp(), self.mktemp()
        with open(path, "wb") as file:
            file.write(data)
        openssl("pkcs12", "-in", path, "-passin", "pass:secret", "-nodes", "-out", out)
        with open(out, encoding="utf-8") as text:
            pem = text.read()
        self.assertIn("friendlyName: WEB", pem)
        self.check(imported(pem.encode()))
        self.check(imported(data, "secret"))

    def test_exportPem(self) -> None:
        """
        Exported certificates are read by openssl, which finds the chain complete.
        """
        root = writeCertificates(self.mktemp(), self.root.certificate)
        lower = self.mktemp()
        with open(lower, "wb") as file:
            file.write(exportPem(self.credential.chain))
        leaf = writeCertificates(self.mktemp(), self.credential.certificate)
        self.assertIn("OK", openssl("verify", "-x509_strict", "-CAfile", root, "-untrusted", lower, leaf))
