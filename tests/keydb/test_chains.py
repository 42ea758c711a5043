"""
Tests for L{sslpool.keydb.chains}.
"""

from __future__ import annotations

from itertools import permutations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.chains import belongs, brokenLink, chainAbove, completed, isRoot, shown
from sslpool.testing.certificates import makeAuthority, makeServer, newKey


class ChainTests(SynchronousTestCase):
    """
    A root, two authorities below it, a server.
    """

    def setUp(self) -> None:
        self.root = makeAuthority("Root")
        self.upper = makeAuthority("Upper", self.root)
        self.lower = makeAuthority("Lower", self.upper)
        self.leaf = makeServer(self.lower).certificate
        self.chain = (self.lower.certificate, self.upper.certificate, self.root.certificate)

    def test_anyOrder(self) -> None:
        """
        Whatever the order of the certificates, the chain goes upwards from the leaf.
        """
        for order in permutations((self.leaf, *self.chain)):
            self.assertEqual(chainAbove(self.leaf, order), self.chain)

    def test_brokenLink(self) -> None:
        """
        A chain is whole where each certificate has issued the one before it, and
        not where one is missing, out of order, or only has the issuer's name.
        """
        lower, upper, root = self.chain
        impostor = makeAuthority("Upper", self.root).certificate
        for whole in ((), (lower,), (lower, upper), self.chain):
            self.assertIsNone(brokenLink(self.leaf, whole))
        self.assertEqual(brokenLink(self.leaf, (upper,)), (self.leaf, upper))
        self.assertEqual(brokenLink(self.leaf, (lower, root)), (lower, root))
        self.assertEqual(brokenLink(self.leaf, (upper, lower)), (self.leaf, upper))
        self.assertEqual(brokenLink(self.leaf, (lower, impostor)), (lower, impostor))

    def test_unrelated(self) -> None:
        """
        Certificates that do not stand above the leaf are left out, also one
        that has an issuer's name but not its key.
        """
        impostor = makeAuthority("Lower", self.upper).certificate
        other = makeAuthority("Other").certificate
        self.assertEqual(chainAbove(self.leaf, (impostor, other, *self.chain)), self.chain)

    def test_gap(self) -> None:
        """
        The chain ends where an issuer is missing.
        """
        self.assertEqual(chainAbove(self.leaf, (self.root.certificate, self.lower.certificate)), self.chain[:1])

    def test_crossSigned(self) -> None:
        """
        What another authority has issued for a root's key stands above the root, in whichever order
        they come, and is what is shown of the two; nothing that is its own root is.
        """
        old = makeAuthority("Old")
        crossed = makeAuthority("Root", old, key=self.root.key).certificate
        lower, upper, root = self.chain
        for order in permutations((*self.chain, crossed, old.certificate)):
            found = chainAbove(self.leaf, order)
            self.assertIsNone(brokenLink(self.leaf, found))
            self.assertEqual(shown(found), (lower, upper, crossed))
        self.assertEqual(shown(self.chain), (lower, upper))
        self.assertEqual(shown((lower, upper)), (lower, upper))

    def test_renewedName(self) -> None:
        """
        A certificate with its issuer's name that another key has signed is no root.
        """
        begun = makeAuthority("Same")
        other = makeAuthority("Same", begun)
        self.assertEqual((isRoot(begun.certificate), isRoot(other.certificate)), (True, False))

    def test_circle(self) -> None:
        """
        Two authorities that signed each other do not make an endless chain.
        """
        a, b = makeAuthority("A"), makeAuthority("B")
        aByB, bByA = makeAuthority("A", b), makeAuthority("B", a)
        leaf = makeServer(aByB).certificate
        self.assertEqual(chainAbove(leaf, (aByB.certificate, bByA.certificate)), (aByB.certificate,))

    def test_completed(self) -> None:
        """
        A chain is continued with authorities, but not with a root.
        """
        self.assertEqual(completed(self.leaf, (), self.chain), self.chain[:2])
        self.assertEqual(completed(self.leaf, self.chain[:1], self.chain), self.chain[:2])
        self.assertEqual(completed(self.leaf, self.chain, self.chain), self.chain)

    def test_belongs(self) -> None:
        """
        A key belongs to the certificate that has its public half.
        """
        self.assertTrue(belongs(self.lower.key, self.lower.certificate))
        self.assertFalse(belongs(newKey(), self.lower.certificate))
