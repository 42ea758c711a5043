# -*- test-case-name: tests.tls.test_table -*-
"""
The table of cipher suites row by row: what EXEMPT and ENABLE make of each in real handshakes, and how it is shown.
"""

from __future__ import annotations

import ssl
from functools import partial

from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import Position, ServerParameters
from sslpool.config.tokens import Findings, tokenize
from sslpool.config.vmssl import parseParameters
from sslpool.keydb.records import Credential
from sslpool.tls.ciphers import SUITES, Suite, isProvided
from sslpool.tls.policy import Policy, policyFindings
from tests.tls.meeting import elliptic, meet, meetLibrary, trusting, withDsa, withRsa


def fitting(suite: Suite) -> Credential:
    """
    Return a credential whose key C{suite} can use.
    """
    if "DSS" in suite.iana:
        return withDsa()
    return withRsa() if "_RSA_" in suite.iana else elliptic()


def asking(suite: Suite, context: SSL.Context) -> None:
    """
    Let a client ask for C{suite} only.
    """
    context.set_min_proto_version(SSL.TLS1_3_VERSION)
    context.set_cipher_list(b"ALL:@SECLEVEL=0")
    context.set_tls13_ciphersuites(suite.library.encode("ascii"))


class RowTests(SynchronousTestCase):
    """
    One row of the table.

    @ivar suite: the row.
    """

    suite: Suite

    def parameters(self, text: str) -> ServerParameters:
        """
        Return what operands say, in which nothing is wrong.
        """
        findings = Findings()
        parameters = parseParameters(tokenize("F", text), findings, Position("F", 1))
        self.assertEqual(findings.all(), ())
        return parameters

    def agreed(self, text: str) -> str:
        """
        Return the suite that is agreed upon with a client that has only this one.
        """
        policy = Policy.of(self.parameters(text))
        if self.suite.tls13:
            configure = partial(asking, self.suite)
            return meetLibrary(self, policy, elliptic(), configure).client.get_cipher_name() or ""
        client = trusting(ssl.TLSVersion.TLSv1_2, f"{self.suite.library}:@SECLEVEL=0")
        meeting = meet(policy, client, fitting(self.suite))
        self.addCleanup(meeting.close)
        return (meeting.client.cipher() or ("",))[0]

    def state(self, text: str) -> str:
        """
        Return how the suite is shown.
        """
        states = {each.name: each for each in Policy.of(self.parameters(text)).suiteStates()}
        self.assertEqual(states[self.suite.name].strength, self.suite.strength)
        return states[self.suite.name].state

    def row(self) -> None:
        """
        See what becomes of the suite.
        """
        name = self.suite.name
        enable = "" if self.suite.default else f"ENABLE {name}"
        if not isProvided(self.suite):
            self.assertEqual(Policy.of(self.parameters(f"EXEMPT {name}")), Policy())
            self.assertEqual(Policy.of(self.parameters(enable)), Policy())
            found = policyFindings(self.parameters(enable))
            self.assertEqual([each.said.id for each in found], ["SSLP258W"])
            self.assertEqual([self.state(""), self.state(f"EXEMPT {name}"), self.state(enable)], ["not provided"] * 3)
            return
        self.assertEqual(self.agreed(enable), self.suite.library)
        self.assertEqual(self.state(enable), "in use")
        without = f"EXEMPT {name} {enable}"
        self.assertRaises(SSL.Error, self.agreed, without)
        self.assertEqual(self.state(without), "exempt" if self.suite.default else "off")
        if not self.suite.default:
            self.assertRaises(SSL.Error, self.agreed, "")
            self.assertEqual(self.state(""), "off")
        if self.suite.strength != "HIGH":
            self.assertRaises(SSL.Error, self.agreed, f"EXEMPT {self.suite.strength} {enable}")


def _test(suite: Suite) -> object:
    def test(self: RowTests) -> None:
        self.suite = suite
        self.row()

    test.__doc__ = f"""
    {suite.name}: accepted in EXEMPT, what it changes, and how it is shown.
    """
    return test


for _suite in SUITES:
    setattr(RowTests, f"test_{_suite.name}", _test(_suite))
