"""
One thing wrong with the key database costs that thing.  A label that no server can use is named once, at the start and
by C{sslpool check}, and the others are served; REFRESH renews all that can be renewed, and a server that hangs is
replaced; a server that is started while the key database is broken, locked or gone serves what the others serve.
"""

from __future__ import annotations

import os
import signal
import sqlite3

from attrs import evolve
from cryptography.hazmat.primitives.asymmetric import rsa

from sslpool.keydb.database import Database
from sslpool.keydb.entries import credentialEntry
from sslpool.keydb.files import stashPath
from sslpool.keydb.records import Credential
from sslpool.keydb.tables import writeEntry
from tests.doubles.certificates import makePss, makeServer, writeCredential
from tests.keydb.test_tables import spoil
from tests.live.applications import Application, echo
from tests.live.clients import exchange
from tests.live.configurations import DIRECT, PROFILE, FilesCase, freePort
from tests.live.programs import program, run
from tests.live.running import Stack, until


class LabelCase(FilesCase):
    """
    Two servers of two sessions.
    """

    def setUp(self) -> None:
        """
        Make the configuration, with ports for several labels.
        """
        super().setUp()
        self.limit(4, 2)
        self.port = self.adapt(Application(self, echo), self.credential(), self.credential("OTHER"))
        self.ports = {}
        for labels in ("OTHER", "PSS", "WEAK", "WEAK WEBCERT"):
            self.ports[labels] = freePort(self)
            self.files.append(PROFILE, f"   {self.ports[labels]} TCP WEBSERV SECURE {labels}")

    def shown(self, port: int) -> bytes:
        """
        Return the certificate that a new client is shown, whose session is over at once.
        """
        connection = self.client(port).connect()
        exchange(connection)
        certificate = connection.getpeercert(binary_form=True)
        assert certificate is not None
        connection.close()
        return certificate

    def gskkyman(self, operation: str, *options: str, code: int = 0) -> str:
        """
        Run C{gskkyman} for the key database.
        """
        done = run(program("gskkyman"), operation, "--database", self.files.keyFile, *options)
        self.assertEqual(done.code, code, done.error)
        return done.error

    def weak(self, label: str = "WEAK") -> Credential:
        """
        Return a certificate whose key the TLS library refuses.
        """
        return makeServer(self.authority, label=label, key=rsa.generate_private_key(65537, 1024))

    def store(self, credential: Credential) -> None:
        """
        Put a certificate into the key database, whatever it is.
        """
        with Database.openStashed(self.files.keyFile) as database:
            database.add(credential, replace=True)


class UnusableTests(LabelCase):
    """
    Labels that no server can use.
    """

    def addUnusable(self) -> None:
        """
        Add one with an RSA-PSS key, which can be used, and one that cannot.
        """
        self.gskkyman("import", "--certificate-only", "--label", "Test CA", self.certificates)
        pss = writeCredential(self.path("pss.pem"), makePss(self.authority))
        self.gskkyman("import", "--label", "PSS", pss)
        weak = writeCredential(self.path("weak.pem"), self.weak())
        self.assertIn("SSLP374E", self.gskkyman("import", "--label", "WEAK", weak, code=1))
        self.gskkyman("import", "--label", "WEAK", "--unchecked", weak)

    def test_start(self) -> None:
        """
        All that can be used is served, by every server; what cannot is named once, by
        C{sslpool check} too, and costs the port that has nothing else.
        """
        self.addUnusable()
        named = "SSLP172E Label WEAK is left out: SSLP130E Label WEAK cannot be used: ee key too small: its RSA key has"
        closed = f"SSLP175E Port {self.ports['WEAK']} is not opened: label WEAK cannot be used"
        checked = run(program("sslpool"), "check", self.files.directory)
        told = " ".join(checked.output.split())
        self.assertEqual((told.count(named), told.count(closed)), (1, 1), told)
        stack = self.serve(*self.options)
        stack.ssladmin("start")
        stack.waitForState(2, "Active")
        stack.log.wait(closed)
        for labels in ("OTHER", "PSS", "WEAK WEBCERT"):
            self.shown(self.ports[labels])
        self.assertRaises(ConnectionRefusedError, self.client(self.ports["WEAK"]).dial)
        self.assertEqual((len(stack.log.found(named)), len(stack.log.found(closed))), (1, 1))
        # The last Active server is restarted: another one is there again.
        stack.ssladmin("restart")
        stack.log.wait("SSLP100I SSL00001", count=2)
        self.shown(self.port)

        self.store(self.credential("WEAK"))
        refreshed = stack.ssladmin("refresh")
        self.assertEqual((refreshed.code, refreshed.error), (0, ""))
        self.shown(self.ports["WEAK"])
        self.assertEqual(stack.log.found("SSLP10[45]E"), [])

    def test_openssl(self) -> None:
        """
        OpenSSL's own client, in both versions, verifies the certificate with the RSA-PSS key.
        """
        self.addUnusable()
        self.serve(*self.options)
        for version in ("-tls1_2", "-tls1_3"):
            done = run(
                "openssl",
                "s_client",
                "-connect",
                f"127.0.0.1:{self.ports['PSS']}",
                "-CAfile",
                self.certificates,
                "-verify_return_error",
                version,
            )
            self.assertIn("Peer signature type: RSA-PSS", done.output)
            self.assertIn("Verify return code: 0 (ok)", done.output)


class RefreshTests(LabelCase):
    """
    REFRESH where something is wrong.
    """

    def test_byLabel(self) -> None:
        """
        Two labels have been broken: they stay as they were, are named once, and all others are
        renewed; a server that is started after that serves the same.
        """
        stack = self.serve(*self.options)
        stack.ssladmin("start")
        stack.waitForState(2, "Active")
        before = {port: self.shown(port) for port in (self.port, self.ports["OTHER"])}
        self.store(self.credential())
        self.store(self.weak("OTHER"))
        self.store(self.credential("WEAK"))
        spoil(self.files.keyFile, "UPDATE entry SET private_key = x'00' WHERE label = 'WEAK'")
        refreshed = stack.ssladmin("refresh")
        self.assertEqual(refreshed.code, 1)
        said = refreshed.error + refreshed.output
        self.assertEqual(said.count("SSLP173E Label OTHER is unchanged: SSLP130E"), 1, said)
        self.assertEqual(said.count("SSLP172E Label WEAK is left out: SSLP316E"), 1, said)
        self.assertIn("SSLP119I The key database has been read by SSL00001, SSL00002", said)
        after = {port: self.shown(port) for port in before}
        self.assertNotEqual(after[self.port], before[self.port])
        self.assertEqual(after[self.ports["OTHER"]], before[self.ports["OTHER"]])
        self.killAll(stack)
        self.assertEqual({port: self.shown(port) for port in before}, after)
        # The operator has been told; servers that come later do not say it again.
        self.assertEqual(stack.log.found("SSLP17[23]E"), [])

    def test_memory(self) -> None:
        """
        More labels than there is memory for: REFRESH is refused with the reason, sessions go on, and a server
        that is started then serves what was accepted last.
        """
        self.files.replace(DIRECT, "160M 256M", "48M 48M")
        stack = self.serve(*self.options)
        shown = self.shown(self.port)
        [held] = self.client(self.port).hold(1)
        credential = self.credential("MANY")
        with Database.openStashed(self.files.keyFile) as database, database.changing() as connection:
            for number in range(1000):
                many = evolve(credential, label=f"MANY{number}")
                writeEntry(connection, credentialEntry(database.master, many))
        refreshed = stack.ssladmin("refresh")
        self.assertEqual(refreshed.code, 1)
        self.assertIn("SSLP145E There is not enough memory for the labels", " ".join(refreshed.error.split()))
        exchange(held)
        self.killAll(stack)
        # Whichever comes first says it, once for both.
        stack.log.wait("SSLP174W SSL0000[12] serves the certificates that were accepted last: SSLP145E")
        self.assertEqual(self.shown(self.port), shown)

    def killAll(self, stack: Stack) -> None:
        """
        Kill both servers, and wait until the first is Active again.
        """
        pids = [stack.pid(server) for server in (1, 2)]
        for pid in pids:
            if pid:
                os.kill(pid, signal.SIGKILL)
        until(lambda: stack.status().servers[0].state == "Active" and stack.pid(1) not in (0, *pids), "another server")

    def test_hung(self) -> None:
        """
        A server that hangs is named and replaced, and comes up with what the others have taken.
        """
        stack = self.serve(*self.options)
        stack.ssladmin("start")
        stack.waitForState(2, "Active")
        self.store(self.credential())
        hung = stack.pid(2)
        os.kill(hung, signal.SIGSTOP)
        refreshed = stack.ssladmin("refresh")
        self.assertEqual(refreshed.code, 1)
        self.assertIn("SSLP119I The key database has been read by SSL00001", refreshed.output + refreshed.error)
        until(lambda: stack.pid(2) not in (0, hung), "another server")
        stack.waitForState(2, "Active")
        self.assertEqual(len({self.shown(self.port) for _ in range(4)}), 1)


class BrokenTests(LabelCase):
    """
    A key database that cannot be read for a while.
    """

    def test_kinds(self) -> None:
        """
        Rubbish, an unfinished file, a lock, no file and no stash: a server that is started meanwhile
        serves what was accepted last, which is said; REFRESH is refused, and works again afterwards.
        """
        stack = self.serve(*self.options)
        shown = self.shown(self.port)
        keyFile, stash = self.files.keyFile, stashPath(self.files.keyFile)
        contents = {}
        for path in (keyFile, stash):
            with open(path, "rb") as file:
                contents[path] = file.read()
        kinds = ((keyFile, b"rubbish" * 4000), (keyFile, contents[keyFile][:5000]), (keyFile, None), (stash, None))
        count = 0
        for path, content in kinds:
            os.remove(path)
            if content is not None:
                self.write(path, content)
            count += 1
            self.another(stack, count)
            self.assertEqual(self.shown(self.port), shown)
            self.write(path, contents[path])
        locking = sqlite3.connect(keyFile, isolation_level=None)
        self.addCleanup(locking.close)
        locking.execute("BEGIN EXCLUSIVE")
        self.another(stack, count + 1)
        self.assertEqual(self.shown(self.port), shown)
        self.assertIn("SSLP161E", stack.ssladmin("refresh").error)
        locking.execute("COMMIT")
        refreshed = stack.ssladmin("refresh")
        said = refreshed.output + refreshed.error
        self.assertIn("SSLP119I", said)
        self.assertNotIn("SSLP161E", said)
        self.assertEqual(stack.log.found("SSLP105E"), [])

    def write(self, path: str, content: bytes) -> None:
        """
        Write a file.
        """
        with open(path, "wb") as file:
            file.write(content)

    def another(self, stack: Stack, count: int) -> None:
        """
        Have another first server, the first time by killing the present one, and wait until it has said what it serves.
        """
        pid = stack.pid(1)
        if count == 1:
            os.kill(pid, signal.SIGKILL)
        else:
            stack.ssladmin("restart", "--sslserver", "SSL00001")
        stack.log.wait("SSLP174W SSL00001 serves the certificates that were accepted last: SSLP3", count=count)
        until(lambda: stack.pid(1) not in (0, pid) and stack.status().servers[0].state == "Active", "another server")

    def test_pem(self) -> None:
        """
        The same with a PEM file, which has been cut short.
        """
        pem = writeCredential(self.path("web.pem"), self.credential())
        port = freePort(self)
        application = Application(self, echo).address
        stack = self.serve("--listen", f"127.0.0.1:{port}", "--connect", application, "--certificate", pem)
        shown = self.shown(port)
        with open(pem, "r+b") as file:
            file.truncate(300)
        self.another(stack, 1)
        self.assertEqual(self.shown(port), shown)
