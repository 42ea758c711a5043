"""
Tests for L{sslpool.config.vmlink}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import WorkSpaces
from sslpool.config.vmlink import isFilePool
from tests.config.support import assembled, etc, places


def changed(tag: str) -> dict[str, str]:
    """
    Return IBM DTCPARMS with one more tag for the pool.
    """
    name = "IBM.DTCPARMS"
    before = ":mixedcaseparms.YES"
    return {name: etc()[name].replace(before, f"{before}\n                {tag}")}


class VmlinkTests(SynchronousTestCase):
    """
    The C{:vmlink.} tag.
    """

    def spaces(self, tag: str) -> WorkSpaces | None:
        """
        Return the work spaces that a tag names, in a configuration without findings.
        """
        assembly = assembled(changed(tag))
        self.assertEqual(places(assembly), [])
        assert assembly.configuration is not None
        return assembly.configuration.workSpaces

    def test_named(self) -> None:
        """
        A file pool is a name, in upper case however it is written.
        """
        spaces = self.spaces(":vmlink. .dir vmsys:tcpmaint.sslpool_ssl <. A FORCERW>")
        assert spaces is not None
        self.assertEqual((spaces.filePool, spaces.owner, spaces.prefix), ("VMSYS", "TCPMAINT", "SSL"))
        self.assertEqual((spaces.common, spaces.member("SSL00001")), ("TCPMAINT.SSLPOOL_SSL", "TCPMAINT.SSL00001"))
        self.assertEqual(spaces.position.file, "IBM.DTCPARMS")

    def test_path(self) -> None:
        """
        A file pool may be a path, which stays as it is written.
        """
        spaces = self.spaces(":vmlink. .DIR /srv/Pools:MAINT.SSLPOOL_SSL")
        assert spaces is not None
        self.assertEqual((spaces.filePool, spaces.owner), ("/srv/Pools", "MAINT"))

    def test_missing(self) -> None:
        """
        Without the tag there are no work spaces.
        """
        configuration = assembled().configuration
        assert configuration is not None
        self.assertIsNone(configuration.workSpaces)

    def test_otherForms(self) -> None:
        """
        Minidisks and other forms of z/VM are recognized as not used here.
        """
        for value in ("TCPMAINT 591 <. B>", ".DIR VMSYS:SSL00001.", ".DIR", ""):
            assembly = assembled(changed(f":vmlink.{value}"))
            self.assertEqual([each.said.id for each in assembly.findings], ["SSLP543I"], value)

    def test_otherDirectory(self) -> None:
        """
        The directory that is shared has the pool's prefix in its name.
        """
        assembly = assembled(changed(":vmlink. .DIR VMSYS:TCPMAINT.SSLPOOL_STS <. A FORCERW>"))
        self.assertEqual([each.said.id for each in assembly.findings], ["SSLP544W"])

    def test_singleServer(self) -> None:
        """
        A single server has no work space.
        """
        files = {
            "SYSTEM.DTCPARMS": etc()["SYSTEM.DTCPARMS"]
            + ":nick.SSLSERV :type.server :class.ssl :stack.TCPIP :admin_id_list.ROOT\n"
            ":vmlink. .DIR VMSYS:TCPMAINT.SSLPOOL_SSLSERV\n"
            ":nick.SSLDCSSM :type.server :class.ssl_dcss_agent :stack.TCPIP :for.SSLSERV\n",
            "PROFILE.TCPIP": etc()["PROFILE.TCPIP"].replace("SSLSERVERID *", "SSLSERVERID SSLSERV"),
        }
        self.assertIn("SSLP545I", [each.said.id for each in assembled(files).findings])

    def test_filePools(self) -> None:
        """
        Names have at most eight characters; paths have no character that ends them in the tag.
        """
        for text in ("VMSYS", "vmsysu", "/srv/pool", "/ä"):
            self.assertTrue(isFilePool(text), text)
        for text in ("", "TOOLONGNAME", "A.B", "relative/path", "/a b", "/a:b", "/a(b", "/a\x00b", "/a<b"):
            self.assertFalse(isFilePool(text), text)
