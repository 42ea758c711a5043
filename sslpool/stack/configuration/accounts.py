# -*- test-case-name: tests.stack.test_autolog -*-
"""
The system's users, as whom applications and servers run.  Lives in the stack process.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping

from attrs import frozen


@frozen
class Account:
    """
    A user of the system.

    @ivar name: the login name.
    @ivar uid: the number.
    @ivar groups: the groups' numbers, the primary one first.
    @ivar home: the home directory.
    """

    name: str
    uid: int
    groups: tuple[int, ...]
    home: str

    def environment(self, ours: Mapping[str, str]) -> dict[str, str]:
        """
        Return the environment of a program of this user.

        @param ours: that of the stack.
        """
        return {**ours, "HOME": self.home, "USER": self.name, "LOGNAME": self.name}


def account(user: str) -> Account:
    """
    Return the account of a user whom this process can become.

    @param user: the name, or the number.
    @raise ValueError: there is none, or only root can become that user; the text says so.
    """
    try:
        # A name counts before a number, as for chown(1).
        found = pwd.getpwnam(user)
    except KeyError:
        found = _numbered(user)
    if os.geteuid() not in (0, found.pw_uid):
        raise ValueError("only root can give a process another user")
    groups = os.getgrouplist(found.pw_name, found.pw_gid)
    others = [each for each in groups if each != found.pw_gid]
    return Account(found.pw_name, found.pw_uid, (found.pw_gid, *others), found.pw_dir)


def _numbered(user: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(int(user))
    except (KeyError, ValueError, OverflowError) as error:
        raise ValueError("the system has no such user") from error
