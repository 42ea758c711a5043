# -*- test-case-name: tests.control.test_authority -*-
"""
Who may administer the stack: a pure decision, and the reading of a caller's
identity from the kernel.  Lives in the stack process.
"""

from __future__ import annotations

import pwd
import struct
from collections.abc import Callable, Iterable
from socket import SO_PEERCRED, SOL_SOCKET, socket

from attrs import frozen

_CREDENTIALS = struct.Struct("3i")


POOL = -1
"""
Stands for the user id of the pool's own processes, which have no business with the stack as its callers: one that
calls does somebody else's will, and must not have what the stack's user has.
"""


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


def peerUid(connection: socket, own: Callable[[], Iterable[int]] = tuple) -> int:
    """
    Return the user id of the process at the other end of a UNIX socket, as it was
    when it connected (C{SO_PEERCRED}, unix(7)).

    @param own: returns the process ids of the pool; of one of these it is L{POOL}.
    @raise OSError: the socket is not connected.
    """
    pid, uid, _ = _CREDENTIALS.unpack(connection.getsockopt(SOL_SOCKET, SO_PEERCRED, _CREDENTIALS.size))
    return POOL if pid in own() else int(uid)


def identify(uid: int) -> Caller:
    """
    Return the caller with the given user id; one that the user database does not
    know gets no name.
    """
    if uid == POOL:
        return Caller(POOL, "")
    try:
        return Caller(uid, pwd.getpwuid(uid).pw_name.upper())
    except KeyError:
        return Caller(uid, "")
