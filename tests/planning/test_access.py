"""
Tests for L{sslpool.planning.access}.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.planning.access import AccessList

MODES = st.integers(0, 0o777)
UIDS = st.integers(0, 2**32 - 2)
PERMISSIONS = st.integers(1, 7)


class AccessListTests(SynchronousTestCase):
    """
    Access control lists.
    """

    def test_octets(self) -> None:
        """
        The list of mode 0640 with user 1000 rw as the kernel keeps it.
        """
        octets = AccessList.ofMode(0o640).granting(1000, 6).pack()
        self.assertEqual(
            octets.hex(" ", 4),
            "02000000 01000600 ffffffff 02000600 e8030000 04000400 ffffffff 10000600 ffffffff 20000000 ffffffff",
        )

    @given(MODES, UIDS, PERMISSIONS)
    def test_grantAndWithdraw(self, mode: int, uid: int, permissions: int) -> None:
        """
        What is granted is allowed; withdrawn, everything is as before.
        """
        before = AccessList.ofMode(mode)
        granted = before.granting(uid, permissions)
        self.assertTrue(granted.allows(uid, permissions))
        self.assertFalse(granted.minimal)
        self.assertEqual(granted.basic, before)
        self.assertEqual(granted.without(uid), before)

    @given(MODES, st.lists(st.tuples(UIDS, PERMISSIONS), max_size=6))
    def test_roundTrip(self, mode: int, users: list[tuple[int, int]]) -> None:
        """
        Packing and parsing gives the same list.
        """
        access = AccessList.ofMode(mode)
        for uid, permissions in users:
            access = access.granting(uid, permissions)
        self.assertEqual(AccessList.parse(access.pack()), access)

    def test_others(self) -> None:
        """
        Withdrawing from one user leaves the others what they have.
        """
        access = AccessList.ofMode(0o750).granting(1, 6).granting(2, 7).without(2)
        self.assertTrue(access.allows(1, 6))
        self.assertFalse(access.names(2))

    def test_masked(self) -> None:
        """
        A mask that takes a permission away is noticed.
        """
        access = AccessList.ofMode(0o750).granting(1, 7)
        masked = AccessList({key: 5 if key[0] == 0x10 else value for key, value in access.entries.items()})
        self.assertFalse(masked.allows(1, 7))

    def test_unknown(self) -> None:
        """
        A form that is not known is an error, not a guess.
        """
        for octets in (b"", b"\x02", b"\x01\0\0\0", b"\x02\0\0\0\x01"):
            self.assertRaises(ValueError, AccessList.parse, octets)
