"""
Tests for L{sslpool.keydb.revocations}, and for authorities among what servers use.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.database import Database
from sslpool.keydb.listing import formatRevocations
from sslpool.keydb.operations import signatureHash
from sslpool.keydb.parsing import parse
from sslpool.keydb.revocations import addRevocations, listRevocations, removeRevocations
from sslpool.keydb.sources import readMaterial
from sslpool.testing.certificates import makeAuthority, makeClient, makeDatabase, makeRevocations, makeServer
from tests.keydb.refusals import refused


class RevocationTests(SynchronousTestCase):
    """
    A key database with an authority.
    """

    def setUp(self) -> None:
        """
        Make it.
        """
        self.authority = makeAuthority("Clients' CA")
        self.path = makeDatabase(self.mktemp() + ".kdb", [makeServer(self.authority, label="WEB")])
        self.database = Database.openStashed(self.path)
        self.addCleanup(self.database.close)
        self.database.addCertificate("Clients", self.authority.certificate)
        self.revoked = makeClient(self.authority).certificate

    def add(self, found: x509.CertificateRevocationList) -> None:
        """
        Store a list.
        """
        addRevocations(self.database, found, "clients.crl")

    def test_stored(self) -> None:
        """
        A list is shown under the label of its authority, and is there for servers.
        """
        found = makeRevocations(self.authority, self.revoked)
        self.add(found)
        [record] = listRevocations(self.database)
        self.assertEqual((record.label, record.revoked, record.issuer), ("Clients", 1, "CN=Clients' CA"))
        material = readMaterial(self.path)
        self.assertEqual(material.revocations, (found,))
        self.assertEqual([authority.label for authority in material.authorities], ["Clients"])
        self.assertEqual([credential.label for credential in material.credentials], ["WEB"])

    def test_unknownAuthority(self) -> None:
        """
        A list whose authority is not there, or that another of the same name has signed, is refused.
        """
        for name in ("Other", "Clients' CA"):
            with refused("SSLP362E"):
                self.add(makeRevocations(makeAuthority(name)))
        self.assertEqual(listRevocations(self.database), [])

    def test_older(self) -> None:
        """
        A newer list takes the place of an older one, not the other way round.
        """
        newer, older = makeRevocations(self.authority), makeRevocations(self.authority, self.revoked, made=3)
        self.add(older)
        self.add(newer)
        with refused("SSLP363E"):
            self.add(older)
        self.assertEqual(readMaterial(self.path).revocations, (newer,))

    def test_partial(self) -> None:
        """
        A list of changes is not taken for a whole one.
        """
        strict = self.authority.certificate.strict
        builder = x509.CertificateRevocationListBuilder(
            strict.subject, strict.not_valid_before_utc, strict.not_valid_after_utc
        ).add_extension(x509.DeltaCRLIndicator(7), critical=True)
        with refused("SSLP364E"):
            self.add(builder.sign(self.authority.key, signatureHash(self.authority.key)))

    def test_removed(self) -> None:
        """
        A list is removed by its label, or with its authority.
        """
        for _ in range(2):
            self.add(makeRevocations(self.authority))
            removeRevocations(self.database, "Clients")
            self.assertEqual(readMaterial(self.path).revocations, ())
        with refused("SSLP365E"):
            removeRevocations(self.database, "Clients")
        self.add(makeRevocations(self.authority))
        self.database.remove("Clients")
        self.assertEqual(listRevocations(self.database), [])

    def test_replacedAuthority(self) -> None:
        """
        An authority that is replaced by another keeps no list that it has not signed.
        """
        self.add(makeRevocations(self.authority))
        self.database.addCertificate("Clients", self.authority.certificate, replace=True)
        self.assertEqual(len(listRevocations(self.database)), 1)
        self.database.addCertificate("Clients", makeAuthority("Clients' CA").certificate, replace=True)
        self.assertEqual(listRevocations(self.database), [])

    def test_notTrusted(self) -> None:
        """
        What an authority has signed that is not trusted is not for servers.
        """
        self.add(makeRevocations(self.authority))
        self.database.setTrusted("Clients", False)
        material = readMaterial(self.path)
        self.assertEqual((material.authorities, material.revocations), ((), ()))

    def test_firstFormat(self) -> None:
        """
        A database of the first release is read, and changed to the present form when something is stored.
        """
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("DROP TABLE revocation")
            connection.execute("UPDATE meta SET format = 1")
        self.assertEqual(readMaterial(self.path).revocations, ())
        self.add(makeRevocations(self.authority))
        self.assertEqual(len(readMaterial(self.path).revocations), 1)

    def test_parse(self) -> None:
        """
        PEM and DER are recognised; certificates are something else, and a damaged list is said to be one.
        """
        found = makeRevocations(self.authority, self.revoked)
        pem = found.public_bytes(Encoding.PEM)
        self.assertEqual(parse(pem, None, "x").lists, (found,))
        self.assertEqual(parse(found.public_bytes(Encoding.DER), None, "x").lists, (found,))
        for data in (self.revoked.pem, self.revoked.der):
            self.assertEqual(parse(data, None, "x").lists, ())
        with refused("SSLP345E"):
            parse(pem.replace(b"\nMI", b"\nAA", 1), None, "x")

    def test_table(self) -> None:
        """
        A list whose successor is overdue says so.
        """
        self.add(makeRevocations(self.authority, days=-2))
        [_, line] = formatRevocations(listRevocations(self.database), time.time())
        self.assertIn("OVERDUE", line)
        self.assertEqual(formatRevocations([], time.time()), [])


class AuthorityTests(SynchronousTestCase):
    """
    Which certificates are authorities.
    """

    def test_serverIsNone(self) -> None:
        """
        The certificate of a server without its key is trusted for nothing.
        """
        authority = makeAuthority()
        path = makeDatabase(self.mktemp() + ".kdb")
        with Database.openStashed(path) as database:
            database.addCertificate("Peer", makeServer(authority).certificate)
            database.addCertificate("CA", authority.certificate)
        self.assertEqual([each.label for each in readMaterial(path).authorities], ["CA"])

    def test_default(self) -> None:
        """
        The default key is known among the credentials.
        """
        authority = makeAuthority()
        path = makeDatabase(self.mktemp() + ".kdb", [makeServer(authority, label=label) for label in ("A", "B")])
        with Database.openStashed(path) as database:
            database.setDefault("B")
        self.assertEqual([each.default for each in readMaterial(path).credentials], [False, True])
