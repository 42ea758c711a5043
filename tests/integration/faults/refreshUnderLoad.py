"""
REFRESH while everything runs: ten clients receive a stream each through five of them, one of which finds a broken
chain.  Not one octet is wrong, no session ends, and all servers show the new certificate at once, or all the old one.
The same without a command, where C{:mount.} says so.
"""

from __future__ import annotations

import hashlib
import ssl
import threading

from attrs import evolve

from sslpool.control.paths import socketPath
from sslpool.keydb.database import Database
from sslpool.keydb.records import Credential, fingerprintOf
from sslpool.wire.vocabulary import COMMANDS
from tests.doubles.certificates import PASSWORD, makeAuthority, makeServer
from tests.live.applications import Application
from tests.live.configurations import IBM, FilesCase
from tests.live.console import ask
from tests.live.running import Stack

CLIENTS = 10
SERVERS = 5
BLOCK = bytes(range(256)) * 256
PAUSE = 0.01


class Stream:
    """
    A client that checksums what it receives, until the test has the application end it.
    """

    def __init__(self, connection: ssl.SSLSocket) -> None:
        self.digest, self.length = hashlib.sha256(), 0
        self.failure: Exception | None = None
        self._connection = connection
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()

    def _receive(self) -> None:
        try:
            while octets := self._connection.recv(1 << 16):
                self.digest.update(octets)
                self.length += len(octets)
        except Exception as error:
            self.failure = error

    def wait(self) -> None:
        """
        Wait for its end.
        """
        self._thread.join()


class RefreshUnderLoadTests(FilesCase):
    """
    Five servers, all with sessions.
    """

    def setUp(self) -> None:
        """
        Make the configuration, with an authority between root and servers.
        """
        super().setUp()
        self.between = makeAuthority("Between", self.authority)
        self.over = threading.Event()
        self.limit(SERVERS * 4, 4, "ROUTING SPREAD")
        self.port = self.adapt(Application(self, self.stream), self.issue())

    def stream(self, connection: object) -> None:
        """
        Be the application: send block after block, and in the end how many there were.
        """
        count = 0
        while not self.over.wait(PAUSE):
            connection.sendall(BLOCK)  # type: ignore[attr-defined]
            count += 1
        connection.sendall(count.to_bytes(8, "big"))  # type: ignore[attr-defined]

    def issue(self) -> Credential:
        """
        Return a new certificate.
        """
        return makeServer(self.between, label="WEBCERT")

    def replace(self, credential: Credential) -> None:
        """
        Put a certificate into the key database.
        """
        with Database.open(self.files.keyFile, PASSWORD) as database:
            database.add(credential, replace=True)

    def served(self, stack: Stack) -> list[str]:
        """
        Return the fingerprint that each server serves, as it says itself.
        """
        details = ask(socketPath(stack.run, stack.userid), COMMANDS["QueryDetails"], server=None)["details"]
        return [label.fingerprint for each in details for label in each.labels]

    def refresh(self, stack: Stack) -> list[str]:
        """
        Do as C{ssladmin refresh}, in a hundredth of its time.
        """
        answer = ask(socketPath(stack.run, stack.userid), COMMANDS["RefreshServer"], server=None)
        return list(map(str, answer["messages"]))

    def begin(self) -> Stack:
        """
        Start the pool with all its servers.
        """
        stack = self.serve(*self.options)
        stack.ssladmin("start")
        stack.log.wait("SSLP100I", count=SERVERS)
        return stack

    def test_streams(self) -> None:
        """
        Five REFRESHes, in the third of which the label stays as it was.
        """
        stack = self.begin()
        client = self.client(self.port)
        streams = [Stream(client.connect()) for _ in range(CLIENTS)]
        stack.waitForSessions(*[CLIENTS // SERVERS] * SERVERS)
        present = self.served(stack)[0]
        for number in range(5):
            renewed = self.issue()
            broken = number == 2
            if broken:
                impostor = makeAuthority("Between", self.authority).certificate
                self.replace(evolve(renewed, chain=(impostor,)))
            else:
                self.replace(renewed)
                present = fingerprintOf(renewed.certificate)
            said = "\n".join(self.refresh(stack))
            if broken:
                self.assertIn("SSLP163E The chain of label WEBCERT is broken", said)
                self.assertEqual(said.count("SSLP173E Label WEBCERT is unchanged"), 1)
            self.assertRegex(said, rf"SSLP160I WEBCERT is served by SSL00001 to SSL0000{SERVERS} until .* {present}")
            self.assertEqual(self.served(stack), [present] * SERVERS)
            shown = client.connect()
            certificate = shown.getpeercert(binary_form=True)
            assert certificate is not None
            self.assertEqual(_colons(certificate), present)
            self.assertEqual(shown.recv(4), BLOCK[:4])
            shown.close()
        before = [stream.length for stream in streams]
        self.over.set()
        for stream, length in zip(streams, before, strict=True):
            stream.wait()
            self.assertIsNone(stream.failure)
            self.assertGreater(length, 0)
            blocks, rest = divmod(stream.length, len(BLOCK))
            expected = hashlib.sha256(BLOCK * blocks + blocks.to_bytes(8, "big"))
            self.assertEqual((rest, stream.digest.hexdigest()), (8, expected.hexdigest()))
        self.assertEqual(stack.log.found("SSLP104E"), [])

    def test_watched(self) -> None:
        """
        With WATCH in C{:mount.} the stack follows a change by itself.
        """
        self.over.set()
        self.files.replace(IBM, ":parms.", ":mount.gskadm /etc/gskadm WATCH\n                :parms.")
        self.files.replace(IBM, "KEYFILE gskadm/Database.kdb", "KEYFILE /etc/gskadm/Database.kdb")
        stack = self.serve(*self.options)
        renewed = self.issue()
        self.replace(renewed)
        stack.log.wait(f"SSLP160I WEBCERT is served by SSL00001.* until .* {fingerprintOf(renewed.certificate)}")
        self.assertEqual(len(stack.log.found("SSLP171I")), 1)
        self.assertEqual(self.served(stack), [fingerprintOf(renewed.certificate)])


def _colons(certificate: bytes) -> str:
    """
    Return the fingerprint of a certificate, DER, as reports have it.
    """
    return hashlib.sha256(certificate).digest().hex(":").upper()
