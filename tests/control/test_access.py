"""
Tests for L{sslpool.control.access}.
"""

from __future__ import annotations

import os
import socket
from typing import cast

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import succeed
from twisted.trial.unittest import SynchronousTestCase

from sslpool.composition.parts import callers
from sslpool.control.access import Caller
from sslpool.loginnames import Logins
from sslpool.trust import POOL, peerUid
from tests.control.joined import authority

AUTHORITY = authority(501, {"ALICE"}, {"OBEYER"})


class AuthorityTests(SynchronousTestCase):
    """
    L{AccessControl} decides by user id and login name.
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
        st.text().filter(lambda name: name not in AUTHORITY.current.authorized),
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
        self.assertFalse(authority(501, {""}).admits(Caller(502, "")))


class PoolTests(SynchronousTestCase):
    """
    The pool's own processes.
    """

    def test_nothing(self) -> None:
        """
        A process of the pool may do nothing, though its user is the stack's.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX)
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        self.assertEqual(peerUid(ours, lambda: [0, os.getpid() + 1]), os.geteuid())
        uid = peerUid(ours, lambda: [0, os.getpid()])
        caller = self.successResultOf(callers(cast(Logins, None))(uid))
        self.assertEqual((uid, str(caller)), (POOL, "a process of the pool"))
        for owner in (os.geteuid(), 0):
            self.assertFalse(authority(owner, {"ROOT", ""}, {"", "ROOT"}).admits(caller))


class NamesTests(SynchronousTestCase):
    """
    Login names, and common names in certificates, become userids.
    """

    def callerNamed(self, name: str) -> Caller:
        """
        Return the caller with a login name.
        """
        logins = cast(Logins, type("Found", (), {"find": lambda self, uid: succeed(name)})())
        return self.successResultOf(callers(logins)(502))

    def test_upperCase(self) -> None:
        """
        A login name is in upper case, and none where there is none.
        """
        self.assertEqual(self.callerNamed("alice"), Caller(502, "ALICE"))
        self.assertEqual(str(self.callerNamed("")), "uid 502")

    def test_otherAlphabets(self) -> None:
        """
        A name with letters of another alphabet is not that of an administrator whose name it would
        become in Unicode's upper case.
        """
        lists = authority(501, {"ALICE", "STRASSE"}, {"OBEYS"})
        for name in ("al\u0131ce", "stra\u00dfe", "obey\u017f"):
            self.assertIn(name.upper(), lists.current.authorized)
            self.assertFalse(lists.admits(self.callerNamed(name)), name)
