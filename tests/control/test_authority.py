"""
Tests for L{sslpool.control.authority}.
"""

from __future__ import annotations

import os
import pwd
import socket

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.control.authority import POOL, Authority, Caller, identify, peerUid

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


class IdentityTests(SynchronousTestCase):
    """
    The kernel and the user database say who calls.
    """

    def test_peerUid(self) -> None:
        """
        The user id is that of the process at the other end.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX)
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        self.assertEqual(peerUid(ours), os.geteuid())
        self.assertEqual(peerUid(ours, lambda: [0, os.getpid() + 1]), os.geteuid())

    def test_pool(self) -> None:
        """
        A process of the pool may nothing, though its user is the stack's.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX)
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        uid = peerUid(ours, lambda: [0, os.getpid()])
        caller = identify(uid)
        self.assertEqual((uid, str(caller)), (POOL, "a process of the pool"))
        for owner in (os.geteuid(), 0):
            self.assertFalse(Authority(owner, frozenset({"ROOT", ""}), frozenset({"", "ROOT"})).admits(caller))

    def test_known(self) -> None:
        """
        A login name is in upper case.
        """
        entry = pwd.getpwuid(0)
        self.assertEqual(identify(0), Caller(0, entry.pw_name.upper()))

    def test_unknown(self) -> None:
        """
        A user id without an entry has no name, and messages show the number.
        """
        used = {entry.pw_uid for entry in pwd.getpwall()}
        free = next(uid for uid in range(60_000, 70_000) if uid not in used)
        self.assertEqual(identify(free), Caller(free, ""))
        self.assertEqual(str(identify(free)), f"uid {free}")
