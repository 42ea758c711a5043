"""
Tests for L{sslpool.tls.tickets}.
"""

from __future__ import annotations

import ssl

from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.suites import SUITES
from sslpool.tls import tickets
from sslpool.tls.anchors import makeAnchor
from sslpool.tls.policy import Policy
from sslpool.tls.tickets import NAME, keyName, ticketName
from tests.tls.meeting import VERSIONS, helloOf, meet, trusting

POLICY = Policy()


class KeyNameTests(SynchronousTestCase):
    """
    The names of ticket keys.
    """

    def test_name(self) -> None:
        """
        It is found out again and again, and no other key has it.
        """
        anchor = makeAnchor(POLICY)
        name = keyName(anchor, POLICY)
        assert name is not None
        self.assertEqual(len(name), NAME)
        self.assertEqual(keyName(anchor, POLICY), name)
        self.assertNotEqual(keyName(makeAnchor(POLICY), POLICY), name)

    def test_clients(self) -> None:
        """
        It is what clients show with the tickets that they got, with each version.
        """
        anchor = makeAnchor(POLICY)
        name = keyName(anchor, POLICY)
        for version in VERSIONS:
            context = trusting(version)
            session = meet(POLICY, context, anchor=anchor).client.session
            self.assertEqual(ticketName(helloOf(context, session)), name, version)
            self.assertIsNone(ticketName(helloOf(context, None)), version)

    def test_policies(self) -> None:
        """
        It is found out whatever versions and suites the policy has left.
        """
        rsaOnly = tuple(suite for suite in SUITES if suite.library.startswith("ECDHE-RSA-AES128-GCM"))
        for policy in (Policy(("TLSV1_2",)), Policy(("TLSV1_3",)), Policy(("TLSV1_2",), rsaOnly)):
            anchor = makeAnchor(policy)
            name = keyName(anchor, policy)
            self.assertIsNotNone(name)
            self.assertEqual(keyName(anchor, policy), name)

    def test_none(self) -> None:
        """
        Where there is no ticket, or no handshake, there is no name.
        """
        policy = Policy(("TLSV1_2",), cacheLife=0)
        self.assertIsNone(keyName(makeAnchor(policy), policy))

        def fail(*arguments: object) -> bytes:
            raise SSL.Error([])

        self.patch(tickets, "_helloWithTicket", fail)
        self.assertIsNone(keyName(makeAnchor(POLICY), POLICY))

    def test_oldVersions(self) -> None:
        """
        A ClientHello without any extension offers no ticket.
        """
        hello = bytes([22, 3, 1, 0, 47, 1, 0, 0, 43, 3, 3, *range(32), 0, 0, 4, 0xC0, 0x2B, 0xC0, 0x2F, 1, 0])
        self.assertIsNone(ticketName(hello))
        self.assertEqual(ssl.TLSVersion.TLSv1_2, VERSIONS[0])
