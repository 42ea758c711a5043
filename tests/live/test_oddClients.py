"""
Many clients whose certificates have odd names, at a pool whose own certificate has no subject: each is
treated as any other, every session is listed, and the log stays short.
"""

from __future__ import annotations

import ssl
import time

from sslpool.keydb.armor import armored
from sslpool.keydb.certificate import Certificate
from sslpool.keydb.database import Database
from sslpool.keydb.files import PRIVATE, writeNew
from sslpool.keydb.records import Credential
from sslpool.server.complaints import LINES, PERIOD
from tests.derwriting import CN, ORGANIZATION, PRINTABLE, TELETEX, UTF8, Draft, Value, alternatives, name
from tests.doubles.certificates import Authority, keyPem, makeAuthority, newKey
from tests.live.applications import Application, echo
from tests.live.clients import exchange
from tests.live.configurations import PROFILE, FilesCase, freePort
from tests.live.running import until

ODD: tuple[tuple[Value, str], ...] = (
    ((ORGANIZATION, PRINTABLE, b"a_&@*"), "O=a_&@*"),
    ((ORGANIZATION, TELETEX, b"Gr\xfcn"), "O=Grün"),
    ((ORGANIZATION, 3, b"\0ab"), "O=#0303006162"),
    ((ORGANIZATION, 9, b"ab"), "O=#09026162"),
    ((ORGANIZATION, UTF8, b"two\nlines\0"), "O=two\\0alines\\00"),
)
"""
Attributes, and how they are shown.
"""

KINDS = 3
"""
How many kinds of lines there are about clients' certificates.
"""


class OddClientTests(FilesCase):
    """
    Two ports: one where a certificate is required, one where it may be shown.
    """

    def setUp(self) -> None:
        """
        Start the pool.
        """
        super().setUp()
        self.clients, self.key = makeAuthority("Clients CA"), newKey()
        self.limit(100, 100)
        hosts = alternatives((0xA3, b"\x30\0"), (0x82, b"localhost"), (0x87, bytes([127, 0, 0, 1])))
        own = Certificate.of(Draft(self.key, name(), (hosts,)).issuedBy(self.authority))
        self.preferred = self.adapt(Application(self, echo), Credential("WEBCERT", own, (), self.key))
        self.required = freePort(self)
        with Database.openStashed(self.files.keyFile) as database:
            database.addCertificates({"Clients": self.clients.certificate})
        line = f"{self.preferred} TCP WEBSERV SECURE WEBCERT"
        other = f"{self.required} TCP WEBSERV SECURE WEBCERT CLIENTCERTCHECK REQUIRED"
        self.files.replace(PROFILE, line, f"{line} CLIENTCERTCHECK PREFERRED\n   {other}")
        self.stack = self.serve(*self.options)

    def connect(self, port: int, number: int, odd: Value, issuer: Authority | None) -> ssl.SSLSocket:
        """
        Return a connection on which something has been echoed.
        """
        draft = Draft(self.key, name(odd, (CN, UTF8, b"client%d" % number)), serial=bytes([1, number]))
        der = draft.selfSigned() if issuer is None else draft.issuedBy(issuer)
        path = self.path(f"{number}.pem")
        writeNew(path, keyPem(self.key) + armored(b"CERTIFICATE", der), PRIVATE)
        client = self.client(port)
        client.context.load_cert_chain(path)
        connection = client.connect()
        exchange(connection)
        return connection

    def test_flood(self) -> None:
        """
        Those of the trusted authority get in at both ports, the others where no certificate is required.
        """
        began = time.monotonic()
        held, expected = [], set()
        number = 0
        for odd, shown in ODD:
            for port, issuer, objection in (
                (self.required, self.clients, ""),
                (self.preferred, self.clients, ""),
                *[(self.preferred, None, "self-signed certificate")] * 3,
            ):
                number += 1
                held.append(self.connect(port, number, odd, issuer))
                expected.add((f"CN=client{number},{shown}", objection))
        for odd, _ in ODD * 2:
            number += 1
            self.assertRaises(OSError, self.connect, self.required, number, odd, None)
        # Those that were refused may not have been cleared away yet.
        until(lambda: len(self.stack.sessions()) == len(held), "every session to be listed")
        self.assertEqual({(each.peer, each.objection) for each in self.stack.sessions()}, expected)
        self.answers(expected)
        lines = self.stack.log.found("SSLP142W|SSLP120W|DTCSSL022E")
        periods = int((time.monotonic() - began) / PERIOD) + 2
        self.assertTrue(0 < len(lines) <= LINES * KINDS * periods, lines)

    def answers(self, expected: set[tuple[str, str]]) -> None:
        """
        See that the commands show all of it.
        """
        query = self.stack.ssladmin("query", "sessions")
        self.assertEqual((query.code, query.error), (0, ""))
        for shown, _ in expected:
            self.assertIn(f" {shown}", query.output)
        details = self.stack.ssladmin("query", "status", "details")
        self.assertEqual((details.code, details.error), (0, ""))
        self.assertIn("WEBCERT  DNS:localhost\n", details.output)
