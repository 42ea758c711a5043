"""
Tests for L{sslpool.control.authority}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.control.authority import Authority, Caller

AUTHORITY = Authority(501, frozenset({"ALICE"}), frozenset({"OBEYER"}))


class AuthorityTests(SynchronousTestCase):
    """
    L{Authority} decides by user id and login name.
    """

    def test_owner(self) -> None:
        """
        The stack's own user may always, whatever its name.
        """
        self.assertTrue(AUTHORITY.admits(Caller(501, "SSLPOOL")))
        self.assertTrue(AUTHORITY.admits(Caller(501, "")))

    def test_listed(self) -> None:
        """
        Userids of either list may.
        """
        self.assertTrue(AUTHORITY.admits(Caller(502, "ALICE")))
        self.assertTrue(AUTHORITY.admits(Caller(503, "OBEYER")))

    @given(
        st.integers(0, 2**32 - 1).filter(lambda uid: uid != AUTHORITY.owner),
        st.text().filter(lambda name: name not in AUTHORITY.obey | AUTHORITY.administrators),
    )
    def test_others(self, uid: int, userid: str) -> None:
        """
        Nobody else may, root included.
        """
        self.assertFalse(AUTHORITY.admits(Caller(uid, userid)))

    def test_nameless(self) -> None:
        """
        A caller without a login name is in no list, even one with an empty entry.
        """
        self.assertFalse(Authority(501, frozenset({""}), frozenset()).admits(Caller(502, "")))
