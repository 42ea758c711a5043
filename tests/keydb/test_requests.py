"""
Tests for L{sslpool.keydb.requests} and L{sslpool.keydb.requesttables}.
"""

from __future__ import annotations

import os
import stat

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.database import Database
from sslpool.keydb.files import requestsPath
from sslpool.keydb.issuing import makeRequest
from sslpool.keydb.records import Credential, PendingRequest
from sslpool.keydb.requests import (
    addRequest,
    receive,
    removeRequestOf,
    renameRequest,
    requestOf,
    requestsOf,
    waitingFor,
)
from sslpool.messages import operatorError
from tests.doubles.certificates import PASSWORD, QUICK, keyPem, makeAuthority, makeDatabase, makeServer
from tests.keydb.refusals import refused, unprivileged
from tests.keydb.test_tables import spoil

SUBJECT = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "www.example.com")])


def request(label: str = "NEW") -> PendingRequest:
    """
    Make a request.
    """
    return makeRequest(label, SUBJECT, ["www.example.com"])


class RequestTests(SynchronousTestCase):
    """
    A key database with one server.
    """

    def setUp(self) -> None:
        """
        Make it.
        """
        self.authority = makeAuthority()
        self.path = makeDatabase(self.mktemp() + ".kdb", [makeServer(self.authority, label="WEB")])
        self.database = Database.openStashed(self.path)
        self.addCleanup(self.database.close)

    def labels(self) -> list[str]:
        """
        Return the labels of the requests.
        """
        return [found.label for found in requestsOf(self.database)]

    def test_roundTrip(self) -> None:
        """
        A request comes back with its key; its file is for its owner only, and has no private key in clear.
        """
        self.assertEqual(requestsOf(self.database), [])
        self.assertFalse(os.path.exists(requestsPath(self.path)))
        made = request()
        addRequest(self.database, made)
        found = requestOf(self.database, "NEW")
        self.assertEqual((found.request, keyPem(found.key)), (made.request, keyPem(made.key)))
        self.assertEqual(stat.S_IMODE(os.stat(requestsPath(self.path)).st_mode), 0o600)
        with open(requestsPath(self.path), "rb") as file:
            secret = made.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())[36:60]
            self.assertNotIn(secret, file.read())

    def test_labels(self) -> None:
        """
        A label names one certificate or one request, and is one for a server.
        """
        addRequest(self.database, request())
        for label, messageId in (("NEW", "SSLP370E"), ("WEB", "SSLP332E"), ("new", "SSLP330E")):
            with refused(messageId):
                addRequest(self.database, request(label))
        addRequest(self.database, request("WEB"), renewal=True)
        self.assertEqual(self.labels(), ["NEW", "WEB"])
        with refused("SSLP370E"):
            renameRequest(self.database, "WEB", "NEW")

    def test_undone(self) -> None:
        """
        What cannot be completed leaves nothing.
        """

        def fail() -> None:
            raise operatorError("SSLP310E", path="FILE")

        with refused("SSLP310E"):
            addRequest(self.database, request(), before=fail)
        self.assertEqual(self.labels(), [])

    def test_received(self) -> None:
        """
        The certificate of a request is stored with its key, and the request is over.
        """
        addRequest(self.database, request("OTHER"))
        addRequest(self.database, request())
        key = requestOf(self.database, "NEW").key
        certificate = makeServer(self.authority, key=key).certificate
        found = waitingFor(self.database, (self.authority.certificate, certificate))
        assert found is not None
        receive(self.database, found)
        self.assertEqual(self.labels(), ["OTHER"])
        self.assertEqual(self.database.credential("NEW").certificate, certificate)
        self.assertIsNone(waitingFor(self.database, (self.authority.certificate,)))

    def test_renewal(self) -> None:
        """
        A renewal is known by the key of its entry, which stays the default.
        """
        self.database.setDefault("WEB")
        old = self.database.credential("WEB")
        found = waitingFor(self.database, (makeServer(self.authority, key=old.key).certificate,))
        assert found is not None
        receive(self.database, found)
        new = self.database.credential("WEB")
        self.assertNotEqual(new.certificate, old.certificate)
        self.assertTrue(new.default)

    def test_renamedAndRemoved(self) -> None:
        """
        A request is renamed and removed; one that is not there is said to be missing.
        """
        addRequest(self.database, request())
        renameRequest(self.database, "NEW", "NEWER")
        self.assertEqual(self.labels(), ["NEWER"])
        removeRequestOf(self.database, "NEWER")
        for attempt in (lambda: removeRequestOf(self.database, "NEWER"), lambda: requestOf(self.database, "X")):
            with refused("SSLP387E"):
                attempt()

    def test_newPassword(self) -> None:
        """
        A new password is one for the requests as well.
        """
        made = request()
        addRequest(self.database, made)
        self.database.changePassword("new", cost=QUICK)
        self.assertEqual(keyPem(requestOf(self.database, "NEW").key), keyPem(made.key))
        with Database.open(self.path, "new") as again:
            self.assertEqual(keyPem(requestOf(again, "NEW").key), keyPem(made.key))

    def test_foreign(self) -> None:
        """
        Requests of another key database, or damaged ones, are not used, and the password is not changed under them.
        """
        addRequest(self.database, request())
        other = makeDatabase(self.mktemp() + ".kdb")
        os.rename(requestsPath(self.path), requestsPath(other))
        with Database.openStashed(other) as database:
            for attempt in (lambda: requestsOf(database), lambda: database.changePassword("new", cost=QUICK)):
                with refused("SSLP389E"):
                    attempt()
        Database.open(other, PASSWORD).close()
        spoil(requestsPath(other), "UPDATE request SET request = 1")
        with Database.openStashed(other) as database, refused("SSLP389E"):
            requestsOf(database)

    def test_garbage(self) -> None:
        """
        A file that is something else is no file with requests, and the key database is as it was.
        """
        with open(requestsPath(self.path), "wb") as file:
            file.write(b"garbage" * 200)
        with refused("SSLP315E"):
            requestsOf(self.database)
        self.assertEqual([record.label for record in self.database.records()], ["WEB"])

    def test_otherUser(self) -> None:
        """
        Who may read the key database may not read its requests.
        """
        addRequest(self.database, request())
        os.chmod(self.path, 0o444)
        with unprivileged(self.path), Database.open(self.path, PASSWORD) as database, refused("SSLP313E"):
            requestsOf(database)
        self.assertIsInstance(self.database.credential("WEB"), Credential)
