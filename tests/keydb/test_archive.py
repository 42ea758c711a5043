"""
Tests for L{sslpool.keydb.archive}.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb import archive
from sslpool.keydb.archive import Archive, ArchivedFile, Manifest, decoded, digestOf, encoded
from sslpool.messages import OperatorError
from sslpool.wire.serial import toJson

SUFFIXES = (".TCPIP", ".DIRECT")
FILES = {"config/PROFILE.TCPIP": b"SSLSERVERID *\n", "keys/Database.kdb": b"\0" * 600, "keys/Database.rdb": b""}


def kept(name: str, content: bytes) -> ArchivedFile:
    """
    Return what a manifest says of a file.
    """
    return ArchivedFile(name, len(content), digestOf(content), 0o640, "root", "sslserv")


def archiveOf(files: dict[str, bytes], keyFile: str = "gskadm/Database.kdb") -> Archive:
    """
    Return a backup with these files.
    """
    manifest = Manifest(1, "26.11.0", 1_700_000_000.5, "TCPIP", "/etc/sslpool", keyFile, ())
    return Archive(evolve(manifest, files=tuple(kept(*each) for each in files.items())), files)


class RoundTripTests(SynchronousTestCase):
    """
    What is written is read.
    """

    def test_same(self) -> None:
        """
        Manifest and files are the same, and no content is shown.
        """
        before = archiveOf(FILES)
        self.assertEqual(decoded(encoded(before), "x", SUFFIXES), before)
        self.assertNotIn("SSLSERVERID", repr(before))

    def test_tar(self) -> None:
        """
        The form is tar; the manifest is first, and for its owner only.
        """
        with tarfile.open(fileobj=io.BytesIO(encoded(archiveOf(FILES)))) as tar:
            self.assertEqual(tar.getnames(), ["MANIFEST.json", *FILES])
            self.assertEqual({member.mode for member in tar}, {0o600, 0o640})

    def test_keyFiles(self) -> None:
        """
        A key file may be anywhere, with any name; what belongs to it is called likewise.
        """
        cases = {"/etc/ssl/.keys/web.p12": ["web.sth"], "site.pem": [], "a/b/c.kdb": ["c.rdb", "c.sth"]}
        for name, more in cases.items():
            files = {f"keys/{each}": b"x" for each in (name.rpartition("/")[2], *more)}
            self.assertEqual(decoded(encoded(archiveOf(files, name)), "x", SUFFIXES).contents, files)


class MalformedTests(SynchronousTestCase):
    """
    Whatever no backup has is refused.
    """

    def refused(self, octets: bytes) -> str:
        """
        Return why it is refused.
        """
        error = self.assertRaises(OperatorError, decoded, octets, "b.tar", SUFFIXES)
        self.assertEqual((error.said.id, error.said.fields["path"]), ("SSLP094E", "b.tar"))
        return str(error.said.fields["reason"])

    def rewritten(self, change: Callable[[tarfile.TarInfo], None], name: str = "config/PROFILE.TCPIP") -> bytes:
        """
        Return a backup one of whose members is another kind of thing.
        """
        buffer, whole = io.BytesIO(), encoded(archiveOf(FILES))
        with tarfile.open(fileobj=io.BytesIO(whole)) as tar, tarfile.open(fileobj=buffer, mode="w") as other:
            for member in tar:
                content = tar.extractfile(member)
                if member.name == name:
                    change(member)
                other.addfile(member, content if member.isreg() else None)
        return buffer.getvalue()

    def test_damaged(self) -> None:
        """
        What is no archive, or is cut short or changed anywhere in files and manifest.
        """
        whole = encoded(archiveOf(FILES))
        for octets in (b"", b"hello", whole[:700], whole[:-9000], b"\x1f\x8b" + whole, whole[512:]):
            self.refused(octets)
        at = whole.index(b"SSLSERVERID")
        self.assertEqual(self.refused(whole[:at] + b"X" + whole[at + 1 :]), "config/PROFILE.TCPIP is damaged")
        at = whole.index(b'"size"')
        self.refused(whole[:at] + b"X" + whole[at + 1 :])

    def test_everyCut(self) -> None:
        """
        Wherever it is cut short it is refused, with the same message; and so is each flipped bit of the heads.
        """
        whole = encoded(archiveOf(FILES))
        end = len(whole.rstrip(b"\0"))
        for length in range(0, end, 97):
            self.refused(whole[:length])
        for at in range(0, 512, 3):
            octets = bytearray(whole)
            octets[at] ^= 0x55
            try:
                decoded(bytes(octets), "b.tar", SUFFIXES)
            except OperatorError as error:
                self.assertEqual(error.said.id, "SSLP094E")

    def test_kinds(self) -> None:
        """
        Links, directories, devices and pipes.
        """
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):

            def change(member: tarfile.TarInfo, kind: bytes = kind) -> None:
                member.type, member.linkname, member.size = kind, "/etc/shadow", 0

            self.assertEqual(self.refused(self.rewritten(change)), "it holds something else than files")

    def test_names(self) -> None:
        """
        Files that lie elsewhere, or that no backup has.
        """
        for name in (
            "/etc/passwd.TCPIP",
            "config/../PROFILE.TCPIP",
            "config/../../x.TCPIP",
            "config/sub/PROFILE.TCPIP",
            "config/..",
            "config/",
            "config/x.service",
            "config/\n.TCPIP",
            "config/" + "x" * 255 + ".TCPIP",
            "keys/other.kdb",
            "keys/../Database.kdb",
            "keys/Database.pem",
            "PROFILE.TCPIP",
            "other/PROFILE.TCPIP",
        ):
            octets = encoded(archiveOf({**FILES, name: b"x"}))
            self.assertEqual(self.refused(octets), "it holds a file that belongs into no backup", name)

    def test_keyFile(self) -> None:
        """
        A key file that is missing, or whose name leads elsewhere.
        """
        base = "Database.kdb"
        for name in (f"../{base}", f"a/../../{base}", f"a//{base}", "", ".", "/", "a/..", f"\0/{base}"):
            reason = self.refused(encoded(archiveOf(FILES, name)))
            self.assertEqual(reason, "its key file has no proper name", name)
        self.assertEqual(self.refused(encoded(archiveOf(FILES, "other.kdb"))), "its key file is missing")

    def test_manifest(self) -> None:
        """
        A manifest with more or fewer files than there are, of another format, or that is none.
        """
        whole = archiveOf(FILES)
        more = evolve(whole, manifest=evolve(whole.manifest, format=2))
        self.assertEqual(self.refused(encoded(more)), "its format is 2, and this release knows 1")
        fewer = evolve(whole.manifest, files=whole.manifest.files[1:])
        twice = evolve(whole.manifest, files=(*whole.manifest.files, whole.manifest.files[0]))
        for manifest in (toJson(fewer), toJson(twice), "{}", "[" * 100_000, "null", ""):
            buffer = io.BytesIO()
            with tarfile.open(fileobj=buffer, mode="w") as tar:
                for name, content in {"MANIFEST.json": manifest.encode("ascii"), **FILES}.items():
                    archive._add(tar, name, content, 0o600, 0)
            self.refused(buffer.getvalue())

    def test_twice(self) -> None:
        """
        A file that is there twice: which of them counts is not for the archive to say.
        """

        def change(member: tarfile.TarInfo) -> None:
            member.name = "config/PROFILE.TCPIP"

        self.assertIn("twice", self.refused(self.rewritten(change, "keys/Database.rdb")))

    def test_bounds(self) -> None:
        """
        Far too many files, and files that are far too large, are not read.
        """
        self.patch(archive, "MOST_FILES", 3)
        self.assertIn("too many", self.refused(encoded(archiveOf({**FILES, "config/A.TCPIP": b""}))))
        self.patch(archive, "LARGEST_DATABASE", 599)
        self.assertIn("too large", self.refused(encoded(archiveOf(FILES))))
