"""
Tests for L{sslpool.stack.front.validity}.
"""

from __future__ import annotations

import os
import time
from typing import cast

from attrs import evolve
from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Position, SecurePort
from sslpool.keydb.database import Database
from sslpool.keydb.records import Credential
from sslpool.keydb.revocations import addRevocations
from sslpool.keydb.sources import readHeld
from sslpool.stack.front.accepted import AcceptedCopy
from sslpool.stack.front.acceptor import Acceptor
from sslpool.stack.front.listeningports import ListeningPorts
from sslpool.stack.front.ports import Ports
from sslpool.stack.front.validity import DAY, HOUR, ExpiryWatch, Validity
from tests.doubles.certificates import makeAuthority, makeDatabase, makeRevocations, makeServer, newKey, writeCredential
from tests.keydb.test_tables import spoil
from tests.logs import ids


class ValidityTests(SynchronousTestCase):
    """
    A root, and an intermediate authority below it.
    """

    def setUp(self) -> None:
        """
        Make them.
        """
        self.root = makeAuthority("Root", days=3650)
        self.issuer = makeAuthority("Issuer", self.root, days=3650)
        self.now = time.time()

    def path(self, ending: str = ".kdb") -> str:
        """
        Return the name of a new file.
        """
        return f"{os.path.abspath(self.mktemp())}{ending}"

    def of(self, path: str) -> Validity:
        """
        Return what is known of a file.
        """
        validity = Validity()
        validity.take(readHeld(path))
        return validity

    def said(self, credential: Credential, days: float = 0) -> list[str]:
        """
        Return what is said about a file with one certificate, in so many days.
        """
        path = writeCredential(self.path(".pem"), credential)
        return list(map(str, self.of(path).notes({"DEFAULT"}, self.now + days * DAY)))

    def test_leaf(self) -> None:
        """
        A certificate is named in the last thirty days, afterwards, and before it is valid.
        """
        for days, since, at, text in (
            (200, 1, 0, None),
            (200, 1, 169, None),
            (200, 1, 171.5, "SSLP027W The certificate of label DEFAULT expires on {}, in 28 days"),
            (200, 1, 198.9, "SSLP027W The certificate of label DEFAULT expires on {} UTC, in 26 hours"),
            (200, 1, 201, "SSLP026W The certificate of label DEFAULT expired on {}"),
            (200, -3, 0, "SSLP846W The certificate of label DEFAULT is not valid before {}"),
        ):
            found = self.said(makeServer(self.issuer, days=days, since=since), at)
            self.assertEqual(len(found), 0 if text is None else 1, found)
            if text is not None:
                before, after = text.split("{}")
                self.assertTrue(found[0].startswith(before) and found[0].endswith(after), found)

    def test_short(self) -> None:
        """
        One that lives for days or hours is named in the last third of its life.
        """
        for life in (45, 6, 0.5):
            credential = makeServer(self.issuer, days=life, since=0)
            for share, expected in ((0.01, []), (0.64, []), (0.7, ["SSLP027W"]), (1.01, ["SSLP026W"])):
                self.assertEqual([each[:8] for each in self.said(credential, life * share)], expected, (life, share))

    def test_issuer(self) -> None:
        """
        An issuer is named as the certificate itself, whether it came with it or is in the key database; a root as well.
        """
        for days, since, expected in ((-1, 300, "SSLP842W"), (20, 300, "SSLP843W"), (300, -2, "SSLP844W")):
            issuer = makeAuthority("Aging", self.root, days=days, since=since)
            credential = makeServer(issuer, days=3000, label="WEB")
            [note] = self.said(credential)
            self.assertEqual(note[:8], expected)
            self.assertIn("CN=Aging, in the chain of label DEFAULT", note)
            path = makeDatabase(self.path(), [evolve(credential, chain=())], issuer, self.root)
            self.assertEqual([each.id for each in self.of(path).notes({"WEB"}, self.now)], [expected])
        root = makeAuthority("Aging", days=-1)
        path = makeDatabase(self.path(), [makeServer(root, days=3000, label="WEB")], root)
        self.assertEqual([each.id for each in self.of(path).notes({"WEB"}, self.now)], ["SSLP842W"])

    def test_missing(self) -> None:
        """
        An issuer that is neither with the certificate nor trusted in the key database is named; not what is above
        an intermediate authority, nor above a self-signed certificate.
        """
        credential = makeServer(self.issuer, days=300, label="WEB")
        self.assertEqual(self.said(credential), [])
        [note] = self.said(evolve(credential, chain=()))
        said = "SSLP845W The chain of label DEFAULT is incomplete: the certificate of its issuer, CN=Issuer"
        self.assertTrue(note.startswith(said))
        path = makeDatabase(self.path(), [evolve(credential, chain=())], self.issuer)
        self.assertEqual(self.of(path).notes({"WEB"}, self.now), [])
        with Database.openStashed(path) as database:
            database.setTrusted("Issuer", False)
        self.assertEqual([each.id for each in self.of(path).notes({"WEB"}, self.now)], ["SSLP845W"])
        self.assertEqual(self.of(path).notes({"OTHER"}, self.now), [])

    def test_renewed(self) -> None:
        """
        Where an issuer has been renewed nothing is said: at each time what is sent then is looked at.
        """
        key = newKey()
        old = makeAuthority("Renewed", self.root, days=3, since=300, key=key)
        new = makeAuthority("Renewed", self.root, days=300, since=-2, key=key)
        path = makeDatabase(self.path(), [makeServer(old, days=300, label="WEB")], new)
        validity = self.of(path)
        for days, expected in ((0, ["SSLP843W"]), (2.5, []), (4, [])):
            notes = validity.notes({"WEB"}, self.now + days * DAY)
            self.assertEqual([each.id for each in notes], expected)

    def test_daily(self) -> None:
        """
        The same is said again after a day, something else at once; who has heard all of it does not hear it again.
        """
        path = makeDatabase(self.path(), [makeServer(self.root, label="WEB", days=20, since=300)])
        validity, labels = self.of(path), {"WEB"}
        self.assertEqual(len(validity.notes(labels, self.now)), 2)
        for hours, count in ((1, 0), (23, 0), (24, 2), (25, 0), (49, 2)):
            self.assertEqual(len(validity.due(labels, self.now + hours * HOUR)), count, hours)
        expired = self.now + 20 * DAY + 1
        validity.due(labels, expired - HOUR)
        self.assertEqual([each.id for each in validity.due(labels, expired)], ["SSLP026W"])
        # What was heard when the clock was ahead is no reason to be silent.
        self.assertEqual(len(validity.due(labels, self.now)), 2)

    def test_damaged(self) -> None:
        """
        Of an entry whose chain is damaged nothing is said about that: servers name it.
        """
        path = makeDatabase(self.path(), [makeServer(self.issuer, label="WEB", days=300)])
        self.assertEqual(self.of(path).notes({"WEB"}, self.now), [])
        spoil(path, "UPDATE entry SET chain = x'3000'")
        self.assertEqual(self.of(path).notes({"WEB"}, self.now), [])


class ExpiryTests(SynchronousTestCase):
    """
    A stack with a certificate for 32 days that a port uses, and one for a day that none does.
    """

    def setUp(self) -> None:
        """
        Make it, and start the watch.
        """
        self.authority = makeAuthority(days=3650)
        self.keyFile = os.path.abspath(self.mktemp()) + ".kdb"
        lives = (("WEB", 32.1), ("OTHER", 1))
        servers = [makeServer(self.authority, label=label, days=days, since=90) for label, days in lives]
        makeDatabase(self.keyFile, servers, self.authority)
        port = SecurePort(0, "HTTPD", "WEB", "127.0.0.1", "127.0.0.1:8080", Position("PROFILE.TCPIP", 1))
        acceptor = cast(Acceptor, None)  # nothing is listened on
        self.listening = ListeningPorts(Ports([port]), self.keyFile, AcceptedCopy(self.keyFile), acceptor, self.fail)
        self.assertEqual(self.listening.open(), [])
        for _, opened in self.listening._opened:
            self.addCleanup(opened.close)
        self.clock, self.began = Clock(), time.time()
        self.watch = ExpiryWatch(self.clock, self.listening.expiries, lambda: self.began + self.clock.seconds())
        self.watch.startService()

    def days(self, count: int) -> list[str]:
        """
        Let days pass, and return what is said.
        """
        with capturedLogs() as events:
            self.clock.pump([DAY] * count)
        return ids(events)

    def test_daily(self) -> None:
        """
        From the 30th day on a certificate in use is named once a day, and when it has expired as such.
        """
        self.assertEqual(self.days(2), [])
        self.assertEqual(self.days(30), ["SSLP027W"] * 30)
        self.assertEqual(self.days(2), ["SSLP026W"] * 2)

    def test_renewed(self) -> None:
        """
        What was renewed is in use after a REFRESH, not before.
        """
        self.assertEqual(self.days(3), ["SSLP027W"])
        with Database.openStashed(self.keyFile) as database:
            database.add(makeServer(self.authority, label="WEB", days=400), replace=True)
        self.assertEqual(self.days(1), ["SSLP027W"])
        self.assertEqual(self.listening.open(), [])
        self.assertEqual(self.days(40), [])

    def test_hourly(self) -> None:
        """
        It looks every hour, and says the same once a day.
        """
        with capturedLogs() as events:
            self.clock.pump([HOUR] * 24 * 5)
        self.assertEqual(ids(events), ["SSLP027W"] * 3)

    def test_lists(self) -> None:
        """
        That the next revocation list is due is said before it is, and afterwards that nobody gets in.
        """
        with Database.openStashed(self.keyFile) as database:
            database.addCertificates({"CA": self.authority.certificate})
            addRevocations(database, [makeRevocations(self.authority, days=9.5)], "list", time.time())
            database.add(makeServer(self.authority, label="WEB", days=400), replace=True)
        self.assertEqual(self.listening.open(), [])
        self.assertEqual(self.days(6), [])
        self.assertEqual(self.days(4), 3 * ["SSLP801W"] + ["SSLP800W"])

    def test_stopped(self) -> None:
        """
        Nothing is waited for when the stack ends.
        """
        self.watch.stopService()
        self.assertEqual(self.clock.getDelayedCalls(), [])
