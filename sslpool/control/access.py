# -*- test-case-name: tests.control.test_access -*-
"""
Who may administer the stack, as the configuration says now.  Lives in the stack process.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from attrs import define, frozen

from sslpool.config.current import Current
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


@define
class AccessControl:
    """
    Who may use privileged commands.

    @ivar current: the configuration in effect, which lists who may.
    @ivar uid: returns the user id of the stack, which twistd changes after the stack is made (C{--uid}).
    """

    current: Current
    uid: Callable[[], int] = os.geteuid

    @property
    def owner(self) -> int:
        """
        The user id of the stack, which may always.
        """
        return self.uid()

    def admits(self, caller: Caller) -> bool:
        """
        Return whether C{caller} may use privileged commands.  A caller without a login name is in no list.
        """
        return caller.uid == self.owner or (caller.userid != "" and caller.userid in self.current.authorized)
