"""
Files that cannot be used, and too few descriptors.  A broken configuration: every finding with file and line, exit
status 1, nothing is started.  A missing label, an expired certificate, a key database that cannot be read, a full
descriptor table: one clear message each, no traceback, and the rest goes on.
"""

from __future__ import annotations

import os
import ssl
from pathlib import Path

from tests.live.applications import Application, echo
from tests.live.clients import exchange, finish
from tests.live.configurations import DIRECT, PROFILE, SYSTEM, FilesCase, freePort
from tests.live.programs import run
from tests.live.running import Stack

EXPIRED = 60
"""
The exit status of curl where a certificate has expired.
"""

DESCRIPTORS = 64
"""
A limit of open files that the stack starts with, and soon exhausts.
"""


class ConfigurationTests(FilesCase):
    """
    Configurations with which nothing starts.
    """

    def refused(self) -> list[str]:
        """
        Start a stack that refuses to start, and return what it says.
        """
        stack = self.start(*self.options)
        self.assertEqual(stack.wait(), 1, stack.log.text)
        self.assertNothingLeft(stack)
        # Who starts it is another matter.
        return [line for line in stack.log.text.splitlines() if "SSLP275W" not in line]

    def line(self, name: str, text: str) -> str:
        """
        Return the place of a text, as findings name it.
        """
        lines = Path(self.files.directory, name).read_text(encoding="utf-8").splitlines()
        number = next(index for index, line in enumerate(lines, 1) if text in line)
        return f"{name}:{number}: "

    def test_everyFinding(self) -> None:
        """
        Four mistakes in three files: each is named with its file, its line, what was read and what was expected.
        """
        self.adapt("127.0.0.1:9")
        self.files.replace(PROFILE, "MAXPERSSLSERVER 600", "MAXPERSSLSERVER banana")
        self.files.replace(PROFILE, "SSLSERVERID *", "FROBNICATE 7\nSSLSERVERID *")
        self.files.replace(SYSTEM, ":address.127.0.0.1:9", ":address.nowhere")
        self.files.replace(DIRECT, "HIGH 5", "HIGH five")
        lines = self.refused()
        for place, read, expected in (
            (self.line(PROFILE, "FROBNICATE"), "FROBNICATE", "statement"),
            (self.line(PROFILE, "banana"), "banana", "expected a number"),
            (self.line(SYSTEM, "nowhere"), "nowhere", "expected host:port"),
            (self.line(DIRECT, "five"), "five", "expected a number"),
        ):
            found = [line for line in lines if line.startswith(place) and read in line and expected in line]
            self.assertEqual(len(found), 1, lines)
        self.assertIn("SSLP006E", lines[-1])

    def test_onlyLabelMissing(self) -> None:
        """
        The only secure port has a label that the key database has not: nothing could be served.
        """
        self.adapt("127.0.0.1:9", self.credential("OTHER"))
        (line,) = self.refused()
        self.assertIn("SSLP025E", line)
        self.assertIn("label WEBCERT is not in the key database", line)

    def test_unreadableDatabase(self) -> None:
        """
        A file that is no key database, a directory in its place, and nothing at all.
        """
        self.adapt("127.0.0.1:9")
        keyFile = self.files.keyFile
        with open(keyFile, "wb") as file:
            file.write(os.urandom(5000))
        self.assertNamed(keyFile)
        os.unlink(keyFile)
        os.mkdir(keyFile)
        self.assertNamed(keyFile)
        os.rmdir(keyFile)
        self.assertNamed(keyFile)

    def assertNamed(self, keyFile: str) -> None:
        """
        The stack does not start, and its one message names the key database.
        """
        (line,) = self.refused()
        self.assertIn(keyFile, line)
        self.assertRegex(line, r"^SSLP3\d\dE ")


class CertificateTests(FilesCase):
    """
    Certificates and keys that are not as they should be.
    """

    def test_expired(self) -> None:
        """
        An expired certificate is named and served all the same; a client that verifies refuses it.
        """
        port = self.adapt(Application(self, echo), self.credential(days=-2))
        stack = self.serve(*self.options)
        stack.log.wait("SSLP026W The certificate of label WEBCERT expired on")
        refused = run("curl", "--silent", "--cacert", self.certificates, f"https://localhost:{port}/")
        self.assertEqual(refused.code, EXPIRED)
        client = self.client(port)
        client.context.check_hostname = False
        client.context.verify_mode = ssl.CERT_NONE
        client.hold(1)

    def test_labelMissingElsewhere(self) -> None:
        """
        Of two ports the one whose label is missing is named, and the other is served.
        """
        port = self.adapt(Application(self, echo))
        missing = freePort(self)
        self.files.append(PROFILE, f"   {missing} TCP WEBSERV SECURE MISSING")
        stack = self.serve(*self.options)
        self.assertEqual(len(stack.log.found(f"SSLP020E Port {missing} is not opened")), 1)
        self.client(port).hold(1)
        self.assertRaises(ConnectionRefusedError, self.client(missing).dial)

    def test_stashMissing(self) -> None:
        """
        Without the stashed password no server can open the key database: that is
        said, and a server is there as soon as the stash file is.
        """
        port = self.adapt(Application(self, echo))
        stash = self.files.keyFile.replace(".kdb", ".sth")
        os.rename(stash, stash + ".away")
        stack = self.start(*self.options)
        stack.log.wait(f"SSLP105E SSL00001 cannot use the key database: .*{stash}")
        os.rename(stash + ".away", stash)
        stack.log.wait("SSLP100I SSL00001")
        self.client(port).hold(1)


class DescriptorTests(FilesCase):
    """
    A stack with few descriptors, which it may not raise.
    """

    def setUp(self) -> None:
        """
        Start it.
        """
        super().setUp()
        self.clients = self.client(self.adapt(Application(self, echo)))
        self.stack = self.limited()

    def limited(self) -> Stack:
        """
        Start a stack with that limit; as root it must lose the privilege to raise it.
        """
        launcher = ["prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}"]
        if os.geteuid() == 0:
            launcher = [*launcher, "setpriv", "--bounding-set=-sys_resource", "--inh-caps=-sys_resource"]
        return self.serve(*self.options, launcher=launcher)

    def test_stack(self) -> None:
        """
        More connections that say nothing than the stack has descriptors: one
        message.  When they have gone, others are served.
        """
        self.stack.log.wait(f"SSLP007W The limit of open files is {DESCRIPTORS}")
        silent = [self.clients.dial() for _ in range(2 * DESCRIPTORS)]
        self.stack.log.wait("SSLP109E Cannot accept connections: Too many open files")
        for each in silent:
            each.close()
        self.clients.hold(1)
        self.assertEqual(len(self.stack.log.found("SSLP109E")), 1)

    def test_server(self) -> None:
        """
        More sessions than a server has descriptors: it gets no more, is marked, and
        another takes the rest.  Nobody is refused, and one message says why.
        """
        served = self.clients.hold(DESCRIPTORS)
        status = self.stack.status()
        self.assertEqual(status.servers[0].health, "exhausted")
        self.assertEqual(status.servers[0].healthReason, "no descriptors left")
        self.assertEqual(sum(server.sessions for server in status.servers), DESCRIPTORS)
        self.assertGreater(status.servers[1].sessions, 0)
        for each in served:
            exchange(each)
        self.stack.log.wait("SSLP124E SSL00001 has no descriptors left")
        self.assertEqual(len(self.stack.log.found("SSLP124E SSL00001")), 1)
        for each in served:
            finish(each)
        self.stack.log.wait(r"SSLP138I SSL00001 \(process \d+\) has recovered")
        self.stack.waitForSessions(0)
        self.clients.hold(1)
