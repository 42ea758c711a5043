"""
A port with several certificates, and one that asks clients for theirs, in a running pool of two servers: names, ALPN,
strictness, refusals with z/VM's words, and what REFRESH makes of a withdrawn certificate.
"""

from __future__ import annotations

import ssl
import time

from attrs import evolve
from cryptography.hazmat.primitives.asymmetric import rsa

from sslpool.keydb.database import Database
from sslpool.keydb.files import writeNew
from sslpool.keydb.records import Credential
from sslpool.keydb.revocations import addRevocations
from sslpool.keydb.stapling import staplePath
from tests.doubles.certificates import makeAuthority, makeClient, makeRevocations, makeServer, respond, writeCredential
from tests.live.applications import Application, echo
from tests.live.clients import exchange, finish
from tests.live.configurations import PROFILE, SYSTEM, FilesCase
from tests.live.programs import run

PUBLIC = 0o644


class NamesTests(FilesCase):
    """
    One port for localhost with both kinds of key, and for shop.example, where clients need a certificate.
    """

    def setUp(self) -> None:
        """
        Start the pool.
        """
        super().setUp()
        self.clients = makeAuthority("Clients CA")
        self.limit(8, 4)
        key = rsa.generate_private_key(65537, 2048)
        elliptic = self.credential("WEBECC")
        middle = makeAuthority("Middle", self.authority)
        rooted = makeServer(middle, "rooted.example", label="ROOTED")
        self.port = self.adapt(
            Application(self, echo),
            makeServer(self.authority, label="WEBCERT", key=key),
            elliptic,
            self.credential("SHOP", names=("shop.example",)),
            evolve(rooted, chain=(middle.certificate, self.authority.certificate)),
        )
        with Database.openStashed(self.files.keyFile) as database:
            database.addCertificates({"Clients": self.clients.certificate})
        writeNew(staplePath(self.files.keyFile, "WEBECC"), respond(self.authority, elliptic.certificate), PUBLIC)
        self.files.replace(PROFILE, "SECURE WEBCERT", "SECURE WEBCERT WEBECC SHOP ROOTED STRICT ALPN h2,echo")
        self.files.replace(SYSTEM, "   :address.", '   :clientcert.CN="Jane *", OU=Ops\n                :address.')
        pool = "                :clientcertcheck.SHOP REQUIRED\n"
        self.files.replace("IBM.DTCPARMS", "                :parms.", f"{pool}                :parms.")
        self.stack = self.serve(*self.options)

    def connect(self, name: str, credential: Credential | None = None) -> ssl.SSLSocket:
        """
        Return a connection for C{name} on which something has been echoed.
        """
        client = self.client(self.port)
        if credential is not None:
            path = writeCredential(self.path(f"{credential.certificate.serial:x}.pem"), credential)
            client.context.load_cert_chain(path)
        connection = client.secure(client.dial(), name)
        exchange(connection)
        return connection

    def openssl(self, *options: str) -> str:
        """
        Return what C{openssl s_client} says of a handshake.
        """
        where = ("-connect", f"127.0.0.1:{self.port}", "-CAfile", self.certificates)
        done = run("openssl", "s_client", *where, *options, input="")
        return done.output + done.error

    def test_names(self) -> None:
        """
        Names, kinds of key, protocols, and who is refused; QUERY SESSIONS shows it.
        """
        self.assertIn("id-ecPublicKey", self.openssl("-servername", "localhost", "-tls1_2"))
        ofRsa = self.openssl("-servername", "localhost", "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256")
        self.assertIn("rsaEncryption", ofRsa)
        self.assertIn("OCSP Response Status: successful", self.openssl("-servername", "localhost", "-status"))
        self.assertIn("OCSP response: no response sent", self.openssl("-servername", "shop.example", "-status"))
        self.assertIn("ALPN protocol: echo", self.openssl("-servername", "localhost", "-alpn", "none,echo"))
        self.assertIn("alert no application protocol", self.openssl("-servername", "localhost", "-alpn", "none"))
        self.assertIn("unrecognized name", self.openssl("-servername", "elsewhere.example"))
        self.assertIn("unrecognized name", self.openssl("-noservername"))
        jane = makeClient(self.clients, "Jane Doe")
        held = [self.connect("localhost"), self.connect("shop.example", jane)]
        shown = self.stack.ssladmin("query", "sessions").output
        self.assertRegex(shown, r"WEBECC  +Established\n.*\n")
        self.assertRegex(shown, r"SHOP  +Established\n.*\n +name shop.example\n +client CN=Jane Doe\n")
        for each in held:
            finish(each)
        self.stack.log.wait(r"SSLP120W .*server name not known \(elsewhere.example\)")

    def test_root(self) -> None:
        """
        The key database has the root above a label; clients are shown what is between.
        """
        shown = self.openssl("-servername", "rooted.example", "-showcerts")
        self.assertEqual(shown.count("BEGIN CERTIFICATE"), 2, shown)
        self.assertIn("Verify return code: 0", shown)

    def test_clients(self) -> None:
        """
        Who has no certificate, or a wrong one, is refused with z/VM's words; one that is
        revoked is refused from REFRESH on, also where it tries to resume.
        """
        for credential, code in (
            (None, "403 reason: No certificate received from partner"),
            (makeClient(self.clients, "Jane Doe", -1), "401 reason: Certificate is expired or is not valid yet"),
            (makeClient(makeAuthority("Other"), "Jane Doe"), "435 reason: Certificate authority is unknown"),
            (makeClient(self.clients, "Joe Doe"), "8 reason: Certificate validation error"),
        ):
            self.assertRaises(OSError, self.connect, "shop.example", credential)
            self.stack.log.wait(rf"DTCSSL022E Handshake failed rc: {code}")
        finish(self.connect("shop.example", makeClient(self.clients, "Joe Doe", unit="Ops")))
        jane = makeClient(self.clients, "Jane Doe")
        client = self.client(self.port)
        client.context.load_cert_chain(writeCredential(self.path("jane.pem"), jane))
        first = client.secure(client.dial(), "shop.example")
        exchange(first)
        session = first.session
        finish(first)
        again = client.context.wrap_socket(client.dial(), server_hostname="shop.example", session=session)
        exchange(again)
        self.assertTrue(again.session_reused)
        with Database.openStashed(self.files.keyFile) as database:
            addRevocations(database, [makeRevocations(self.clients, jane.certificate)], "test", time.time())
        self.assertEqual(self.stack.ssladmin("refresh").code, 0)
        exchange(again)
        again.close()
        refused = client.context.wrap_socket(client.dial(), server_hostname="shop.example", session=session)
        self.assertRaises(OSError, exchange, refused)
        self.assertFalse(refused.session_reused)
        refused.close()
        self.stack.log.wait("DTCSSL022E Handshake failed rc: 431 reason: Certificate is revoked")
