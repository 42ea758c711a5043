"""
Tests for L{sslpool.server.labelling}.
"""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.chains import checkChain
from sslpool.keydb.database import Database
from sslpool.keydb.records import Credential
from sslpool.messages import OperatorError
from sslpool.server.labelling import changedLabels, checkedLabels, digestOf, readLabelling
from sslpool.testing.certificates import makeAuthority, makeDatabase, makeServer, revoke
from sslpool.tls.labels import Label, buildLabels
from sslpool.tls.peers import Trust
from sslpool.tls.policy import Policy
from tests.server.scene import portTo
from tests.tls.reception import portPolicy


class LabellingTests(SynchronousTestCase):
    """
    A root, an authority below it, and servers.
    """

    def setUp(self) -> None:
        """
        Make them.
        """
        self.root = makeAuthority("Root")
        self.below = makeAuthority("Below", self.root)
        self.first = makeServer(self.below, label="FIRST")
        self.second = makeServer(self.root, label="SECOND")

    def database(self, *credentials: Credential) -> str:
        """
        Return a key database with these.
        """
        return makeDatabase(self.mktemp() + ".kdb", credentials)

    def test_read(self) -> None:
        """
        Whoever reads the same state gets the same digest and the same certificates.
        """
        path = self.database(self.second, self.first)
        one, other = readLabelling(path, Policy(), 1), readLabelling(path, Policy(), 7)
        self.assertEqual([status.label for status in one.read.labels], ["FIRST", "SECOND"])
        self.assertEqual([status.generation for status in other.read.labels], [7, 7])
        self.assertEqual(one.digest, other.digest)

    def test_digest(self) -> None:
        """
        Another label, certificate or chain is another state; the order is none.
        """
        both = [self.first, self.second]
        states = [
            both,
            [self.first],
            [evolve(self.first, label="OTHER"), self.second],
            [evolve(self.first, chain=()), self.second],
            [makeServer(self.below, label="FIRST"), self.second],
        ]
        self.assertEqual(len({digestOf(state) for state in states}), len(states))
        self.assertEqual(digestOf(both), digestOf(reversed(both)))
        trusts = [Trust(), Trust((self.root.certificate,)), Trust((self.root.certificate,), (revoke(self.root),))]
        self.assertEqual(len({digestOf(both, trust) for trust in trusts}), len(trusts))

    def test_trust(self) -> None:
        """
        The authorities in the key database are those whose word counts about clients.
        """
        path = self.database(self.first)
        before = readLabelling(path, Policy(), 1)
        self.assertEqual(before.trust.authorities, ())
        with Database.openStashed(path) as database:
            database.addCertificate("Root", self.root.certificate)
        after = readLabelling(path, Policy(), 2)
        self.assertEqual(after.trust.authorities, (self.root.certificate,))
        self.assertNotEqual(after.digest, before.digest)

    def test_brokenChain(self) -> None:
        """
        A chain that no client could verify is refused with both names.
        """
        impostor = makeAuthority("Below", self.root).certificate
        broken = evolve(self.first, chain=(impostor,))
        error = self.assertRaises(OperatorError, checkChain, broken)
        self.assertEqual(
            str(error), "SSLP163E The chain of label FIRST is broken: CN=localhost was not issued by CN=Below"
        )
        self.assertRaises(OperatorError, readLabelling, self.database(broken, self.second), Policy(), 1)
        checkChain(self.first)

    def test_changedLabels(self) -> None:
        """
        Sessions are not resumed under labels that are gone, or have another certificate.
        """

        def labels(*credentials: Credential) -> dict[str, Label]:
            return buildLabels(credentials, Policy(), 1)

        before = labels(self.first, self.second)
        self.assertEqual(changedLabels(before, labels(self.first, self.second)), [])
        self.assertEqual(changedLabels(before, labels(self.second)), ["FIRST"])
        self.assertEqual(changedLabels(before, labels(makeServer(self.below, label="FIRST"), self.second)), ["FIRST"])
        self.assertEqual(changedLabels({}, before), [])

    def test_checkedLabels(self) -> None:
        """
        With other authorities, those are concerned that ask clients for certificates.
        """
        policy = portPolicy("A", "B=REQUIRED", "C=PREFERRED")
        ports = [portTo(), evolve(portTo(), policy=policy)]
        self.assertEqual(checkedLabels(ports), {"B", "C"})
