"""
Tests for L{sslpool.config.configuration}.
"""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Configuration
from tests.config.support import assembled


class MembersTests(SynchronousTestCase):
    """
    Tests for L{Configuration.members}.
    """

    def setUp(self) -> None:
        """
        Take the configuration that comes with the product.
        """
        configuration = assembled().configuration
        assert configuration is not None
        self.configuration: Configuration = configuration

    def test_pool(self) -> None:
        """
        Members of a pool are the prefix and five digits, from 1 to HIGH.
        """
        members = evolve(self.configuration, poolHigh=3).members
        self.assertEqual(members, ("SSL00001", "SSL00002", "SSL00003"))

    def test_single(self) -> None:
        """
        Where SSLSERVERID names one server, that is the only member.
        """
        self.assertEqual(evolve(self.configuration, serverId="SSLSERV").members, ("SSLSERV",))
