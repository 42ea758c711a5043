"""
Tests for L{sslpool.keydb.sources}.
"""

from __future__ import annotations

import os
from base64 import b64decode
from pathlib import Path

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb import sources
from sslpool.keydb.database import Database
from sslpool.keydb.exchange import exportPem, exportPkcs12
from sslpool.keydb.files import PRIVATE, stashPath, writeNew
from sslpool.keydb.keyfiles import readKeyFiles
from sslpool.keydb.sources import exposures, readCertificates, readMaterial
from sslpool.messages import OperatorError
from tests.doubles.certificates import credentialPem, keyPem, makeAuthority, makeDatabase, makeServer, writeCredential
from tests.keydb.refusals import refused, unprivileged
from tests.keydb.test_pfx import TWO_KEYS, TWO_KEYS_PASSWORD


class KeyDatabaseTests(SynchronousTestCase):
    """
    A key database.
    """

    def setUp(self) -> None:
        authority = makeAuthority("Lower", makeAuthority())
        self.path = makeDatabase(
            self.mktemp() + ".kdb", [makeServer(authority, label="B"), makeServer(authority, label="A")]
        )

    def test_credentials(self) -> None:
        """
        The credentials are in the order of their labels.
        """
        self.assertEqual([credential.label for credential in readMaterial(self.path).credentials], ["A", "B"])

    def test_certificates(self) -> None:
        """
        Records need no stash, and are those that the database gives.
        """
        with Database.openStashed(self.path) as database:
            expected = database.records()
        os.unlink(stashPath(self.path))
        self.assertEqual(readCertificates(self.path), expected)
        with refused("SSLP323E"):
            readMaterial(self.path)

    def test_groupMember(self) -> None:
        """
        Who may read both files, and write neither, can use the key database.
        """
        for path in (self.path, stashPath(self.path)):
            os.chmod(path, 0o444)
        with unprivileged(self.path):
            self.assertEqual(len(readMaterial(self.path).credentials), 2)
            self.assertEqual(len(readCertificates(self.path)), 2)


class FileTests(SynchronousTestCase):
    """
    PEM and PKCS #12 as a key file.
    """

    def setUp(self) -> None:
        self.credential = makeServer(makeAuthority("Lower", makeAuthority()), label="WEB")

    def write(self, suffix: str, content: bytes) -> str:
        """
        Write a file with this ending and return its name.
        """
        path: str = self.mktemp() + suffix
        writeNew(path, content, PRIVATE)
        return path

    def test_pem(self) -> None:
        """
        Any other ending is PEM; its label is DEFAULT.
        """
        for suffix in (".pem", ".crt", ""):
            path = writeCredential(self.mktemp() + suffix, self.credential)
            (found,) = readMaterial(path).credentials
            (record,) = readCertificates(path)
            self.assertEqual((found.label, found.certificate), ("DEFAULT", self.credential.certificate))
            self.assertEqual(found.chain, self.credential.chain)
            self.assertEqual((record.label, record.hasKey, record.default), ("DEFAULT", True, True))

    def test_pkcs12(self) -> None:
        """
        PKCS #12 takes its password from the file beside it, its label from its name.
        """
        for suffix in (".p12", ".pfx", ".P12"):
            path = self.write(suffix, exportPkcs12(self.credential, "secret"))
            with refused("SSLP821E"):
                readMaterial(path)
            writeNew(stashPath(path), b"secret\r\nmore", PRIVATE)
            (found,) = readMaterial(path).credentials
            self.assertEqual((found.label, keyPem(found.key)), ("WEB", keyPem(self.credential.key)))
            self.assertEqual(readCertificates(path)[0].label, "WEB")

    def test_friendlyName(self) -> None:
        """
        A friendly name that is no label gives DEFAULT, one in lower case its upper case.
        """
        for name, label in (("web1", "WEB1"), ("My server", "DEFAULT")):
            credential = makeServer(makeAuthority(), label=name)
            path = self.write(".p12", exportPkcs12(credential, "secret"))
            writeNew(stashPath(path), b"secret", PRIVATE)
            self.assertEqual(readMaterial(path).credentials[0].label, label)

    def test_contents(self) -> None:
        """
        It is known by what is in it, whatever it is called: a key database, PEM, PKCS #12, DER.
        """
        database = makeDatabase(self.mktemp() + ".kdb", [self.credential])
        path = self.mktemp()
        with open(database, "rb") as file:
            copied = self.write(".pem", file.read())
        os.rename(stashPath(database), stashPath(copied))
        pem = Path(writeCredential(path, self.credential)).read_bytes()
        for name in (copied, self.write(".kdb", pem), self.write(".p12", pem)):
            (found,) = readMaterial(name).credentials
            self.assertEqual(found.certificate, self.credential.certificate)
            self.assertEqual(len(readCertificates(name)), 1)
        self.assertEqual(readMaterial(copied).credentials[0].label, "WEB")
        with refused("SSLP823E"):
            readMaterial(self.write(".kdb", b"7H\x03\x02 of GSKit"))

    def test_encryptedPem(self) -> None:
        """
        A PEM file with an encrypted key takes its password from beside it, as PKCS #12 does.
        """
        key = self.credential.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
        path = self.write(".pem", key + exportPem([self.credential.certificate]))
        with refused("SSLP343E"):
            readMaterial(path)
        writeNew(stashPath(path), b"secret\n", PRIVATE)
        self.assertEqual(len(readMaterial(path).credentials), 1)

    def test_several(self) -> None:
        """
        Several keys are served under the names that the file gives them; without names none is meant.
        """
        path = self.write(".p12", b64decode(TWO_KEYS))
        writeNew(stashPath(path), TWO_KEYS_PASSWORD.encode(), PRIVATE)
        self.assertEqual([each.label for each in readMaterial(path).credentials], ["A", "B"])
        self.assertEqual([(each.label, each.default) for each in readCertificates(path)], [("A", False), ("B", False)])
        other = makeServer(makeAuthority())
        with refused("SSLP346E"):
            readMaterial(self.write(".pem", credentialPem(self.credential) + credentialPem(other)))

    def test_exposures(self) -> None:
        """
        A key that everybody can read, or the password for it, is warned of; what is encrypted is not.
        """
        self.patch(sources, "isOpenToAll", lambda path: bool(os.stat(path).st_mode & 0o004))
        pem = writeCredential(self.mktemp(), self.credential)
        sealed = self.write(".p12", exportPkcs12(self.credential, "secret"))
        writeNew(stashPath(sealed), b"secret", PRIVATE)
        for path, opened, expected in (
            (pem, pem, ["a private key"]),
            (sealed, sealed, []),
            (sealed, stashPath(sealed), [f"the password for the private keys in {sealed}"]),
        ):
            self.assertEqual(exposures(readKeyFiles(path)), [])
            os.chmod(opened, 0o644)
            found = exposures(readKeyFiles(path))
            self.assertEqual([str(each).rpartition("holds ")[2].rstrip(".") for each in found], expected)
            os.chmod(opened, 0o640)

    def test_faults(self) -> None:
        """
        Empty, incomplete and missing files have their messages.
        """
        for suffix in (".pem", ".p12"):
            with refused("SSLP348E"):
                readMaterial(self.write(suffix, b""))
            with refused("SSLP345E"):
                readMaterial(self.write(suffix, b"garbage"))
            with refused("SSLP311E"):
                readMaterial(self.mktemp() + suffix)
        with refused("SSLP341E"):
            readMaterial(self.write(".pem", exportPem([self.credential.certificate])))
        with refused("SSLP315E"):
            readMaterial(self.write(".kdb", b"garbage"))

    def test_emptyStash(self) -> None:
        """
        A stash without a password is a mistake.
        """
        path = self.write(".p12", exportPkcs12(self.credential, "secret"))
        writeNew(stashPath(path), b"\n", PRIVATE)
        with refused("SSLP321E"):
            readMaterial(path)

    @settings(max_examples=60)
    @given(st.binary(max_size=200), st.sampled_from([".kdb", ".p12", ".pem"]), st.booleans())
    def test_garbage(self, content: bytes, suffix: str, likely: bool) -> None:
        """
        Whatever the file holds, the worst is a message.
        """
        start = {".kdb": b"SQLite format 3\0", ".p12": b"\x30\x82", ".pem": b"-----BEGIN CERTIFICATE-----\n"}[suffix]
        path = self.write(suffix, (start if likely else b"") + content)
        self.assertRaises(OperatorError, readMaterial, path)
        self.assertRaises(OperatorError, readCertificates, path)
