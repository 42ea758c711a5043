"""
Tests for L{sslpool.agent.grants}: a forked process is given what a machine is granted.
"""

from __future__ import annotations

import json
import os
import pwd
import resource
from typing import Any

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from sslpool.agent.grants import NOBODY, applyGrants, niceFor
from sslpool.config.configuration import Machine

STRANGER = 987654
"""
A user id that no system has.
"""


def granted(machine: Machine, asUser: int | None = None) -> dict[str, Any]:
    """
    Return what a forked process has after it was given what the machine is granted.

    @param asUser: the process is this user before.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            if asUser is not None:
                os.setgroups([])
                os.setresgid(asUser, asUser, asUser)
                os.setresuid(asUser, asUser, asUser)
            problems = applyGrants(machine)
            found = {
                "problems": problems,
                "uids": os.getresuid(),
                "gids": os.getresgid(),
                "groups": os.getgroups(),
                "nice": os.getpriority(os.PRIO_PROCESS, 0),
                "data": resource.getrlimit(resource.RLIMIT_DATA),
            }
            os.write(writing, json.dumps(found).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as answer:
        octets = answer.read()
    os.waitpid(pid, 0)
    state: dict[str, Any] = json.loads(octets)
    return state


class NiceTests(SynchronousTestCase):
    """
    From a share to a nice value.
    """

    def test_formula(self) -> None:
        """
        CP's default is the usual nice value; each factor of 1.25 is one step, within what Linux has.
        """
        for share, nice in [(100, 0), (125, -1), (80, 1), (200, -3), (3000, -15), (10000, -20), (1, 19), (2, 18)]:
            self.assertEqual(niceFor(share), nice, share)


class AnybodyTests(SynchronousTestCase):
    """
    What every user may have, and what it may not.
    """

    def test_nothing(self) -> None:
        """
        What is not granted stays as it was.
        """
        state = granted(Machine())
        self.assertEqual(state["problems"], [])
        self.assertEqual((state["uids"], state["gids"]), (list(os.getresuid()), list(os.getresgid())))
        self.assertEqual(state["data"], list(resource.getrlimit(resource.RLIMIT_DATA)))

    def test_storage(self) -> None:
        """
        The maximum storage is the limit of the process's data, for good; storage counts without a maximum.
        """
        self.assertEqual(granted(Machine(160 << 20, 256 << 20))["data"], [256 << 20] * 2)
        self.assertEqual(granted(Machine(160 << 20))["data"], [160 << 20] * 2)

    def test_lowShare(self) -> None:
        """
        Everybody may have less weight than the usual one.
        """
        state = granted(Machine(share=50))
        self.assertEqual((state["problems"], state["nice"]), ([], 3))

    def test_itself(self) -> None:
        """
        Who is granted to be what it is may be told so.
        """
        state = granted(Machine(uid=os.getuid(), gid=os.getgid()))
        self.assertEqual((state["problems"], state["uids"]), ([], [os.getuid()] * 3))

    def test_unknownGroup(self) -> None:
        """
        A group that the system does not know is named; the user's own group counts.
        """
        state = granted(Machine(uid=os.getuid(), group="no-such-group"))
        self.assertEqual(state["problems"], ["POSIXINFO GNAME no-such-group: the system has no such group"])
        self.assertEqual(state["gids"], [pwd.getpwuid(os.getuid()).pw_gid] * 3)


class RootTests(SynchronousTestCase):
    """
    What only root may have.
    """

    def setUp(self) -> None:
        """
        Only root can try this.
        """
        if os.geteuid() != 0:
            raise SkipTest("only root may become another user")

    def test_user(self) -> None:
        """
        A user has its own groups, and cannot become root again.
        """
        user = pwd.getpwnam("nobody")
        state = granted(Machine(uid=user.pw_uid))
        self.assertEqual(state["problems"], [])
        self.assertEqual((state["uids"], state["gids"]), ([user.pw_uid] * 3, [user.pw_gid] * 3))
        self.assertEqual(set(state["groups"]), set(os.getgrouplist(user.pw_name, user.pw_gid)))

    def test_stranger(self) -> None:
        """
        A user that the system does not know has no group of anybody's.
        """
        state = granted(Machine(uid=STRANGER))
        self.assertEqual((state["uids"], state["gids"], state["groups"]), ([STRANGER] * 3, [NOBODY] * 3, [NOBODY]))

    def test_groupAndWeight(self) -> None:
        """
        Group by number before that by name; a high share while still root.
        """
        state = granted(Machine(uid=STRANGER, gid=1, group="no-such-group", share=3000))
        self.assertEqual((state["problems"], state["gids"], state["nice"]), ([], [1] * 3, -15))

    def test_refused(self) -> None:
        """
        Whoever is not root is told what was refused, each once, and keeps what it has.
        """
        state = granted(Machine(uid=7, gid=7, share=3000), asUser=STRANGER)
        self.assertEqual(
            state["problems"],
            [
                "SHARE RELATIVE 3000: Permission denied",
                "POSIXINFO group 7: Operation not permitted",
                "POSIXINFO UID 7: Operation not permitted",
            ],
        )
        self.assertEqual((state["uids"], state["nice"]), ([STRANGER] * 3, 0))
