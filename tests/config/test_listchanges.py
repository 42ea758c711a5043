"""
Tests for L{sslpool.config.listchanges}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.config.listchanges import ListChange, listChanges, listsOf
from sslpool.config.profile import parseProfile
from sslpool.config.tokens import Findings


class ListChangesTests(SynchronousTestCase):
    """
    What changes in lists, and nowhere else.
    """

    def test_idle(self) -> None:
        """
        Entries that the stack does nothing for are said, and no others.
        """
        before = {"PORT": {"21 TCP A": False, "443 TCP B": True, "80 TCP C": False}}
        after = {"PORT": {"22 TCP A": False, "993 TCP B": True, "80 TCP C": True}}
        self.assertEqual(listChanges(before, after), [ListChange("PORT", ("22 TCP A",), ("21 TCP A",))])
        self.assertEqual(listChanges(after, after), [])

    def test_unknown(self) -> None:
        """
        Without a configuration before there is nothing to compare with.
        """
        profile = parseProfile("F", "PORT 21 TCP A\n", Findings())
        self.assertEqual(listsOf(profile, None), {})
        self.assertEqual(listChanges({}, {"PORT": {"21 TCP A": False}}), [])
