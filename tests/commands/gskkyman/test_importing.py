"""
Tests for L{sslpool.commands.gskkyman.importing}: all that is in files is stored, and each is named.
"""

from __future__ import annotations

import os

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.gskkyman.importing import Imported, Importing
from sslpool.commands.gskkyman.inputfiles import readInput
from sslpool.commands.gskkyman.workbench import CertificateSpec, Workbench
from sslpool.keydb.armor import armored
from sslpool.keydb.database import Database
from sslpool.keydb.exchange import exportPem
from sslpool.keydb.files import PRIVATE, writeNew
from sslpool.keydb.requests import requestOf
from sslpool.keydb.revocations import listRevocations
from tests.doubles.certificates import credentialPem, keyPem, makeAuthority, makeDatabase, makeRevocations, makeServer
from tests.keydb.refusals import refused

ROOT = makeAuthority("Root")
LOWER = makeAuthority("Lower", ROOT)
SERVER = makeServer(LOWER)
LISTS = tuple(makeRevocations(authority).pem for authority in (LOWER, ROOT))


class ImportingTests(SynchronousTestCase):
    """
    An empty key database.
    """

    def setUp(self) -> None:
        """
        Make it.
        """
        self.database = Database.openStashed(makeDatabase(self.mktemp() + ".kdb"))
        self.addCleanup(self.database.close)
        self.work = Workbench(self.database)

    def importing(self, *contents: bytes, password: str | None = None, **options: bool) -> Importing:
        """
        Return the import of files that hold C{contents}.
        """
        paths = [str(self.mktemp()) for _ in contents]
        for path, content in zip(paths, contents, strict=True):
            writeNew(path, content, PRIVATE)
        return Importing(self.work, [readInput(path) for path in paths], password, **options)

    def ids(self, done: Imported) -> list[str]:
        """
        Return the ids of the messages.
        """
        return [each.id for each in (*done.stored, *done.refused)]

    def labels(self) -> list[str]:
        """
        Return the labels that are there.
        """
        return [record.label for record in self.database.records()]

    def lists(self) -> list[str]:
        """
        Return the labels of the authorities whose lists are there.
        """
        return [record.label for record in listRevocations(self.database)]

    def test_pair(self) -> None:
        """
        Certificate and private key in two files, in either order.
        """
        chain = exportPem((SERVER.certificate, *SERVER.chain))
        for label, contents in (("ONE", (chain, keyPem(SERVER.key))), ("TWO", (keyPem(SERVER.key), chain))):
            self.assertEqual(self.ids(self.importing(*contents).key(label)), ["SSLP304I"])
        self.assertEqual(self.labels(), ["ONE", "TWO"])
        self.assertEqual(self.database.credential("TWO").chain, SERVER.chain)
        with refused("SSLP342E"):
            self.importing(chain, keyPem(ROOT.key)).key("THREE")

    def test_authoritiesAndLists(self) -> None:
        """
        Authorities and their lists in one file, whatever their order: all are stored and named.
        """
        content = b"".join(LISTS) + exportPem((LOWER.certificate, ROOT.certificate))
        done = self.importing(content).certificates()
        self.assertEqual(self.ids(done), ["SSLP304I", "SSLP304I", "SSLP366I", "SSLP366I"])
        self.assertEqual((self.labels(), self.lists()), (["Lower", "Root"], ["Lower", "Root"]))

    def test_lists(self) -> None:
        """
        Of two lists each is named, that without its authority as refused; alone it is an error.
        """
        self.importing(exportPem((ROOT.certificate,))).certificates("Root CA")
        done = self.importing(b"".join(LISTS)).certificates()
        self.assertEqual(self.ids(done), ["SSLP366I", "SSLP829E"])
        self.assertIn("SSLP362E", str(done.refused[0]))
        self.assertEqual(self.lists(), ["Root CA"])
        with refused("SSLP362E"):
            self.importing(LISTS[0]).certificates()

    def test_keyAndLists(self) -> None:
        """
        Lists beside a private key are stored too.
        """
        self.importing(exportPem((LOWER.certificate,))).certificates("Lower")
        done = self.importing(credentialPem(SERVER) + LISTS[0]).key("WEB")
        self.assertEqual((self.ids(done), self.lists()), (["SSLP304I", "SSLP366I"], ["Lower"]))

    def test_truststore(self) -> None:
        """
        PKCS #12 without keys, as of Java, has the labels that it says; it needs its password.
        """
        entries = [
            pkcs12.PKCS12Certificate(authority.certificate.strict, name)
            for authority, name in ((ROOT, b"my root"), (LOWER, b"lower"))
        ]
        content = pkcs12.serialize_java_truststore(entries, BestAvailableEncryption(b"secret"))
        with refused("SSLP821E"):
            self.importing(content).certificates()
        self.assertEqual(self.ids(self.importing(content, password="secret").certificates()), ["SSLP304I"] * 2)
        self.assertEqual(self.labels(), ["lower", "my root"])
        with refused("SSLP341E"):
            self.importing(content, password="secret").key("WEB")

    def test_bundle(self) -> None:
        """
        Of a bundle what has expired is left out and named, and what is there already stays.
        """
        old = makeAuthority("Old", days=-3)
        content = exportPem(each.certificate for each in (old, ROOT, LOWER))
        self.importing(exportPem((ROOT.certificate,))).certificates("Mine")
        done = self.importing(content).certificates()
        self.assertEqual(self.ids(done), ["SSLP826W", "SSLP827I", "SSLP304I"])
        self.assertEqual(self.labels(), ["Lower", "Mine"])
        with refused("SSLP372E"):
            self.importing(exportPem((old.certificate,))).certificates("Old")
        self.importing(content, unchecked=True).certificates()
        self.assertEqual(self.labels(), ["Lower", "Mine", "Old"])

    def test_unreadable(self) -> None:
        """
        In a bundle of authorities a certificate that cannot be read is left out and named; elsewhere, and where
        there is no other, it is refused.
        """
        bad = armored(b"CERTIFICATE", bytes.fromhex("3003020100"))
        done = self.importing(exportPem((ROOT.certificate,)) + bad).certificates()
        self.assertEqual((self.ids(done), self.labels()), (["SSLP826W", "SSLP304I"], ["Root"]))
        self.assertIn("SSLP345E", str(done.stored[0]))
        for content in (bad, bad + LISTS[1]):
            with refused("SSLP345E"):
                self.importing(content).certificates()
        with refused("SSLP345E"):
            self.importing(credentialPem(SERVER) + bad).key("WEB")
        with refused("SSLP345E"):
            self.importing(exportPem((SERVER.certificate,)) + bad).received()
        self.assertEqual((self.labels(), self.lists()), (["Root"], []))

    def test_leftOut(self) -> None:
        """
        Certificates that do not stand above the one that is imported are named, but for those of other keys.
        """
        others = [makeServer(LOWER, f"{number}.example").certificate for number in range(12)]
        done = self.importing(credentialPem(SERVER) + exportPem(others[:1])).key("ONE")
        self.assertEqual(self.ids(done), ["SSLP304I", "SSLP832I"])
        self.assertIn(f"chain of ONE are left out: {others[0].shown}", str(done.stored[1]))
        content = b"friendlyName: THREE\n" + exportPem((SERVER.certificate,)) + keyPem(SERVER.key)
        content += credentialPem(makeServer(LOWER, "other.example"))
        self.assertEqual(self.ids(self.importing(content).key("THREE")), ["SSLP304I"])
        done = self.importing(credentialPem(SERVER) + exportPem(others)).key("TWO")
        self.assertIn(f"{others[9].shown}; and 2 more", str(done.stored[1]))
        self.assertEqual(self.database.credential("TWO").chain, SERVER.chain)

    def test_sameName(self) -> None:
        """
        A renewed authority with the same name takes the place of the old one where that is said, and gets a number
        otherwise.
        """
        renewed = makeAuthority("Root", days=90)
        self.importing(exportPem((ROOT.certificate,))).certificates()
        self.importing(exportPem((renewed.certificate,))).certificates()
        self.assertEqual(self.labels(), ["Root", "Root 2"])
        newest = makeAuthority("Root", days=120)
        self.importing(exportPem((newest.certificate,)), replace=True).certificates()
        self.assertEqual(self.labels(), ["Root", "Root 2"])
        self.assertEqual(self.database.certificates("Root")[0], newest.certificate)

    def test_received(self) -> None:
        """
        An answer may bring revocation lists; a list of an authority that is not here is named.
        """
        self.work.request(CertificateSpec("NEW", names=("www.example.com",)), self.mktemp())
        leaf = makeServer(LOWER, key=requestOf(self.database, "NEW").key).certificate
        done = self.importing(exportPem((leaf, LOWER.certificate)) + LISTS[1]).received()
        self.assertEqual(self.ids(done), ["SSLP390I", "SSLP829E"])
        with refused("SSLP340E"):
            self.importing(keyPem(SERVER.key)).received()

    def test_beside(self) -> None:
        """
        What certbot writes: the file with the key is named.
        """
        folder = str(self.mktemp())
        os.mkdir(folder)
        chain, key = (os.path.join(folder, name) for name in ("fullchain.pem", "privkey.pem"))
        writeNew(chain, exportPem((SERVER.certificate, *SERVER.chain)), PRIVATE)
        with refused("SSLP341E"):
            Importing(self.work, [readInput(chain)]).key("WEB")
        writeNew(key, keyPem(SERVER.key), PRIVATE)
        with refused("SSLP828E"):
            Importing(self.work, [readInput(chain)]).key("WEB")
        Importing(self.work, [readInput(chain), readInput(key)]).key("WEB")
        self.assertEqual(self.labels(), ["WEB"])
