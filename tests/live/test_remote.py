"""
Administration from another machine, as an operator does it: over TLS, with a
certificate from an authority in the stack's key database.
"""

from __future__ import annotations

from sslpool.keydb.database import Database
from sslpool.testing.certificates import (
    PASSWORD,
    makeAuthority,
    makeClient,
    makeServer,
    writeCredential,
)
from tests.live.applications import Application, echo
from tests.live.configurations import LABEL, FilesCase, freePort
from tests.live.programs import Outcome, program, run

IBM = "IBM.DTCPARMS"


class RemoteTests(FilesCase):
    """
    A stack with C{:admin_port.}; TCPMAINT is in its lists.
    """

    def setUp(self) -> None:
        """
        Start it.
        """
        super().setUp()
        self.number = freePort(self)
        tags = f":mixedcaseparms.YES :admin_port.127.0.0.1:{self.number} ADMCERT"
        self.files.replace(IBM, ":mixedcaseparms.YES", tags)
        server = makeServer(self.authority, "stack.example", label="ADMCERT")
        self.adapt(Application(self, echo), self.credential(LABEL), server)
        with Database.open(self.files.keyFile, PASSWORD) as database:
            database.addCertificate("TEST CA", self.authority.certificate)
        self.stack = self.serve(*self.options)
        self.stack.log.wait("SSLP453I")
        self.operator = writeCredential(self.path("operator.pem"), makeClient(self.authority, "TCPMAINT"))

    def remotely(self, certificate: str, *words: str, name: str = "stack.example") -> Outcome:
        """
        Run C{ssladmin} for the stack, as from another machine.
        """
        options = ("--remote", f"127.0.0.1:{self.number}", "--certificate", certificate, "--name", name)
        return run(program("ssladmin"), *options, "--authorities", self.certificates, *words)

    def test_remote(self) -> None:
        """
        The right certificate may ask and change; a wrong one, a wrong name of the stack
        and no certificate may not, and the stack goes on.
        """
        done = self.remotely(self.operator, "query", "status")
        self.assertEqual((done.code, done.error), (0, ""))
        self.assertIn("SSL00001  Active", done.output)
        self.assertIn("SSLP117I SSL00002", self.remotely(self.operator, "start", "--sslserver", "ssl00002").output)
        self.stack.log.wait(r"SSLP412I TCPMAINT at 127\.0\.0\.1:\d+ used START for SSL00002")

        stranger = makeClient(makeAuthority("Other CA"), "TCPMAINT")
        wrong = self.remotely(writeCredential(self.path("wrong.pem"), stranger), "stop")
        self.assertEqual((wrong.code, wrong.error.split()[0]), (1, "SSLP446E"), wrong.error)
        self.stack.log.wait(r"SSLP413W .* its handshake failed")

        name = self.remotely(self.operator, "stop", name="other.example")
        self.assertEqual(name.code, 1)
        self.assertIn("SSLP446E", name.error)
        self.assertIn("its certificate is for another name", name.error)

        none = self.remotely(self.certificates, "stop")
        self.assertEqual(none.code, 1)

        mallory = makeClient(self.authority, "MALLORY")
        listed = self.remotely(writeCredential(self.path("mallory.pem"), mallory), "query", "status")
        self.assertEqual((listed.code, listed.error.split()[0]), (1, "SSLP406E"), listed.error)
        self.assertEqual(self.stack.status().servers[0].state, "Active")
