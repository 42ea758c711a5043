# -*- test-case-name: tests.commands.gskkyman.test_manyfiles -*-
"""
Tests for L{sslpool.commands.gskkyman.manyfiles}.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path, PurePath
from sqlite3 import Connection

from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.gskkyman.importing import Imported
from sslpool.commands.gskkyman.manyfiles import filesIn, importMany, labelsFor
from sslpool.commands.gskkyman.workbench import Workbench
from sslpool.keydb import sealing
from sslpool.keydb.database import Database
from sslpool.keydb.exchange import exportPem
from sslpool.keydb.records import Credential
from tests.doubles.certificates import (
    credentialPem,
    keyPem,
    makeAuthority,
    makeDatabase,
    makeRevocations,
    makeServer,
    writeCertificates,
    writeCredential,
)
from tests.growth import assertLinear
from tests.keydb.refusals import refused


class LabelTests(SynchronousTestCase):
    """
    Labels that are made from names of files.
    """

    def test_labels(self) -> None:
        """
        Letters and digits, at most eight; what another one has already gets a number.
        """
        for files, taken, expected in (
            (["a/site1.pem", "b/Site-2.example.com.pem"], [], ["SITE1", "SITE2EXA"]),
            (["www.a.example.pem", "www.a.example.org.pem", "WWWAEXA2.p12"], [], ["WWWAEXAM", "WWWAEXA3", "WWWAEXA2"]),
            (["a.pem", "x/a.pem", "y/a.pem"], ["A"], ["A2", "A3", "A4"]),
            (["é.pem", "-.pem"], [], ["CERT", "CERT2"]),
        ):
            self.assertEqual(labelsFor([PurePath(file).stem for file in files], taken), expected)

    def test_many(self) -> None:
        """
        Thousands whose names begin alike get labels in linear time, each its own.
        """
        names = [f"www.shop-{number}.example.pem" for number in range(8_000)]
        self.assertEqual(len(set(labelsFor(names, ()))), len(names))
        assertLinear(lambda size: labelsFor(names[:size], ()), len(names))


class ImportTests(SynchronousTestCase):
    """
    Files and directories.
    """

    def setUp(self) -> None:
        self.authority = makeAuthority()
        self.database = Database.openStashed(makeDatabase(self.mktemp() + ".kdb"))
        self.addCleanup(self.database.close)
        self.database.addCertificates({"Test CA": self.authority.certificate})
        self.work = Workbench(self.database)
        self.directory = self.mktemp()
        os.mkdir(self.directory)

    def write(self, name: str, credential: Credential | None = None) -> str:
        """
        Write a file into the directory; return its name.
        """
        path = os.path.join(self.directory, name)
        return writeCredential(path, credential or makeServer(self.authority, f"{name}.example"))

    def labels(self) -> dict[str, str]:
        """
        Return the names of the subjects of keys by label.
        """
        return {
            each.label: self.database.certificates(each.label)[0].subject.text
            for each in self.database.records()
            if each.hasKey
        }

    def ids(self, done: Imported) -> tuple[list[str], list[str]]:
        """
        Return the ids of messages.
        """
        return [each.id for each in done.stored], [each.id for each in done.refused]

    def test_directory(self) -> None:
        """
        All that can be used is imported; what cannot is named with the reason, and costs nothing else.
        """
        for name in ("one.pem", "two.PEM"):
            self.write(name)
        for name, text in (("bad.pem", "nonsense"), ("README", "nonsense"), ("empty.crt", "")):
            Path(self.directory, name).write_text(text)
        os.mkdir(os.path.join(self.directory, "within.pem"))
        done = importMany(self.work, [self.directory])
        self.assertEqual(sorted(self.labels()), ["ONE", "TWO"])
        self.assertEqual(self.ids(done), (["SSLP335I"] * 2, ["SSLP336E"] * 2))
        self.assertRegex(str(done.refused[0]), r"bad\.pem is not imported: SSLP34\dE")
        self.assertIn(os.path.join(self.directory, "one.pem is imported as ONE, valid until"), str(done.stored[0]))

    def test_again(self) -> None:
        """
        What is there already is not imported again; a renewal takes the place of what it renews,
        whatever its file is called, where that is wanted, and no other certificate's.
        """
        self.write("one.pem")
        importMany(self.work, [self.directory])
        self.assertEqual(self.ids(importMany(self.work, [self.directory])), (["SSLP338I"], []))
        renewed = self.write("renewed.pem", makeServer(self.authority, "one.pem.example", days=60))
        other = self.write("ONE.crt", makeServer(self.authority, "other.example"))
        self.assertEqual(self.ids(importMany(self.work, [renewed]))[1], ["SSLP336E"])
        done = importMany(self.work, [renewed, other], replace=True)
        self.assertEqual(self.ids(done), (["SSLP335I"] * 2, []))
        self.assertEqual(self.labels(), {"ONE": "CN=one.pem.example", "ONE2": "CN=other.example"})

    def test_twice(self) -> None:
        """
        Of files with the same certificate, or with two renewals of one, the first is imported.
        """
        found = makeServer(self.authority, "a.example")
        files = [self.write(name, found) for name in ("a.pem", "b.pem")]
        self.assertEqual(self.ids(importMany(self.work, files)), (["SSLP830I", "SSLP335I"], []))
        files = [self.write(f"{days}.pem", makeServer(self.authority, "a.example", days=days)) for days in (40, 50)]
        self.assertEqual(self.ids(importMany(self.work, files, replace=True)), (["SSLP335I"], ["SSLP336E"]))
        self.assertEqual(sorted(self.labels()), ["A"])

    def test_above(self) -> None:
        """
        Files with certificates above others go with them, as certbot's chain.pem, and complete a chain; what
        stands above nothing is named.
        """
        lower = makeAuthority("Lower", self.authority)
        found = makeServer(lower, "a.example")
        Path(self.directory, "cert.pem").write_bytes(exportPem((found.certificate,)))
        Path(self.directory, "chain.pem").write_bytes(exportPem((lower.certificate,)))
        Path(self.directory, "privkey.pem").write_bytes(keyPem(found.key))
        done = importMany(self.work, [self.directory])
        self.assertEqual(self.ids(done), (["SSLP831I", "SSLP335I"], []))
        self.assertEqual(self.database.credential("CERT").chain, (lower.certificate,))
        Path(self.directory, "fullchain.pem").write_bytes(exportPem((found.certificate, lower.certificate)))
        self.assertEqual(self.ids(importMany(self.work, [self.directory])), (["SSLP830I", "SSLP831I", "SSLP338I"], []))
        Path(self.directory, "chain.pem").write_bytes(exportPem((makeAuthority("Other").certificate,)))
        done = importMany(self.work, [self.directory])
        self.assertEqual(self.ids(done), (["SSLP830I", "SSLP338I"], ["SSLP336E"]))
        self.assertIn("SSLP341E", str(done.refused[0]))

    def test_leftOut(self) -> None:
        """
        A certificate that belongs to no chain is named; those of other keys in the file are imported.
        """
        one, two, other = (makeServer(self.authority, f"{name}.example") for name in ("one", "two", "other"))
        both = credentialPem(one) + credentialPem(two)
        file = Path(self.directory, "a.pem")
        file.write_bytes(both + exportPem((other.certificate,)))
        file.chmod(0o600)
        done = importMany(self.work, [str(file)])
        self.assertEqual(self.ids(done), (["SSLP335I", "SSLP832I"] * 2, []))
        self.assertIn("are left out: CN=other.example", str(done.stored[1]))

    def test_unfit(self) -> None:
        """
        What no server could use is named, and stored where that is wanted.
        """
        file = self.write("old.pem", makeServer(self.authority, days=-1))
        self.assertIn("SSLP372E", str(importMany(self.work, [file]).refused[0]))
        self.assertEqual(self.ids(importMany(self.work, [file], unchecked=True)), (["SSLP335I"], []))

    def test_authorities(self) -> None:
        """
        Certificates of authorities have labels as their files are called; lists go with them.
        """
        one, two = makeAuthority("One"), makeAuthority("Two")
        lower = makeAuthority("Lower", two)
        files = [os.path.join(self.directory, name) for name in ("Our CA.pem", "two.pem", "x/two.pem", "bad.pem")]
        os.mkdir(os.path.join(self.directory, "x"))
        writeCertificates(files[0], one.certificate)
        writeCertificates(files[1], lower.certificate, two.certificate)
        writeCertificates(files[2], self.authority.certificate)
        Path(files[3]).write_text("nonsense")
        Path(self.directory, "a.crl").write_bytes(makeRevocations(one).pem)
        done = importMany(self.work, [os.path.join(self.directory, "a.crl"), *files], withKeys=False)
        self.assertEqual([each.label for each in self.database.records()], ["Our CA", "Test CA", "Two", "two"])
        self.assertEqual(self.ids(done), (["SSLP335I"] * 3 + ["SSLP338I", "SSLP366I"], ["SSLP336E"]))

    def test_nothing(self) -> None:
        """
        A directory without files for it is refused, and nothing is imported.
        """
        with refused("SSLP337E"):
            importMany(self.work, [self.write("one.pem"), os.path.dirname(self.makeEmpty())])
        self.assertEqual(self.labels(), {})

    def makeEmpty(self) -> str:
        """
        Make a file that no directory is read for; return its path.
        """
        directory = self.mktemp()
        os.mkdir(directory)
        path = os.path.join(directory, "README")
        Path(path).touch()
        return path

    def test_files(self) -> None:
        """
        Files come in the order in which they are named, each once.
        """
        one, two = self.write("b.pem"), self.write("a.pem")
        self.assertEqual(filesIn([one, self.directory, two]), [one, two])

    def test_oneChange(self) -> None:
        """
        A password is derived at most when the key database is opened, and it changes once, however
        many files there are.
        """
        self.patch(sealing, "_derive", self.fail)
        changes = []
        changing = Database.changing

        def counted(database: Database, requests: bool = False) -> AbstractContextManager[Connection]:
            changes.append(requests)
            return changing(database, requests)

        self.patch(Database, "changing", counted)
        for number in range(5):
            self.write(f"site{number}.pem")
        self.assertEqual(len(importMany(self.work, [self.directory]).stored), 5)
        self.assertEqual(changes, [False])

    def test_linear(self) -> None:
        """
        Time grows with the number of files.
        """
        credential = makeServer(self.authority)
        files = [self.write(f"{number}.pem", makeServer(self.authority, f"{number}.example")) for number in range(80)]

        def work(size: int) -> None:
            with Database.openStashed(makeDatabase(self.mktemp() + ".kdb", [credential])) as database:
                database.addCertificates({"Test CA": self.authority.certificate})
                self.assertEqual(len(importMany(Workbench(database), files[:size]).stored), size)

        assertLinear(work, len(files))
