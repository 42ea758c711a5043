"""
Tests for L{sslpool.keydb.keyfiles}.
"""

from __future__ import annotations

import os

from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb import keyfiles
from sslpool.keydb.database import Database
from sslpool.keydb.files import stashPath
from sslpool.keydb.keyfiles import KeyFiles, readKeyFiles
from sslpool.keydb.sources import materialIn, readMaterial
from sslpool.testing.certificates import keyPem, makeAuthority, makeDatabase, makeServer, writeCredential
from tests.keydb.refusals import refused


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
