# -*- test-case-name: tests.control.test_authority -*-
"""
Who may administer the stack: a pure decision.  Lives in the stack process.
"""

from __future__ import annotations

from attrs import frozen

from sslpool.trust import POOL


@frozen
class Caller:
    """
    Whoever is at the other end of the control socket, or of a remote connection.

    @ivar uid: the user id that the kernel vouches for, or C{None} for one who is remote.
    @ivar userid: the login name in upper case, or empty where the user id has none; of
        one who is remote, the common name in upper case that a certificate vouches for.
    @ivar address: C{host:port} of one who is remote, or empty.
    """

    uid: int | None
    userid: str
    address: str = ""

    @property
    def remote(self) -> bool:
        """
        Whether the caller is on another machine, or comes as if.
        """
        return self.uid is None

    def __str__(self) -> str:
        """
        The caller as messages name it.
        """
        if self.uid == POOL:
            return "a process of the pool"
        if not self.remote:
            return self.userid or f"uid {self.uid}"
        return f"{self.userid} at {self.address}" if self.userid else self.address


@frozen
class Authority:
    """
    Who may use privileged commands.

    @ivar owner: the user id of the stack, which may always.
    @ivar administrators: userids of C{:admin_id_list.}, in upper case.
    @ivar obey: userids of the OBEY statement, in upper case.
    """

    owner: int
    administrators: frozenset[str]
    obey: frozenset[str]

    def admits(self, caller: Caller) -> bool:
        """
        Return whether C{caller} may use privileged commands.  A caller without a
        login name is in no list.
        """
        listed = self.administrators | self.obey
        return caller.uid == self.owner or (caller.userid != "" and caller.userid in listed)
