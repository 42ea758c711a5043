"""
Tests for L{sslpool.stack.configuration.backup} and L{sslpool.stack.configuration.restoring}.
"""

from __future__ import annotations

import errno
import grp
import itertools
import json
import os
import pwd
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb import archive as archives
from sslpool.keydb.archive import decoded, encoded
from sslpool.keydb.database import Database
from sslpool.keydb.requests import addRequest, requestsOf
from sslpool.keydb.sources import readMaterial
from sslpool.messages import OperatorError
from sslpool.stack.configuration import restoring
from sslpool.stack.configuration.backup import KEPT, backup
from sslpool.stack.configuration.restoring import restore
from sslpool.wire.serial import toPlain
from tests.commands.pool.test_enrolment import tree
from tests.config.support import unprivileged
from tests.doubles.certificates import PASSWORD, makeAuthority, makeDatabase, makeServer, writeCredential
from tests.keydb.test_requests import request
from tests.stack.configuration.test_reconfiguration import FILES

NOW = 1_700_000_000.0


class BackupCase(SynchronousTestCase):
    """
    Tests with a configuration directory and its key database.
    """

    def setUp(self) -> None:
        """
        Make them.
        """
        unprivileged(self)
        self.scratch = Path(self.mktemp()).resolve()
        self.source, self.target = self.scratch / "etc", self.scratch / "new"
        (self.source / "gskadm").mkdir(parents=True)
        for name, text in FILES.items():
            (self.source / name).write_text(text, "ascii")
        self.keyFile("gskadm/Database.kdb")
        self.database = str(self.source / "gskadm" / "Database.kdb")
        makeDatabase(self.database, [makeServer(makeAuthority(), label="WEBCERT")])
        self.file = str(self.scratch / "backup.tar")

    def keyFile(self, name: str) -> None:
        """
        Have the configuration name a key file.
        """
        text = FILES["SYSTEM.DTCPARMS"].replace(":parms.", f":parms.KEYFILE {name} ")
        (self.source / "SYSTEM.DTCPARMS").write_text(text, "ascii")

    def backup(self, stash: bool = False) -> list[str]:
        """
        Make a backup; return the ids of what is said.
        """
        return [each.id for each in backup(self.file, str(self.source), None, stash, NOW)]

    def restore(self, keyFile: str | None = None, replace: bool = False) -> list[str]:
        """
        Restore it; return what is said.
        """
        return [str(each) for each in restore(self.file, str(self.target), keyFile, replace)]

    def refused(self, messageId: str, keyFile: str | None = None, replace: bool = False) -> str:
        """
        See that it is not restored, and that nothing has changed; return why.
        """
        before = tree(self.scratch)
        error = self.assertRaises(OperatorError, self.restore, keyFile, replace)
        self.assertEqual(error.said.id, messageId)
        self.assertEqual(tree(self.scratch), before)
        return str(error.said)


@contextmanager
def failing(case: SynchronousTestCase, owner: Any, name: str, count: int) -> Iterator[None]:
    """
    Have a call of a function fail, as on a full disk.

    @param count: the how manieth.
    """
    real, calls = getattr(owner, name), itertools.count(1)

    def call(*arguments: Any, **options: Any) -> Any:
        if next(calls) == count:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*arguments, **options)

    patched = case.patch(owner, name, call)
    try:
        yield
    finally:
        patched.restore()


class BackupTests(BackupCase):
    """
    The backup.
    """

    def test_written(self) -> None:
        """
        It is for its owner only, and never in the place of another file.
        """
        self.addCleanup(os.umask, os.umask(0))
        self.assertEqual(self.backup(), ["SSLP090I", "SSLP091I"])
        self.assertEqual(stat.S_IMODE(os.stat(self.file).st_mode), 0o600)
        before = tree(self.scratch)
        self.assertEqual(self.assertRaises(OperatorError, self.backup).said.id, "SSLP310E")
        self.assertEqual(tree(self.scratch), before)

    def test_stash(self) -> None:
        """
        The stash, which opens the private keys, is in it only where that is asked for.
        """
        stash = Path(self.database).with_suffix(".sth").read_bytes()
        self.backup()
        self.assertNotIn(stash, Path(self.file).read_bytes())
        os.unlink(self.file)
        self.assertEqual(self.backup(stash=True), ["SSLP090I", "SSLP092W"])
        self.assertIn(stash, Path(self.file).read_bytes())

    def test_unsealed(self) -> None:
        """
        A file with private keys that are not sealed is refused, unless that is asked for.
        """
        self.keyFile("web.pem")
        writeCredential(str(self.source / "web.pem"), makeServer(makeAuthority(), label="WEBCERT"))
        self.assertEqual(self.assertRaises(OperatorError, self.backup).said.id, "SSLP093E")
        self.assertFalse(os.path.exists(self.file))
        self.assertEqual(self.backup(stash=True), ["SSLP090I", "SSLP092W"])
        self.restore()
        self.assertEqual((self.target / "web.pem").read_bytes(), (self.source / "web.pem").read_bytes())
        self.assertEqual(stat.S_IMODE(os.stat(self.target / "web.pem").st_mode), 0o600)

    def test_wrong(self) -> None:
        """
        A configuration with errors and a key database that is missing are named.
        """
        os.unlink(self.database)
        self.assertEqual(self.assertRaises(OperatorError, self.backup).said.id, "SSLP311E")
        os.unlink(self.source / "USER.DIRECT")
        (self.source / "PROFILE.TCPIP").write_text("SSLLIMITS x\n", "ascii")
        self.assertEqual(self.assertRaises(OperatorError, self.backup).said.id, "SSLP607E")
        self.assertFalse(os.path.exists(self.file))

    def test_whileChanging(self) -> None:
        """
        A change of the key database that is under way is not in it, and is not disturbed.
        """
        with Database.openStashed(self.database) as database, database.changing() as connection:
            connection.execute("DELETE FROM entry")
            self.backup(stash=True)
        self.restore()
        self.assertEqual([each.label for each in readMaterial(self.database).credentials], [])
        restored = str(self.target / "gskadm" / "Database.kdb")
        self.assertEqual([each.label for each in readMaterial(restored).credentials], ["WEBCERT"])


class RestoreTests(BackupCase):
    """
    The way back.
    """

    def test_empty(self) -> None:
        """
        In an empty place everything is as it was: texts, keys, requests, permissions.
        """
        (self.source / "MANHOLE.PASSWD").write_text("x\n", "ascii")
        os.chmod(self.source / "MANHOLE.PASSWD", 0o600)
        (self.source / "notes.txt").write_text("not ours", "ascii")
        with Database.open(self.database, PASSWORD) as database:
            addRequest(database, request())
        self.backup(stash=True)
        os.unlink(self.source / "notes.txt")
        messages = self.restore()
        self.assertEqual([each.partition(" ")[0] for each in messages], ["SSLP096I", "SSLP097I"])
        self.assertEqual(tree(self.target), tree(self.source))
        with Database.openStashed(str(self.target / "gskadm" / "Database.kdb")) as database:
            self.assertEqual([each.label for each in requestsOf(database)], ["NEW"])

    def test_withoutStash(self) -> None:
        """
        Without the stash it is said what is missing, unless the one that is there is the right one.
        """
        self.backup()
        self.assertEqual([each[:8] for each in self.restore()], ["SSLP096I", "SSLP091I", "SSLP479I"])
        self.target = self.source
        self.assertEqual([each[:8] for each in self.restore(replace=True)], ["SSLP096I", "SSLP097I"])
        Path(self.database).with_suffix(".sth").write_bytes(b"other")
        messages = self.restore(replace=True)
        self.assertIn("SSLP091I", [each[:8] for each in messages])
        self.assertIn(f"Next: gskkyman stash --database {self.database}; then sslpool check", messages[-1])
        self.target = self.scratch / "my etc"
        self.assertIn(f" --database '{self.target}/gskadm/Database.kdb'; then", self.restore()[-1])

    def test_there(self) -> None:
        """
        Files that are there are overwritten only where that is asked for; those that are not of the backup stay,
        and are named.
        """
        self.backup()
        self.target.mkdir()
        (self.target / "PROFILE.TCPIP").write_text("mine", "ascii")
        (self.target / "NODE.TCPIP").write_text("mine too", "ascii")
        (self.target / "gskadm").mkdir()
        (self.target / "gskadm" / "Database.rdb").write_bytes(b"")
        self.assertIn(str(self.target / "PROFILE.TCPIP"), self.refused("SSLP095E"))
        messages = self.restore(replace=True)
        [others] = [each for each in messages if each.startswith("SSLP088W")]
        self.assertTrue(others.endswith(f"{self.target}/NODE.TCPIP, {self.target}/gskadm/Database.rdb"), others)
        self.assertEqual((self.target / "PROFILE.TCPIP").read_text("ascii"), FILES["PROFILE.TCPIP"])
        self.assertEqual((self.target / "NODE.TCPIP").read_text("ascii"), "mine too")
        self.assertEqual([each.name for each in self.target.rglob(".*")], [])

    def test_outside(self) -> None:
        """
        A key database that was outside of the directory is written there only where that is said.
        """
        other = self.scratch / "keys" / "site.kdb"
        other.parent.mkdir()
        makeDatabase(str(other), [makeServer(makeAuthority(), label="WEBCERT")])
        self.keyFile(str(other))
        self.backup(stash=True)
        self.assertIn(str(other), self.refused("SSLP098E"))
        place = self.scratch / "elsewhere" / "web.kdb"
        messages = self.restore(keyFile=str(place))
        [named] = [each for each in messages if each.startswith("SSLP478W")]
        self.assertTrue(named.endswith(f" names another key database, {other}; change it to KEYFILE {place}"), named)
        self.assertEqual([each.label for each in readMaterial(str(place)).credentials], ["WEBCERT"])
        self.assertEqual(sorted(each.name for each in place.parent.iterdir()), ["web.kdb", "web.sth"])

    def test_named(self) -> None:
        """
        KEYFILE that does not name what was restored is a warning, with what it must be, however it is written.
        """

        def warnings(keyFile: str | None) -> list[str]:
            return [each for each in self.restore(keyFile, replace=True) if each.startswith("SSLP478W")]

        self.backup(stash=True)
        self.assertEqual(warnings(None), [])
        self.assertEqual(warnings(str(self.target / "gskadm" / ".." / "gskadm" / "Database.kdb")), [])
        [named] = warnings(str(self.target / "my keys.kdb"))
        self.assertTrue(named.endswith(f'; change it to KEYFILE "{self.target}/my keys.kdb"'), named)
        os.unlink(self.file)
        self.keyFile(self.database)  # absolute: it does not move with its directory
        self.backup(stash=True)
        [named] = warnings(None)
        self.assertIn(f" names another key database, {self.database}; ", named)

    def test_above(self) -> None:
        """
        Only the last directory is made, of the configuration and of the key database.
        """
        self.backup(stash=True)
        reason = self.refused("SSLP477E", str(self.scratch / "nosuch" / "dir" / "D.kdb"))
        self.assertIn(f"no directory {self.scratch}/nosuch to", reason)
        self.restore(str(self.target / "keys" / "D.kdb"))
        self.target = self.scratch / "nosuch" / "etc"
        self.refused("SSLP477E")

    def test_modes(self) -> None:
        """
        A backup gives nobody more than files of this kind may: no program, no key file for everybody.
        """
        os.chmod(self.database, 0o6777)
        os.chmod(self.source / "TCPIP.DATA", 0o6777)
        self.backup(stash=True)
        self.restore()
        modes = [stat.S_IMODE(os.stat(self.target / each).st_mode) for each in ("gskadm/Database.kdb", "TCPIP.DATA")]
        self.assertEqual(modes, [0o640, 0o664])

    def test_keyDirectory(self) -> None:
        """
        The directory of the key database has the permissions that it had, and never those for everybody to write.
        """
        self.addCleanup(os.umask, os.umask(0o022))
        for mode, restored in ((0o700, 0o700), (0o750, 0o750), (0o2770, 0o2770), (0o777, 0o775), (0o500, 0o700)):
            os.chmod(self.source / "gskadm", mode)
            self.backup(stash=True)
            self.restore()
            self.assertEqual(stat.S_IMODE(os.stat(self.target / "gskadm").st_mode), restored)
            os.chmod(self.source / "gskadm", 0o700)
            shutil.rmtree(self.target)
            os.unlink(self.file)

    def test_keysBesideConfiguration(self) -> None:
        """
        So has the configuration directory where the key database is in it.
        """
        self.keyFile("site.kdb")
        makeDatabase(str(self.source / "site.kdb"), [makeServer(makeAuthority(), label="WEBCERT")])
        os.chmod(self.source, 0o700)
        self.backup(stash=True)
        self.restore()
        self.assertEqual(stat.S_IMODE(os.stat(self.target).st_mode), 0o700)

    def test_keyDirectoryUnknown(self) -> None:
        """
        An older backup says nothing of that directory: then it is for its owner only.
        """
        self.backup(stash=True)
        archive = decoded(Path(self.file).read_bytes(), self.file, KEPT)
        manifest = toPlain(archive.manifest)
        assert isinstance(manifest, dict)
        del manifest["keyDirectoryMode"]
        self.patch(archives, "toJson", lambda record, indent: json.dumps(manifest))
        Path(self.file).write_bytes(encoded(archive))
        self.restore()
        self.assertEqual(stat.S_IMODE(os.stat(self.target / "gskadm").st_mode), 0o700)

    def test_link(self) -> None:
        """
        A link in the place of a file is replaced, and what it leads to stays as it is.
        """
        self.backup(stash=True)
        self.target.mkdir()
        aim = self.scratch / "aim"
        aim.write_text("mine", "ascii")
        os.symlink(aim, self.target / "PROFILE.TCPIP")
        self.refused("SSLP095E")
        self.restore(replace=True)
        self.assertEqual(aim.read_text("ascii"), "mine")
        self.assertFalse((self.target / "PROFILE.TCPIP").is_symlink())

    def test_inTheWay(self) -> None:
        """
        A directory in the place of a file, or a database that is being changed, is named.
        """
        self.backup(stash=True)
        (self.target / "PROFILE.TCPIP").mkdir(parents=True)
        self.refused("SSLP099E", replace=True)
        (self.target / "PROFILE.TCPIP").rmdir()
        (self.target / "gskadm").mkdir()
        for name in ("Database.kdb", "Database.kdb-journal"):
            (self.target / "gskadm" / name).write_bytes(b"")
        self.refused("SSLP099E", replace=True)

    def test_allOrNothing(self) -> None:
        """
        Whichever step fails, everything is as it was: what was there, and what was not.
        """
        self.backup(stash=True)
        (self.target / "gskadm").mkdir(parents=True)
        (self.target / "PROFILE.TCPIP").write_text("mine", "ascii")
        # A draft and a name for each of six files.
        for owner, step in ((restoring, "mkstemp"), (os, "rename")):
            for count in range(1, 7):
                with failing(self, owner, step, count):
                    reason = self.refused("SSLP099E", replace=True)
                self.assertIn("No space left on device", reason)
        self.restore(replace=True)

    def test_notADatabase(self) -> None:
        """
        A key database that is none, though its check sum is right, is not restored.
        """
        self.backup(stash=True)
        self.patch(restoring, "openCopy", lambda path, content: self.fail("not looked at"))
        self.assertRaises(self.failureException, self.restore)

    def test_owners(self) -> None:
        """
        As root files belong to those to whom they belonged; an owner that this machine does not have is named.
        """
        given: list[tuple[int, int]] = []
        self.backup(stash=True)
        octets = Path(self.file).read_bytes()
        self.patch(os, "geteuid", lambda: 0)
        self.patch(os, "fchown", lambda descriptor, owner, group: given.append((owner, group)))
        self.patch(os, "chown", lambda path, owner, group: given.append((owner, group)))
        self.patch(pwd, "getpwnam", {"root": ("root", "x", 4711)}.__getitem__)
        self.patch(grp, "getgrnam", {}.__getitem__)
        self.assertIn(b'"root"', octets)
        messages = self.restore()
        self.assertEqual({owner for owner, _ in given}, {4711})
        self.assertEqual({group for _, group in given}, {-1})
        self.assertIn("SSLP089W", [each[:8] for each in messages])
