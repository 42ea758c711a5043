# -*- test-case-name: tests.agent.test_grants -*-
"""
What the CP directory grants a server, given to its process: memory, weight, user
and group.  Lives in each server process, right after the fork.
"""

from __future__ import annotations

import grp
import math
import os
import pwd
import resource
from collections.abc import Callable
from functools import partial

from attrs import define, field

from sslpool.config.configuration import Machine

USUAL_SHARE = 100
"""
The relative share that CP gives where no SHARE statement says otherwise.
"""

NICE_STEP = 1.25
"""
How much more weight a process has than one whose nice value is greater by 1 (Linux, sched(7)).
"""

LOWEST_NICE, HIGHEST_NICE = -20, 19

NOBODY = 65534
"""
The group of a user who has none: Linux's overflow group, to which nothing belongs.
"""


def niceFor(share: int) -> int:
    """
    Return the nice value whose weight is to the usual one as C{share} is to CP's
    default of 100: -log(share / 100) / log(1.25), rounded, from -20 to 19.
    """
    nice = -round(math.log(share / USUAL_SHARE) / math.log(NICE_STEP))
    return max(LOWEST_NICE, min(HIGHEST_NICE, nice))


def applyGrants(machine: Machine) -> list[str]:
    """
    Give this process what its machine is granted; whatever the system refuses is left as it is.

    @return: what could not be given and why, as an operator would say it.
    """
    grants = _Grants()
    most, share = machine.most, machine.share
    if most is not None:
        grants.give(f"storage of {most >> 20}M", lambda: resource.setrlimit(resource.RLIMIT_DATA, (most, most)))
    if share is not None:
        grants.give(f"SHARE RELATIVE {share}", lambda: os.setpriority(os.PRIO_PROCESS, 0, niceFor(share)))
    _giveUser(machine, grants)
    return grants.problems


@define
class _Grants:
    """
    What is being given.

    @ivar problems: what could not be given, and why.
    """

    problems: list[str] = field(factory=list)

    def give(self, what: str, act: Callable[[], object]) -> None:
        """
        Do something that the system may refuse.
        """
        try:
            act()
        except (OSError, ValueError, OverflowError) as error:
            self.problems.append(f"{what}: {getattr(error, 'strerror', None) or error}")


def _giveUser(machine: Machine, grants: _Grants) -> None:
    """
    Become another user.  The group goes first: nobody but root can change it.
    """
    uid, gid = machine.uid, machine.gid
    if gid is None and machine.group is not None:
        try:
            gid = grp.getgrnam(machine.group).gr_gid
        except KeyError:
            grants.problems.append(f"POSIXINFO GNAME {machine.group}: the system has no such group")
    if gid is None and uid is not None:
        gid = _primaryGroup(uid)
    if gid is not None:
        grants.give(f"POSIXINFO group {gid}", partial(_becomeGroup, gid, uid))
    if uid is not None:
        grants.give(f"POSIXINFO UID {uid}", lambda: os.setresuid(uid, uid, uid))


def _primaryGroup(uid: int) -> int:
    try:
        return pwd.getpwuid(uid).pw_gid
    except KeyError:
        return NOBODY


def _becomeGroup(gid: int, uid: int | None) -> None:
    """
    Have a group, and those that the user has beyond it.
    """
    groups = _groupsOf(uid, gid)
    if os.getresgid() == (gid, gid, gid) and {*os.getgroups(), gid} == {*groups, gid}:
        return  # whoever is not root may have what it has
    os.setgroups(groups)
    os.setresgid(gid, gid, gid)


def _groupsOf(uid: int | None, gid: int) -> list[int]:
    if uid is None:
        return [gid]
    try:
        return os.getgrouplist(pwd.getpwuid(uid).pw_name, gid)
    except KeyError:
        return [gid]
