"""
A session that one server began is resumed by another, with TLS 1.2 and with TLS 1.3: C{openssl s_client -sess_out} on
SSL00001, C{-sess_in} on SSL00002.  A session that was begun under one label is never accepted under another, on
whatever server: whoever is let in there would be let in here.  A client that takes no ticket resumes by its session ID,
on the server that knows it.
"""

from __future__ import annotations

import subprocess

from tests.live.applications import Application, echo
from tests.live.configurations import PROFILE, FilesCase, freePort
from tests.live.programs import LIMIT

VERSIONS = ("-tls1_2", "-tls1_3")


class ResumptionTests(FilesCase):
    """
    Two labels on two ports, two servers of one session.
    """

    def setUp(self) -> None:
        """
        Start the pool.
        """
        super().setUp()
        application = Application(self, echo)
        self.limit(2, 1)
        self.port = self.adapt(application, self.credential(), self.credential("OTHER"))
        self.other = freePort(self)
        self.files.append(PROFILE, f"   {self.other} TCP WEBSERV SECURE OTHER")
        self.stack = self.serve(*self.options)

    def openssl(self, port: int, *options: str) -> str:
        """
        Let C{openssl s_client} connect, get an answer from the application (with
        TLS 1.3 the session comes with the first data) and close; return what it wrote.
        """
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", self.certificates]
        command += ["-verify_return_error", "-verify_hostname", "localhost", *options]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
        ) as client:
            assert client.stdin is not None and client.stdout is not None
            client.stdin.write("an answer, please\n")
            lines = []
            for line in client.stdout:
                lines.append(line)
                if line == "an answer, please\n":
                    client.stdin.write("Q\n")
                    break
            rest, error = client.communicate(timeout=LIMIT)
            self.assertEqual(client.returncode, 0, error)
            return "".join(lines) + rest

    def begin(self, port: int, version: str) -> str:
        """
        Begin a session, and return the name of the file that it is stored in.
        """
        path = self.path(f"session{version}{port}")
        self.assertIn("\nNew, TLSv1.", self.openssl(port, version, "-sess_out", path))
        self.stack.waitForSessions(0, 0)
        return path

    def resumed(self) -> list[int]:
        """
        Return how many sessions each server has resumed.
        """
        details = self.stack.ssladmin("--json", "query", "status", "details").json()
        return [each["resumed"] for each in details]

    def occupy(self) -> None:
        """
        Fill SSL00001, so that others go to SSL00002.
        """
        self.client(self.port).hold(1)
        self.stack.log.wait("SSLP100I SSL00002")
        self.stack.waitForState(2, "Active")

    def test_anotherServer(self) -> None:
        """
        SSL00002 resumes what SSL00001 began, SSL00001 resumes it too, and both count it.
        """
        sessions = {version: self.begin(self.port, version) for version in VERSIONS}
        for version, path in sessions.items():
            self.assertIn("\nReused, TLSv1.", self.openssl(self.port, version, "-sess_in", path))
        self.stack.waitForSessions(0, 0)
        self.occupy()
        for version, path in sessions.items():
            self.assertIn("\nReused, TLSv1.", self.openssl(self.port, version, "-sess_in", path))
            self.stack.waitForSessions(1, 0)
        self.assertEqual(self.resumed(), [2, 2])

    def test_anotherLabel(self) -> None:
        """
        Offered to the port of another label, the session is not accepted: neither
        by the server that began it nor by the other one.
        """
        sessions = {version: self.begin(self.port, version) for version in VERSIONS}
        for version, path in sessions.items():
            self.assertIn("\nNew, TLSv1.", self.openssl(self.other, version, "-sess_in", path))
        self.stack.waitForSessions(0, 0)
        self.occupy()
        for version, path in sessions.items():
            self.assertIn("\nNew, TLSv1.", self.openssl(self.other, version, "-sess_in", path))
            self.stack.waitForSessions(1, 0)
        self.assertEqual(self.resumed(), [0, 0])

    def test_sessionId(self) -> None:
        """
        Without tickets a session of TLS 1.2 is resumed by the server that began it, under its label, and by no other.
        """
        path = self.path("ids")
        self.assertIn("\nNew, TLSv1.2", self.openssl(self.port, "-tls1_2", "-no_ticket", "-sess_out", path))
        self.stack.waitForSessions(0)
        offer = ("-tls1_2", "-no_ticket", "-sess_in", path)
        self.assertIn("\nReused, TLSv1.2", self.openssl(self.port, *offer))
        self.stack.waitForSessions(0)
        self.assertIn("\nNew, TLSv1.2", self.openssl(self.other, *offer))
        self.stack.waitForSessions(0)
        self.occupy()
        self.assertIn("\nNew, TLSv1.2", self.openssl(self.port, *offer))
        self.assertEqual(self.resumed(), [1, 0])
        cached = self.stack.ssladmin("--json", "query", "cache").json()["labels"]
        self.assertEqual({each["label"]: each["resumed"] for each in cached}, {"WEBCERT": 1, "OTHER": 0})
