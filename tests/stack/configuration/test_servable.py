"""
Tests for L{sslpool.stack.configuration.servable}.
"""

from __future__ import annotations

import os

from cryptography.hazmat.primitives.asymmetric import rsa
from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.configuration import ServerParameters
from sslpool.keydb.files import stashPath
from sslpool.messages import Said, said
from sslpool.stack.configuration.servable import inChild, shortcomings
from sslpool.tls.ciphers import suitesInUse
from sslpool.tls.policy import Policy
from tests.doubles.certificates import makeAuthority, makeDatabase, makeServer, writeCredential


class TrialTests(SynchronousTestCase):
    """
    Whether anybody can be served.
    """

    def setUp(self) -> None:
        """
        Make certificates with which somebody can, and with which nobody can.
        """
        authority = makeAuthority()
        weak = rsa.generate_private_key(65537, 1024)
        self.good = makeServer(authority, label="GOOD")
        self.weak = makeServer(authority, label="WEAK", key=weak)
        self.late = makeServer(authority, label="LATE", days=-3)

    def ids(self, keyFile: str, *labels: str, policy: Policy | None = None) -> list[str]:
        """
        Return the ids of the reasons why nobody can.
        """
        return [each.id for each in shortcomings(keyFile, labels, policy or Policy())]

    def test_one(self) -> None:
        """
        One label is enough, of those that the port has; that it has expired is for clients to say.
        """
        path = makeDatabase(self.mktemp() + ".kdb", [self.weak, self.good, self.late])
        for labels in (("WEAK", "GOOD"), ("GOOD",), ("LATE",)):
            self.assertEqual(self.ids(path, *labels), [], labels)
        self.assertEqual(self.ids(path, "WEAK"), ["SSLP130E"])

    def test_file(self) -> None:
        """
        The library refuses its key, or no suite in use fits it, or the key file cannot be read.
        """
        path = writeCredential(self.mktemp() + ".pem", self.weak)
        self.assertEqual(self.ids(path, "DEFAULT"), ["SSLP130E"])
        path = writeCredential(self.mktemp() + ".pem", self.good)
        self.assertEqual(self.ids(path, "DEFAULT"), [])
        rsaOnly = tuple(suite.name for suite in suitesInUse() if "ECDSA" in suite.name)
        policy = Policy.of(ServerParameters(exempt=rsaOnly, protocols=("TLSV1_2",)))
        self.assertEqual(self.ids(path, "DEFAULT", policy=policy), ["SSLP144W"])
        path = makeDatabase(self.mktemp() + ".kdb", [self.good])
        os.remove(stashPath(path))
        self.assertEqual(len(self.ids(path, "GOOD")), 1)

    def test_inChild(self) -> None:
        """
        The work is done in a process of its own; of one that fails nothing is heard, and the servers will say why.
        """

        def own() -> list[Said]:
            return [said("SSLP045I"), said("SSLP002I", stack=str(os.getpid()))]

        long = [said("SSLP002I", stack="ä" * 100_000)]
        self.assertEqual((inChild(own)[0], inChild(own)[1] == own()[1]), (said("SSLP045I"), False))
        self.assertEqual(inChild(lambda: long), long)
        self.assertEqual(inChild(lambda: [said("SSLP002I", stack=1 // 0)]), [])
