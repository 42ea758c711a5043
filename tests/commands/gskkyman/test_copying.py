"""
Tests of L{sslpool.commands.gskkyman.workbench.copyEntry}.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.gskkyman.workbench import copyEntry
from sslpool.keydb.database import Database
from sslpool.keydb.revocations import addRevocations, listRevocations
from sslpool.keydb.sources import readMaterial
from tests.doubles.certificates import makeAuthority, makeClient, makeDatabase, makeRevocations, makeServer
from tests.keydb.refusals import refused


class CopyTests(SynchronousTestCase):
    """
    Two key databases.
    """

    def setUp(self) -> None:
        """
        Make them.
        """
        self.authority = makeAuthority()
        self.server = makeServer(self.authority, label="WEB")
        paths = makeDatabase(self.mktemp() + ".kdb", [self.server]), makeDatabase(self.mktemp() + ".kdb")
        self.source, self.target = map(Database.openStashed, paths)
        for each in (self.source, self.target):
            self.addCleanup(each.close)
        self.source.addCertificates({"CA": self.authority.certificate})

    def copy(self, label: str) -> None:
        """
        Copy an entry.
        """
        copyEntry(self.source, label, self.target, time.time())

    def test_key(self) -> None:
        """
        A private key is sealed anew; it is the default there only if that was chosen there.
        """
        self.source.setDefault("WEB")
        self.copy("WEB")
        [found] = readMaterial(self.target.path).credentials
        self.assertEqual((found.certificate, found.chain), (self.server.certificate, self.server.chain))
        self.assertEqual(found.key.private_numbers(), self.server.key.private_numbers())  # type: ignore[union-attr]
        self.assertFalse(found.default)

    def test_list(self) -> None:
        """
        An authority has its revocation list there as well, whatever there is to be said against it.
        """
        revoked = makeClient(self.authority).certificate
        for days in (30, -1):
            found = makeRevocations(self.authority, revoked, days=days)
            addRevocations(self.source, [found], "list", time.time(), unchecked=True)
            self.copy("CA")
            self.assertEqual(readMaterial(self.target.path).revocations, (found,))
            self.target.remove("CA")
            self.source.remove("CA")
            self.source.addCertificates({"CA": self.authority.certificate})

    def test_listOfRenewed(self) -> None:
        """
        So has one whose list stands with another certificate of its name and key, and one whose list nobody can
        read is not copied; other lists are no matter.
        """
        again = makeAuthority(key=self.authority.key)
        self.source.addCertificates({"Again": again.certificate, "Other": makeAuthority("Other").certificate})
        found = makeRevocations(self.authority, makeClient(self.authority).certificate)
        addRevocations(self.source, [found], "list", time.time())
        for label in ("CA", "Again"):
            self.copy(label)
            self.assertEqual(readMaterial(self.target.path).revocations, (found,))
            self.target.remove(label)
        with closing(sqlite3.connect(self.source.path)) as connection, connection:
            connection.execute("UPDATE revocation SET list = x'3000'")
        for label in ("CA", "Again"):
            with refused("SSLP316E"):
                self.copy(label)
        self.copy("Other")

    def test_newerList(self) -> None:
        """
        A list that is there under another label, and newer, is not replaced; nothing is copied then.
        """
        self.target.addCertificates({"Other": self.authority.certificate})
        addRevocations(self.target, [makeRevocations(self.authority)], "list", time.time())
        addRevocations(self.source, [makeRevocations(self.authority, made=2)], "list", time.time())
        with refused("SSLP363E"):
            self.copy("CA")
        self.assertEqual([record.label for record in listRevocations(self.target)], ["Other"])
        self.assertEqual([record.label for record in self.target.records()], ["Other"])

    def test_notTrusted(self) -> None:
        """
        What is not trusted here is not trusted there.
        """
        self.source.setTrusted("CA", False)
        self.copy("CA")
        self.assertFalse(self.target.record("CA").trusted)

    def test_refused(self) -> None:
        """
        A label that is taken, and one that is not there.
        """
        self.target.addCertificates({"CA": makeAuthority().certificate})
        with refused("SSLP332E"):
            self.copy("CA")
        with refused("SSLP333E"):
            self.copy("OTHER")
