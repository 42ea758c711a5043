"""
Tests for L{sslpool.keydb.keyfiles}.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb import keyfiles
from sslpool.keydb.database import Database
from sslpool.keydb.files import requestsPath, stashPath, writeNew
from sslpool.keydb.keyfiles import KeyFiles, KeyStore, readKeyFiles, readKeyStore
from sslpool.keydb.requests import addRequest
from sslpool.keydb.requesttables import openRequests
from sslpool.keydb.sources import materialIn, readMaterial
from tests.doubles.certificates import keyPem, makeAuthority, makeDatabase, makeServer, writeCredential
from tests.keydb.refusals import refused
from tests.keydb.test_requests import request


class KeyFileTests(SynchronousTestCase):
    """
    A KEYFILE at one moment.
    """

    def setUp(self) -> None:
        """
        Make a key database.
        """
        self.path = makeDatabase(self.mktemp() + ".kdb", [makeServer(makeAuthority(), label="A")])

    def labels(self, copy: KeyFiles) -> list[str]:
        """
        Return the labels in a copy.
        """
        return [each.label for each in materialIn(copy).credentials]

    def test_copy(self) -> None:
        """
        What was read is what it was, whatever becomes of the files; and it shows no secret.
        """
        copy = readKeyFiles(self.path)
        with Database.openStashed(self.path) as database:
            database.add(makeServer(makeAuthority(), label="B"))
        self.assertEqual((self.labels(copy), self.labels(readKeyFiles(self.path))), (["A"], ["A", "B"]))
        os.remove(self.path)
        os.remove(stashPath(self.path))
        self.assertEqual(self.labels(copy), ["A"])
        self.assertEqual(repr(copy), f"KeyFiles(path={self.path!r})")

    def test_pem(self) -> None:
        """
        The same with PEM; what stands beside it is no password where none is needed.
        """
        path = self.mktemp() + ".pem"
        writeCredential(path, makeServer(makeAuthority()))
        with open(stashPath(path), "w") as file:
            file.write("something else\n")
        copy = readKeyFiles(path)
        self.assertEqual((len(materialIn(copy).credentials), copy.stash), (1, None))
        self.assertEqual(keyPem(materialIn(copy).credentials[0].key), keyPem(readMaterial(path).credentials[0].key))

    def test_refused(self) -> None:
        """
        No stash, another one, too large, or nothing that a key database is.
        """
        copy = readKeyFiles(self.path)
        with refused("SSLP323E"):
            materialIn(KeyFiles(self.path, copy.content))
        with refused("SSLP324E"):
            materialIn(KeyFiles(self.path, copy.content, b"rubbish"))
        for content in (b"", b"rubbish" * 1000, copy.content[: len(copy.content) // 2]):
            with self.assertRaises(Exception) as raised:
                materialIn(KeyFiles(self.path, content, copy.stash))
            self.assertEqual(type(raised.exception).__name__, "OperatorError", content[:10])
        self.patch(keyfiles, "LARGEST_DATABASE", 4096)
        with refused("SSLP349E"):
            readKeyFiles(self.path)


class KeyStoreTests(SynchronousTestCase):
    """
    A KEYFILE with all that belongs to it.
    """

    def setUp(self) -> None:
        """
        Make a key database.
        """
        self.path = makeDatabase(self.mktemp() + ".kdb", [makeServer(makeAuthority(), label="A")])

    def test_requests(self) -> None:
        """
        Its requests are read with it: none, an empty file, and some.
        """
        self.assertEqual(readKeyStore(self.path), KeyStore(readKeyFiles(self.path)))
        requests = requestsPath(self.path)
        writeNew(requests, b"", 0o600)
        self.assertEqual(readKeyStore(self.path).requests, b"")
        with Database.openStashed(self.path) as database:
            addRequest(database, request())
        store = readKeyStore(self.path)
        self.assertIn(b"CREATE TABLE request", store.requests or b"")
        self.assertNotIn("CREATE", repr(store))

    def test_oneMoment(self) -> None:
        """
        While both are read nobody can change both: whoever tries has to wait.
        """
        seen: list[str] = []

        def change(path: str) -> sqlite3.Connection:
            with closing(sqlite3.connect(self.path, timeout=0, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                other.execute("DELETE FROM entry")
                seen.append(str(self.assertRaises(sqlite3.OperationalError, other.execute, "COMMIT")))
            return openRequests(path)

        with Database.openStashed(self.path) as database:
            addRequest(database, request())
        self.patch(keyfiles, "openRequests", change)
        readKeyStore(self.path)
        self.assertEqual(seen, ["database is locked"])

    def test_open(self) -> None:
        """
        A file that gives away private keys by itself is known, whatever else is in it.
        """
        server = makeServer(makeAuthority(), label="A")
        plain = writeCredential(self.mktemp(), server)
        self.assertTrue(readKeyStore(plain).files.isOpen)
        self.assertFalse(readKeyStore(self.path).files.isOpen)
        sealed = self.mktemp()
        octets = server.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
        writeNew(sealed, octets, 0o600)
        writeNew(stashPath(sealed), b"x\n", 0o600)
        self.assertFalse(readKeyStore(sealed).files.isOpen)
        with open(sealed, "ab") as file:
            file.write(keyPem(server.key))
        self.assertTrue(readKeyStore(sealed).files.isOpen)
