"""
The table of revocation beside nginx and HAProxy, with a root and one authority below it.  The whole table is a part
of C{make integration}; what servers make of it is L{tests.tls.test_revocation}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.live.installed import lacking
from tests.live.terminators import PEERS, verdicts
from tests.tls.revocationtable import NONE, cells, combinations, filled, peersLetIn


class PeersTests(SynchronousTestCase):
    """
    The same certificates and lists.
    """

    skip = lacking("haproxy", "nginx")

    def test_two(self) -> None:
        """
        Nobody gets in whom either of them refuses, unless because of a list that is missing.
        """
        found = verdicts(list(combinations(2)))
        for kinds, whom in found.items():
            if NONE not in kinds:
                self.assertEqual(whom, 2 * len(PEERS) * (peersLetIn(kinds),), kinds)
            elif set(kinds) != {NONE}:
                self.assertFalse(any(whom), kinds)
        for cell in cells(2):
            self.assertTrue(not cell.good or all(found[filled(cell.lists)]), str(cell))
