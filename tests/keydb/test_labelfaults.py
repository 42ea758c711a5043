"""
Tests for L{sslpool.keydb.labelfaults}: what is said of the labels in use.
"""

from __future__ import annotations

import time

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.database import Database
from sslpool.keydb.labelfaults import MOST_LINES, limited, notAuthorities, remarks
from sslpool.keydb.sources import readHeld
from sslpool.messages import said
from tests.doubles.certificates import makeAuthority, makeClient, makeDatabase, makeServer, writeCredential
from tests.keydb.misfits import fit, misfits


class StandingTests(SynchronousTestCase):
    """
    A key database, and a file.
    """

    def said(self, path: str, *labels: str) -> list[str]:
        """
        Return the ids of what is said of labels.
        """
        return [each.id for each in remarks(path, readHeld(path), labels, time.time())]

    def test_inUse(self) -> None:
        """
        Labels that nobody is shown are left out, and so is what is in order.
        """
        good = evolve(fit()["plain"].credential, label="GOOD")
        bad = evolve(misfits()["none"].credential, label="BAD")
        worse = evolve(misfits()["unknown critical"].credential, label="WORSE")
        path = makeDatabase(self.mktemp() + ".kdb", [good, bad, worse])
        self.assertEqual(self.said(path, "GOOD", "BAD", "NONE"), ["SSLP852W"])
        self.assertEqual(self.said(path, "WORSE"), ["SSLP856W"])
        self.assertEqual(self.said(path), [])

    def test_file(self) -> None:
        """
        A file that is no key database.
        """
        path = writeCredential(self.mktemp() + ".pem", misfits()["Ed448"].credential)
        self.assertEqual(self.said(path, "DEFAULT"), ["SSLP851W"])

    def test_above(self) -> None:
        """
        What trusted authorities in the key database forbid counts, those that are not trusted do not.
        """
        misfit = misfits()["name not permitted"]
        alone = evolve(misfit.credential, chain=())
        path = makeDatabase(self.mktemp() + ".kdb", [alone])
        with Database.openStashed(path) as database:
            database.addCertificates({"CA": misfit.node.above[0]})
            self.assertEqual(self.said(path, "WEB"), ["SSLP864W"])
            database.setTrusted("CA", False)
            self.assertEqual(self.said(path, "WEB"), [])

    def test_spare(self) -> None:
        """
        Of several certificates of one issuer only that which is in the chain now counts, not a root beside its
        cross-signed form.
        """
        older, root = makeAuthority("Older"), makeAuthority("Root")
        crossed = makeAuthority("Root", older, key=root.key)
        leaf = makeServer(root, label="WEB")
        path = makeDatabase(self.mktemp() + ".kdb", [evolve(leaf, chain=(crossed.certificate, root.certificate))])
        self.assertEqual(self.said(path, "WEB"), [])

    def test_notAuthorities(self) -> None:
        """
        Certificates without private keys that are none of authorities are named while they are trusted.
        """
        authority = makeAuthority()
        path = makeDatabase(self.mktemp() + ".kdb", [makeServer(authority, label="WEB")])
        with Database.openStashed(path) as database:
            database.addCertificates({"CA": authority.certificate})
            self.assertEqual(notAuthorities(readHeld(path)), [])
            database.addCertificates({"Client": makeClient(authority).certificate})
            self.assertEqual(notAuthorities(readHeld(path)), [said("SSLP870W", label="Client")])
            database.setTrusted("Client", False)
            self.assertEqual(notAuthorities(readHeld(path)), [])

    def test_limited(self) -> None:
        """
        Of very many lines the first are said, and how many more there are.
        """
        few = [said("SSLP870W", label=str(number)) for number in range(MOST_LINES)]
        self.assertEqual(limited(few), few)
        many = [*few, *few[:2]]
        self.assertEqual(limited(many), [*few, said("SSLP873W", count=2)])
