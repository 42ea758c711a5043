"""
Tests for L{sslpool.keydb.database} and L{sslpool.keydb.entries}.
"""

from __future__ import annotations

import os
import random
import stat
import time
from typing import Any

from attrs import evolve
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb import entries, records, sealing, tables
from sslpool.keydb.database import Database
from sslpool.keydb.files import stashPath
from sslpool.keydb.records import PrivateKey
from sslpool.keydb.revocations import addRevocations
from sslpool.keydb.sources import readCertificates
from sslpool.messages import OperatorError
from tests.doubles.certificates import (
    PASSWORD,
    QUICK,
    keyPem,
    makeAuthority,
    makeDatabase,
    makeRevocations,
    makeServer,
    newKey,
)
from tests.keydb.refusals import refused
from tests.keydb.test_tables import spoil


class CreateTests(SynchronousTestCase):
    """
    Making a key database.
    """

    def setUp(self) -> None:
        self.path = self.mktemp() + ".kdb"

    def test_permissions(self) -> None:
        """
        The file is for owner and group whatever the umask is, nothing is beside it, and a new database is empty.
        """
        for umask in (0, 0o777):
            path = self.mktemp() + ".kdb"
            previous = os.umask(umask)
            try:
                with Database.create(path, PASSWORD, cost=QUICK) as database:
                    self.assertEqual(database.records(), [])
                    self.assertEqual(database.recordLength, 2500)
                    self.assertIsNone(database.expires)
                    self.assertIsNone(database.default())
            finally:
                os.umask(previous)
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o640)
            self.assertEqual(os.listdir(os.path.dirname(path)), [os.path.basename(path)])

    def test_exists(self) -> None:
        """
        A file that exists is left as it is.
        """
        with open(self.path, "wb") as file:
            file.write(b"mine")
        with refused("SSLP310E"):
            Database.create(self.path, PASSWORD, cost=QUICK)
        with open(self.path, "rb") as file:
            self.assertEqual(file.read(), b"mine")

    def test_noPassword(self) -> None:
        """
        An empty password is refused and leaves no file.
        """
        with refused("SSLP321E"):
            Database.create(self.path, "", cost=QUICK)
        self.assertFalse(os.path.exists(self.path))

    def test_ending(self) -> None:
        """
        Another ending than .kdb is refused; the stash file might be the same file.
        """
        with refused("SSLP329E"):
            Database.create(self.mktemp() + ".sth", PASSWORD, cost=QUICK)

    def test_failure(self) -> None:
        """
        When it cannot be filled, no half-made file stays.
        """

        def fail(path: str, meta: object) -> None:
            raise MemoryError

        self.patch(tables, "build", fail)
        self.assertRaises(MemoryError, Database.create, self.path, PASSWORD, None, QUICK)
        self.assertFalse(os.path.exists(self.path))


class OpenTests(SynchronousTestCase):
    """
    Opening with password and with stash.
    """

    def setUp(self) -> None:
        self.credential = makeServer(makeAuthority(), label="WEB")
        self.path = makeDatabase(self.mktemp() + ".kdb", [self.credential])

    def test_password(self) -> None:
        """
        The password opens it; another, or none, does not.
        """
        with Database.open(self.path, PASSWORD) as database:
            self.assertEqual([record.label for record in database.records()], ["WEB"])
        for password in ("", "wrong", PASSWORD + " "):
            with refused("SSLP320E"):
                Database.open(self.path, password)

    def test_stash(self) -> None:
        """
        The stash opens it, and holds neither the password nor the private key.
        """
        with Database.openStashed(self.path) as database:
            self.assertEqual(keyPem(database.material().credentials[0].key), keyPem(self.credential.key))
        with open(stashPath(self.path), "rb") as file:
            self.assertNotIn(PASSWORD.encode(), file.read())

    def test_otherStash(self) -> None:
        """
        The stash of another key database does not open it.
        """
        other = makeDatabase(self.mktemp() + ".kdb")
        os.replace(stashPath(other), stashPath(self.path))
        with refused("SSLP324E"):
            Database.openStashed(self.path)

    def test_missing(self) -> None:
        """
        Missing files and directories have their own messages.
        """
        with refused("SSLP311E"):
            Database.openStashed(self.mktemp() + ".kdb")
        with refused("SSLP312E"):
            Database.open(os.curdir, PASSWORD)

    def test_expiredPassword(self) -> None:
        """
        An expired password opens nothing but the way to a new one; without the wish for an expiry the new one has none.
        """
        path = self.mktemp() + ".kdb"
        with Database.create(path, PASSWORD, time.time() - 1, QUICK) as database:
            database.stash()
        with refused("SSLP322E"):
            Database.open(path, PASSWORD)
        with refused("SSLP322E"):
            Database.openStashed(path)
        with Database.open(path, PASSWORD, allowExpired=True) as database:
            database.changePassword("new", cost=QUICK)
        with Database.open(path, "new") as database:
            self.assertIsNone(database.expires)

    def test_laterExpiry(self) -> None:
        """
        Until it expires, a password works.
        """
        path = self.mktemp() + ".kdb"
        end = time.time() + 3600
        Database.create(path, PASSWORD, end, QUICK).close()
        with Database.open(path, PASSWORD) as database:
            self.assertEqual(database.expires, end)

    def test_changedProof(self) -> None:
        """
        A password that opens a master key which is not in use tells of damage.
        """
        spoil(self.path, "UPDATE meta SET proof = x'00'")
        with refused("SSLP316E"):
            Database.open(self.path, PASSWORD)

    def test_performance(self) -> None:
        """
        Opening with the stash and reading ten credentials derives nothing from a password, which takes
        as long as a thousand of them, and reads each key once.
        """
        authority = makeAuthority("Lower", makeAuthority())
        with Database.openStashed(self.path) as database:
            database.addCertificates({"Lower": authority.certificate})
            for number in range(9):
                database.add(makeServer(authority, label=f"WEB{number}"))
        load, loaded = load_der_private_key, []

        def counted(octets: bytes, *arguments: Any, **more: Any) -> Any:
            loaded.append(octets)
            return load(octets, *arguments, **more)

        self.patch(sealing, "_derive", self.fail)
        self.patch(entries, "load_der_private_key", counted)
        with Database.openStashed(self.path) as database:
            self.assertEqual(len(database.material().credentials), 10)
        self.assertEqual((len(loaded), len(set(loaded))), (10, 10))


class EntryTests(SynchronousTestCase):
    """
    Adding, reading and removing entries.
    """

    def setUp(self) -> None:
        self.authority = makeAuthority("Lower", makeAuthority("Root"))
        self.path = makeDatabase(self.mktemp() + ".kdb")
        self.database = Database.openStashed(self.path)
        self.addCleanup(self.database.close)

    def test_roundTrip(self) -> None:
        """
        Certificate, chain and private keys of all kinds come back unchanged.
        """
        keys: dict[str, PrivateKey] = {
            "EC": newKey(),
            "RSA": rsa.generate_private_key(65537, 2048),
            "ED": ed25519.Ed25519PrivateKey.generate(),
        }
        stored = [makeServer(self.authority, label=label, key=key) for label, key in keys.items()]
        for credential in stored:
            self.database.add(credential)
        found = {credential.label: credential for credential in self.database.material().credentials}
        self.assertEqual(sorted(found), ["EC", "ED", "RSA"])
        for credential in stored:
            again = found[credential.label]
            self.assertEqual((again.certificate, again.chain), (credential.certificate, credential.chain))
            self.assertEqual(keyPem(again.key), keyPem(credential.key))

    def test_noCleartext(self) -> None:
        """
        No part of a private key is in the file, nor is the password.
        """
        key = newKey()
        self.database.add(makeServer(self.authority, key=key))
        with open(self.path, "rb") as file:
            content = file.read()
        secret = key.private_numbers().private_value.to_bytes(32, "big")
        self.assertNotIn(secret[:8], content)
        self.assertNotIn(PASSWORD.encode(), content)

    def test_records(self) -> None:
        """
        Records say which entries have keys, and are in the order of the labels.
        """
        self.database.add(makeServer(self.authority, label="WEB"))
        self.database.addCertificates({"Example CA": self.authority.certificate})
        self.assertEqual(
            [(record.label, record.hasKey, record.trusted) for record in self.database.records()],
            [("Example CA", False, True), ("WEB", True, True)],
        )
        self.assertEqual(self.database.record("WEB"), self.database.records()[1])

    def test_duplicate(self) -> None:
        """
        A label names one entry, whether it has a key or not; replacing is explicit.
        """
        self.database.add(makeServer(self.authority, label="WEB"))
        renewed = makeServer(self.authority, label="WEB")
        with refused("SSLP332E"):
            self.database.add(renewed)
        with refused("SSLP332E"):
            self.database.addCertificates({"WEB": self.authority.certificate})
        self.database.setDefault("WEB")
        self.database.add(renewed, replace=True)
        self.assertEqual(self.database.certificates("WEB")[0], renewed.certificate)
        self.assertEqual(self.database.default(), "WEB")

    def test_replacedByCertificate(self) -> None:
        """
        A certificate without a key that takes the place of the default key is not the default.
        """
        self.database.add(makeServer(self.authority, label="WEB"))
        self.database.setDefault("WEB")
        self.database.addCertificates({"WEB": self.authority.certificate}, replace=True)
        self.assertIsNone(self.database.default())

    def test_labels(self) -> None:
        """
        Labels are checked according to what the entry is.
        """
        with refused("SSLP330E"):
            self.database.add(makeServer(self.authority, label="Example"))
        with refused("SSLP331E"):
            self.database.addCertificates({" ": self.authority.certificate})

    def test_mismatch(self) -> None:
        """
        A private key of another certificate is a programmer's error and is not stored.
        """
        self.assertRaises(ValueError, self.database.add, evolve(makeServer(self.authority), key=newKey()))
        self.assertEqual(self.database.records(), [])

    def test_default(self) -> None:
        """
        One entry is the default, and only one with a key can be.
        """
        for label in ("A", "B"):
            self.database.add(makeServer(self.authority, label=label))
            self.database.setDefault(label)
        self.assertEqual([record.default for record in self.database.records()], [False, True])
        self.database.addCertificates({"CA": self.authority.certificate})
        with refused("SSLP334E"):
            self.database.setDefault("CA")
        with refused("SSLP333E"):
            self.database.setDefault("C")
        self.assertEqual(self.database.default(), "B")

    def test_remove(self) -> None:
        """
        An entry is gone when removed, from the file as well.
        """
        credential = makeServer(self.authority, "removed.example.com", label="WEB")
        self.database.add(credential)
        self.database.remove("WEB")
        self.assertEqual(self.database.records(), [])
        for operation in (self.database.remove, self.database.record, self.database.credential):
            with refused("SSLP333E"):
                operation("WEB")
        with open(self.path, "rb") as file:
            self.assertNotIn(b"removed.example.com", file.read())

    def test_noKey(self) -> None:
        """
        A certificate without a key is not a credential.
        """
        self.database.addCertificates({"CA": self.authority.certificate})
        self.assertEqual(self.database.material().credentials, ())
        with refused("SSLP334E"):
            self.database.credential("CA")

    def test_chainFromDatabase(self) -> None:
        """
        Where no chain was stored, the trusted intermediate certificates of the database are it.
        """
        self.database.add(evolve(makeServer(self.authority, label="WEB"), chain=()))
        self.database.addCertificates({"Lower": self.authority.certificate})
        self.assertEqual(self.database.material().credentials[0].chain, (self.authority.certificate,))
        self.database.setTrusted("Lower", False)
        self.assertEqual(self.database.material().credentials[0].chain, ())

    def test_renewedIssuer(self) -> None:
        """
        An issuer's renewed certificate in the database goes before one that has expired and was stored with the
        label; what was stored stays stored, and is not exported.
        """
        root, key = makeAuthority("Root"), newKey()
        old, new = (makeAuthority("Issuer", root, days=days, key=key) for days in (-2, 20))
        web = makeServer(old, label="WEB")
        self.database.add(evolve(web, spare=(root.certificate,)))
        self.assertEqual(self.database.material().credentials[0].chain, (old.certificate, root.certificate))
        self.database.addCertificates({"New": new.certificate})
        [found] = self.database.material().credentials
        self.assertEqual(found.chain, (new.certificate, root.certificate))
        self.assertEqual(found.spare, (old.certificate,))
        self.database.add(evolve(web, chain=(old.certificate,), spare=(new.certificate,)), replace=True)
        self.assertEqual(self.database.certificates("WEB"), (web.certificate, new.certificate))
        stored = self.database.credential("WEB")
        self.assertEqual((stored.chain, stored.spare), ((new.certificate,), (old.certificate,)))

    def test_notTrusted(self) -> None:
        """
        What is not trusted is listed but is not for servers.
        """
        self.database.add(makeServer(self.authority, label="WEB"))
        self.database.setTrusted("WEB", False)
        self.assertEqual(self.database.material().credentials, ())
        self.assertFalse(self.database.record("WEB").trusted)
        self.database.setTrusted("WEB", True)
        self.assertEqual(len(self.database.material().credentials), 1)

    def test_replacedUntrusted(self) -> None:
        """
        What is not trusted stays so when its certificate is replaced.
        """
        self.database.add(makeServer(self.authority, label="WEB"))
        self.database.setTrusted("WEB", False)
        self.database.add(makeServer(self.authority, label="WEB"), replace=True)
        self.assertFalse(self.database.record("WEB").trusted)
        self.assertEqual(self.database.material().credentials, ())

    def test_otherReader(self) -> None:
        """
        A database that is open sees what another program adds.
        """
        with Database.openStashed(self.path) as other:
            other.add(makeServer(self.authority, label="WEB"))
        self.assertEqual([record.label for record in self.database.records()], ["WEB"])

    def test_failedChange(self) -> None:
        """
        A change that fails half-way changes nothing.
        """
        for label in ("A", "B"):
            self.database.add(makeServer(self.authority, label=label))
        spoil(self.path, "UPDATE entry SET private_key = x'00' WHERE label = 'B'")
        with refused("SSLP316E"):
            self.database.changePassword("new", cost=QUICK)
        self.assertEqual(self.database.credential("A").label, "A")
        Database.open(self.path, PASSWORD).close()


class PasswordTests(SynchronousTestCase):
    """
    Changing the password.
    """

    def setUp(self) -> None:
        self.credentials = [makeServer(makeAuthority(), label=label) for label in ("A", "B")]
        self.path = makeDatabase(self.mktemp() + ".kdb", self.credentials)

    def test_changed(self) -> None:
        """
        The new password opens the same keys, the old one nothing, and the stash is to be stored again.
        """
        with Database.open(self.path, PASSWORD) as database:
            database.changePassword("new", cost=QUICK)
            self.assertEqual(len(database.material().credentials), 2)
        with refused("SSLP320E"):
            Database.open(self.path, PASSWORD)
        with refused("SSLP324E"):
            Database.openStashed(self.path)
        with Database.open(self.path, "new") as database:
            database.stash()
        with Database.openStashed(self.path) as database:
            self.assertEqual(
                [keyPem(credential.key) for credential in database.material().credentials],
                [keyPem(credential.key) for credential in self.credentials],
            )

    def test_samePassword(self) -> None:
        """
        The same password once more is a new master key all the same.
        """
        with Database.open(self.path, PASSWORD) as database:
            database.changePassword(PASSWORD, cost=QUICK)
        with refused("SSLP324E"):
            Database.openStashed(self.path)

    def test_meanwhile(self) -> None:
        """
        Who had it open before may neither read, nor store under the old master
        key, nor write a stash that would not work.
        """
        with Database.openStashed(self.path) as other:
            with Database.open(self.path, PASSWORD) as database:
                database.changePassword("new", cost=QUICK)
            operations = (
                other.records,
                other.material,
                other.stash,
                lambda: other.add(makeServer(makeAuthority(), label="C")),
                lambda: other.changePassword("newer", cost=QUICK),
            )
            for operation in operations:
                with refused("SSLP325E"):
                    operation()

    def test_empty(self) -> None:
        """
        An empty password is refused and changes nothing.
        """
        with Database.open(self.path, PASSWORD) as database, refused("SSLP321E"):
            database.changePassword("", cost=QUICK)
        Database.open(self.path, PASSWORD).close()


class TamperingTests(SynchronousTestCase):
    """
    Somebody else has changed the file.
    """

    def setUp(self) -> None:
        authority = makeAuthority()
        self.path = makeDatabase(
            self.mktemp() + ".kdb", [makeServer(authority, label="A"), makeServer(authority, label="B")]
        )

    def assertLeftOut(self, *labels: str) -> None:
        """
        Reading the credentials leaves these out, and says so; changing the password finds damage.
        """
        with Database.openStashed(self.path) as database:
            material = database.material()
            self.assertEqual({label for label, _ in material.unusable}, set(labels))
            self.assertEqual({reason.id for _, reason in material.unusable}, {"SSLP316E"})
            self.assertEqual({each.label for each in material.credentials}, {"A", "B"} - set(labels))
            with refused("SSLP316E"):
                database.changePassword("new", cost=QUICK)

    def test_key(self) -> None:
        """
        A changed private key is noticed.
        """
        changed = "CAST(substr(private_key, 1, 20) || x'0000' || substr(private_key, 23) AS BLOB)"
        spoil(self.path, f"UPDATE entry SET private_key = {changed} WHERE label = 'A'")
        self.assertLeftOut("A")

    def test_swappedLabels(self) -> None:
        """
        Rows that exchanged their labels are noticed.
        """
        spoil(self.path, "UPDATE entry SET label = 'X' WHERE label = 'A'")
        spoil(self.path, "UPDATE entry SET label = 'A' WHERE label = 'B'")
        spoil(self.path, "UPDATE entry SET label = 'B' WHERE label = 'X'")
        self.assertLeftOut("A", "B")

    def test_otherKey(self) -> None:
        """
        The private key of another row is noticed.
        """
        spoil(self.path, "UPDATE entry SET private_key = (SELECT private_key FROM entry WHERE label = 'B')")
        self.assertLeftOut("A")

    def test_otherCertificate(self) -> None:
        """
        The certificate of another row is noticed.
        """
        spoil(self.path, "UPDATE entry SET certificate = (SELECT certificate FROM entry WHERE label = 'B')")
        self.assertLeftOut("A")

    def test_notCertificates(self) -> None:
        """
        What is not a certificate is noticed.
        """
        for column in ("certificate", "chain"):
            path = makeDatabase(self.mktemp() + ".kdb", [makeServer(makeAuthority())])
            spoil(path, f"UPDATE entry SET {column} = x'3000'")
            with Database.openStashed(path) as database:
                ((label, reason),) = database.material().unusable
            self.assertEqual((label, reason.id), ("TEST", "SSLP316E"))

    def test_malformed(self) -> None:
        """
        What is seen to be malformed only when it is looked at is left out, wherever it is looked at.
        """

        def describe(label: str, certificate: object, **rest: object) -> object:
            if label == "A":
                raise TypeError("oid must be X500_UNIQUE_IDENTIFIER for BitString type.")
            return records.describe(label, certificate, **rest)  # type: ignore[arg-type]

        self.patch(entries, "describe", describe)
        self.assertEqual([record.label for record in readCertificates(self.path)], ["B"])
        with Database.openStashed(self.path) as database, refused("SSLP316E"):
            database.records()

    def test_list(self) -> None:
        """
        An authority whose revocation list is damaged vouches for nobody; everything else is there.
        """
        root = makeAuthority("Root")
        with Database.openStashed(self.path) as database:
            database.addCertificates({"Root": root.certificate})
            addRevocations(database, [makeRevocations(root)], "list", time.time())
        spoil(self.path, "UPDATE revocation SET list = x'3000'")
        with Database.openStashed(self.path) as database:
            material = database.material()
        self.assertEqual([each.label for each in material.credentials], ["A", "B"])
        self.assertEqual((material.authorities, [label for label, _ in material.unusable]), ((), ["Root"]))

    def test_anyOctets(self) -> None:
        """
        Whatever octets are changed, the worst is a message.
        """
        with open(self.path, "rb") as file:
            content = file.read()
        source = random.Random(7)
        failures = 0
        for _ in range(300):
            changed = bytearray(content)
            for _ in range(source.choice((1, 4, 64))):
                changed[source.randrange(len(changed))] = source.randrange(256)
            with open(self.path, "wb") as file:
                file.write(changed)
            try:
                with Database.openStashed(self.path) as database:
                    database.records()
                    database.material()
                    database.add(makeServer(makeAuthority(), label="C"))
            except OperatorError:
                failures += 1
        self.assertGreater(failures, 100)
