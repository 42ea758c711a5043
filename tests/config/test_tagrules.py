"""
Tests for L{sslpool.config.tagrules}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.changes import changes
from sslpool.config.configuration import Configuration, Mount, Position
from tests.config.support import assembled, etc, places

SYSTEM, IBM = "SYSTEM.DTCPARMS", "IBM.DTCPARMS"
AGENT = ":for.SSL*"
STACK = ":dcss_parms.<DEFAULT>"


class TagCase(SynchronousTestCase):
    """
    Tests that add tags to the entries of C{etc}.
    """

    def read(self, old: str, new: str) -> tuple[Configuration | None, list[str]]:
        """
        Return the configuration with a text of IBM DTCPARMS replaced, and the findings' ids.
        """
        text = etc()[IBM]
        self.assertEqual(text.count(old), 1)
        assembly = assembled({IBM: text.replace(old, new)})
        return assembly.configuration, [messageId for messageId, _, _ in places(assembly)]

    def pool(self, tags: str) -> tuple[Configuration | None, list[str]]:
        """
        Return the same with tags added to the pool's entry.
        """
        return self.read(":mixedcaseparms.YES", f":mixedcaseparms.YES {tags}")


class MountTests(TagCase):
    """
    C{:mount.}.
    """

    def mounts(self, value: str) -> tuple[list[tuple[str, str]], list[str]]:
        """
        Return sources and targets, and the findings' ids.
        """
        configuration, found = self.pool(f":mount.{value}")
        mounts = () if configuration is None else configuration.mounts
        return [(each.source, each.target) for each in mounts], found

    def test_pairs(self) -> None:
        """
        Pairs are separated by commas, over line ends; paths keep their case.
        """
        self.assertEqual(self.mounts("/srv/Keys /etc/gskadm"), ([("/srv/Keys", "/etc/gskadm")], []))
        self.assertEqual(self.mounts(" / / ,\n  keys /etc/gskadm/"), ([("/", "/"), ("keys", "/etc/gskadm/")], []))
        self.assertEqual(self.mounts(""), ([], []))

    def test_byteFileSystem(self) -> None:
        """
        File spaces of z/VM are named as having no effect, and not mounted.
        """
        value = " /../VMBFS:VMSYS:ROOT/ / ,\n  /../VMBFS:VMSYS:GSKSSLDB/ /etc/gskadm"
        self.assertEqual(self.mounts(value), ([], ["SSLP203I", "SSLP203I"]))

    def test_watch(self) -> None:
        """
        WATCH behind a pair is about this pair.
        """
        configuration, found = self.pool(":mount.a /b, c /d watch")
        assert configuration is not None
        self.assertEqual(([each.watch for each in configuration.mounts], found), ([False, True], []))

    def test_wrong(self) -> None:
        """
        Anything else is an error.
        """
        for value in ("/srv", "/srv keys", "/srv /a /b", "/srv /a,", ",", "/srv /a WATCH /b", "/srv WATCH"):
            self.assertIn("SSLP202E", self.mounts(value)[1], value)

    def test_position(self) -> None:
        """
        A mount knows its line.
        """
        configuration, _ = self.pool(":mount.a /b")
        assert configuration is not None
        line = next(number for number, line in enumerate(etc()[IBM].splitlines(), 1) if ":mixedcaseparms." in line)
        self.assertEqual(configuration.mounts, (Mount("a", "/b", Position(IBM, line)),))


class TimeZoneTests(TagCase):
    """
    C{:timezone.}.
    """

    def test_zones(self) -> None:
        """
        Time zones as POSIX has them are taken.
        """
        zones = (
            "EST5EDT",
            "UTC0",
            "CET-1CEST,M3.5.0,M10.5.0/3",
            "<+0330>-3:30",
            "EST5EDT4,J60/2:00:00,300",
            "ist-5:30",
            "LINT-14",
            "EST5EDT4,J60/99,300/-99",
        )
        for zone in zones:
            configuration, found = self.pool(f":timezone.{zone}")
            assert configuration is not None, zone
            self.assertEqual((configuration.timeZone, found), (zone, []))
        configuration, found = self.pool("")
        assert configuration is not None
        self.assertIsNone(configuration.timeZone)

    def test_wrong(self) -> None:
        """
        Others are errors.
        """
        for zone in ("Europe/Berlin", "EST", "5", "EST5EDT,M13.1.0,M1.1.0", "EST5EDT,M3.5.0", "E5", "EST5 EDT", "ÄST5",
                     "UTC+24", "UTC-15", "UTC14:00:01", "EST5EDT24"):  # fmt: skip
            self.assertEqual(self.pool(f":timezone.{zone}")[1], ["SSLP202E"], zone)


class SandboxTests(TagCase):
    """
    C{:sandbox.}.
    """

    def test_values(self) -> None:
        """
        It is YES, in any case, unless it is NO; anything else is an error.
        """
        for text, expected in (("", True), (":sandbox.yes", True), (":sandbox.NO", False), (":sandbox.no", False)):
            configuration, found = self.pool(text)
            assert configuration is not None, text
            self.assertEqual((configuration.sandbox, found), (expected, []), text)
        for text in (":sandbox.", ":sandbox.off", ":sandbox.yes no"):
            self.assertEqual(self.pool(text)[1], ["SSLP202E"], text)

    def test_pending(self) -> None:
        """
        A change takes a new start.
        """
        before, after = self.pool("")[0], self.pool(":sandbox.NO")[0]
        assert before is not None and after is not None
        self.assertEqual([(each.what, each.running) for each in changes(before, after)], [(":sandbox.", False)])


class OtherServerTests(TagCase):
    """
    The tags in entries that are not the pool's.
    """

    def test_others(self) -> None:
        """
        They have no effect there, and that is said.
        """
        self.assertEqual(self.read(AGENT, f"{AGENT} :mount.a b :timezone.x :sandbox.NO")[1], ["SSLP203I"] * 3)


class SegmentTests(TagCase):
    """
    The name in C{:dcss_parms.}.
    """

    def test_pages(self) -> None:
        """
        The pages are kept, to be shown.
        """
        for text, pages in (("<DEFAULT>", "10000-100FF"), ("sslcache 20000-200FF", "20000-200FF")):
            configuration = assembled({IBM: etc()[IBM].replace(STACK, f":dcss_parms.{text}")}).configuration
            assert configuration is not None
            self.assertEqual(configuration.segmentPages, pages)

    def segment(self, stack: str, agent: str = "") -> tuple[str, list[str]]:
        """
        Return the segment's name, and the findings' ids.
        """
        text = etc()[IBM].replace(STACK, f":dcss_parms.{stack}").replace(AGENT, f"{AGENT} {agent}")
        assembly = assembled({IBM: text})
        assert assembly.configuration is not None
        return assembly.configuration.segment, [messageId for messageId, _, _ in places(assembly)]

    def test_names(self) -> None:
        """
        The stack's entry counts, then the agent's, then the stack's userid; pages have no effect.
        """
        self.assertEqual(self.segment("<DEFAULT>"), ("TCPIP", []))
        self.assertEqual(self.segment("sslcache 10000-100FF"), ("SSLCACHE", ["SSLP203I"]))
        self.assertEqual(self.segment("<DEFAULT>", ":dcss_parms.B 1-2"), ("B", ["SSLP203I"]))
        self.assertEqual(self.segment("B 1-2", ":dcss_parms.B 1-2"), ("B", ["SSLP203I", "SSLP203I"]))

    def test_different(self) -> None:
        """
        Two names are a warning.
        """
        segment, found = self.segment("A 1-2", ":dcss_parms.B 1-2")
        self.assertEqual((segment, found[-1]), ("A", "SSLP292W"))
