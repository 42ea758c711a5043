"""
Tests for L{sslpool.stack.configuration.mounts}.
"""

from __future__ import annotations

import os

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Mount, Position
from sslpool.stack.configuration.mounts import mounted
from tests.config.support import assembled

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
