"""
Tests for L{sslpool.stack.configuration.files}.
"""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Mount, Position
from sslpool.stack.configuration import files
from sslpool.stack.configuration.files import loadConfiguration, mounted, readDirectory
from tests.config.support import ETC, assembled, unprivileged


class FileTests(SynchronousTestCase):
    """
    The configuration directory.
    """

    def setUp(self) -> None:
        """
        Make a directory.
        """
        unprivileged(self)
        self.directory = Path(self.mktemp()).resolve()
        self.directory.mkdir()

    def found(self) -> list[tuple[str, str, int]]:
        """
        Return id, file and line of what is found in the directory.
        """
        return [(each.said.id, each.file, each.line) for each in readDirectory(str(self.directory))[1]]

    def test_read(self) -> None:
        """
        Configuration files are read under their names, and other files are left alone.
        """
        (self.directory / "A.TCPIP").write_bytes(b"\xef\xbb\xbfA\r\n")
        (self.directory / "B.DTCPARMS").write_text("é")
        (self.directory / "README").write_bytes(b"\xff")
        self.assertEqual(readDirectory(str(self.directory)), ({"A.TCPIP": "A\r\n", "B.DTCPARMS": "é"}, []))

    def test_lowerCase(self) -> None:
        """
        A file that would be read if its name were in upper case is a warning.
        """
        (self.directory / "profile.tcpip").write_text("")
        self.assertEqual(self.found(), [("SSLP285W", "profile.tcpip", 0)])

    def test_undecodable(self) -> None:
        """
        A file that is not UTF-8 is an error at the line of the first wrong octet.
        """
        (self.directory / "A.DATA").write_bytes(b"\n\nA\xe9B\n")
        self.assertEqual(self.found(), [("SSLP284E", "A.DATA", 3)])

    def test_nul(self) -> None:
        """
        A file with a NUL octet, in a comment or because it is UTF-16, is an error at its line; other
        encodings are errors as well, or other text, but never an exception.
        """
        (self.directory / "A.TCPIP").write_bytes(b"ARPAGE 5\n; \0\n")
        (self.directory / "B.TCPIP").write_bytes("ARPAGE 5".encode("utf-16-le"))
        (self.directory / "C.TCPIP").write_bytes("ARPAGE 5".encode("utf-16"))
        (self.directory / "D.TCPIP").write_bytes("; \u00e9".encode("latin-1"))
        (self.directory / "E.TCPIP").write_bytes("ARPAGE 5".encode("cp037"))
        self.assertEqual(
            self.found(),
            [
                ("SSLP286E", "A.TCPIP", 2),
                ("SSLP286E", "B.TCPIP", 1),
                ("SSLP284E", "C.TCPIP", 1),
                ("SSLP284E", "D.TCPIP", 1),
                ("SSLP284E", "E.TCPIP", 1),
            ],
        )

    @settings(max_examples=50)
    @given(st.binary(max_size=200))
    def test_anyOctets(self, octets: bytes) -> None:
        """
        Whatever octets a file has, they are its text or one error at a line of it.
        """
        (self.directory / "A.TCPIP").write_bytes(octets)
        texts, found = readDirectory(str(self.directory))
        self.assertEqual(len(texts) + len(found), 1)
        for finding in found:
            self.assertIn(finding.line, range(1, octets.count(b"\n") + 2))

    def test_unreadable(self) -> None:
        """
        A file that may not be read is an error that says why, and the others are read.
        """

        def refuse(path: str) -> bytes | None:
            if path.endswith("A.DATA"):
                raise PermissionError(errno.EACCES, "Permission denied")
            return original(path)

        original = files._octets
        self.patch(files, "_octets", refuse)
        for name in ("A.DATA", "B.DATA"):
            (self.directory / name).write_text("x")
        texts, [finding] = readDirectory(str(self.directory))
        self.assertEqual((list(texts), finding.file), (["B.DATA"], "A.DATA"))
        self.assertIn("SSLP281E Cannot be read: Permission denied", str(finding.said))

    def test_notFiles(self) -> None:
        """
        Directories and pipes with the name of a file are errors, and reading does not wait for them.
        """
        (self.directory / "A.DATA").mkdir()
        os.mkfifo(self.directory / "B.DATA")
        (self.directory / "C.DATA").symlink_to("nowhere")
        self.assertEqual(
            self.found(), [("SSLP282E", "A.DATA", 0), ("SSLP282E", "B.DATA", 0), ("SSLP281E", "C.DATA", 0)]
        )

    def test_tooLarge(self) -> None:
        """
        A file over the bound is an error, one at the bound is not.
        """
        self.patch(files, "LARGEST_FILE", 10)
        (self.directory / "A.DATA").write_bytes(b"x" * 11)
        (self.directory / "B.DATA").write_bytes(b"x" * 10)
        self.assertEqual(self.found(), [("SSLP283E", "A.DATA", 0)])

    def test_forbidden(self) -> None:
        """
        A directory that may not be read is an error that says why.
        """

        def refuse(path: str) -> list[str]:
            raise PermissionError(errno.EACCES, "Permission denied")

        self.patch(os, "listdir", refuse)
        [finding] = readDirectory(str(self.directory))[1]
        self.assertEqual((finding.said.id, finding.file), ("SSLP281E", str(self.directory)))
        self.assertIn("Permission denied", str(finding.said))

    def test_missing(self) -> None:
        """
        A missing directory is one error and nothing else.
        """
        assembly = loadConfiguration(str(self.directory / "none"), None)
        self.assertIsNone(assembly.configuration)
        self.assertEqual([each.said.id for each in assembly.findings], ["SSLP280E"])

    def test_unreadableIsFatal(self) -> None:
        """
        Where a file cannot be read there is no configuration, however sound the rest is.
        """
        shutil.copytree(ETC, self.directory, dirs_exist_ok=True)
        (self.directory / "X.DATA").mkdir()
        assembly = loadConfiguration(str(self.directory), None, "NODE1")
        self.assertIsNone(assembly.configuration)
        self.assertEqual([each.said.id for each in assembly.findings], ["SSLP282E"])

    def test_load(self) -> None:
        """
        A copy of the configuration that comes with the product works anywhere: KEYFILE is relative to it.
        """
        shutil.copytree(ETC, self.directory, dirs_exist_ok=True)
        configuration = loadConfiguration(os.path.relpath(self.directory), None).configuration
        assert configuration is not None
        self.assertEqual(configuration.keyFile, str(self.directory / "gskadm" / "Database.kdb"))

    def test_mounted(self) -> None:
        """
        A KEYFILE below a target of C{:mount.} is looked for below its source, and a source that is not there is a
        warning.
        """
        shutil.copytree(ETC, self.directory, dirs_exist_ok=True)
        system = self.directory / "IBM.DTCPARMS"
        text = system.read_text().replace("KEYFILE gskadm/", "KEYFILE /etc/gskadm/")
        system.write_text(text.replace(":mixedcaseparms.YES", ":mixedcaseparms.YES :mount.keys /etc/gskadm"))
        assembly = loadConfiguration(str(self.directory), None)
        assert assembly.configuration is not None
        self.assertEqual(assembly.configuration.keyFile, "/etc/gskadm/Database.kdb")
        self.assertEqual([each.said.id for each in assembly.findings], ["SSLP291W"])
        (self.directory / "keys").mkdir()
        assembly = loadConfiguration(str(self.directory), None)
        assert assembly.configuration is not None
        self.assertEqual(assembly.configuration.keyFile, str(self.directory / "keys" / "Database.kdb"))
        self.assertEqual(assembly.findings, ())


PLACE = Position("SYSTEM.DTCPARMS", 7)


class MountTests(SynchronousTestCase):
    """
    Where the key database really is.
    """

    def setUp(self) -> None:
        """
        Make a directory to be mounted.
        """
        self.directory = os.path.abspath(self.mktemp())
        os.makedirs(os.path.join(self.directory, "keys", "deep"))

    def test_watch(self) -> None:
        """
        The mount that counts says whether the key database is watched.
        """
        configuration = assembled().configuration
        assert configuration is not None
        for deeper, watch in ((True, True), (False, False)):
            mounts = (Mount("keys", "/etc", PLACE, not deeper), Mount("keys/deep", "/etc/gskadm", PLACE, deeper))
            configuration = evolve(configuration, keyFile="/etc/gskadm/Database.kdb", mounts=mounts)
            self.assertEqual(mounted(configuration, self.directory)[0].watchKeys, watch)
        other = evolve(configuration, keyFile="/srv/Database.kdb", mounts=(Mount("keys", "/etc", PLACE, True),))
        self.assertFalse(mounted(other, self.directory)[0].watchKeys)

    def keyFile(self, *pairs: tuple[str, str], keyFile: str = "/etc/gskadm/Database.kdb") -> tuple[str, list[str]]:
        """
        Return the key database and the findings.
        """
        configuration = assembled().configuration
        assert configuration is not None
        mounts = tuple(Mount(source, target, PLACE) for source, target in pairs)
        configuration = evolve(configuration, keyFile=keyFile, mounts=mounts)
        changed, findings = mounted(configuration, self.directory)
        return changed.keyFile.replace(self.directory, "DIR"), [str(each) for each in findings]

    def test_below(self) -> None:
        """
        What is below the target is looked for below the source, which may be relative.
        """
        for source in ("keys", os.path.join(self.directory, "keys/")):
            for target in ("/etc/gskadm", "/etc/gskadm/"):
                self.assertEqual(self.keyFile((source, target)), ("DIR/keys/Database.kdb", []))

    def test_beside(self) -> None:
        """
        What is not below it stays, names that begin alike included.
        """
        for target in ("/etc/gsk", "/etc/gskadm/Database.kdb", "/var"):
            self.assertEqual(self.keyFile(("keys", target)), ("/etc/gskadm/Database.kdb", []), target)

    def test_longest(self) -> None:
        """
        Of several the longest target counts, in any order.
        """
        pairs = [("keys/deep", "/etc/gskadm"), ("keys", "/")]
        self.assertEqual(self.keyFile(*pairs), ("DIR/keys/deep/Database.kdb", []))
        self.assertEqual(self.keyFile(*reversed(pairs)), ("DIR/keys/deep/Database.kdb", []))
        self.assertEqual(self.keyFile(pairs[1]), ("DIR/keys/etc/gskadm/Database.kdb", []))

    def test_missing(self) -> None:
        """
        A source that is no directory mounts nothing, and is a warning at its line.
        """
        keyFile, [found] = self.keyFile(("lost", "/etc/gskadm"))
        self.assertEqual(keyFile, "/etc/gskadm/Database.kdb")
        self.assertTrue(found.startswith("SYSTEM.DTCPARMS:7: SSLP291W There is no directory lost"), found)
