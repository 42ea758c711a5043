"""
What USER DIRECT grants, in the processes of a running pool: user, group, weight, memory and
connections.  Only root can grant all of it.
"""

from __future__ import annotations

import os
import resource

from twisted.trial.unittest import SkipTest

from tests.live.applications import Application, echo
from tests.live.clients import exchange
from tests.live.configurations import DIRECT, PROFILE, FilesCase

UID, GROUP, GID = 7, "daemon", 1
SESSIONS = 600
NICE = -15
"""
The nice value of SHARE RELATIVE 3000.
"""


class GrantTests(FilesCase):
    """
    A pool that root has started.
    """

    def setUp(self) -> None:
        """
        Only root can grant this.
        """
        if os.geteuid() != 0:
            raise SkipTest("only root can give a process another user and more weight")
        super().setUp()
        self.port = self.adapt(Application(self, echo))

    def readable(self) -> None:
        """
        Let everybody read the key database.
        """
        folder = os.path.dirname(self.files.keyFile)
        os.chmod(self.files.directory, 0o755)
        os.chmod(folder, 0o755)
        for name in os.listdir(folder):
            os.chmod(os.path.join(folder, name), 0o644)

    def test_granted(self) -> None:
        """
        A server is the user with the group, the nice value and the limit of memory that the directory says, 600
        sessions fit in 256M, and MAXCONN is the limit that SSLADMIN shows.
        """
        self.readable()
        self.files.append(DIRECT, f"POSIXINFO UID {UID} GNAME {GROUP}\nSHARE RELATIVE 3000\nOPTION MAXCONN {SESSIONS}")
        self.files.replace(PROFILE, "MAXPERSSLSERVER 600", "MAXPERSSLSERVER 1000")
        raiseOpenFiles(4 * SESSIONS)
        stack = self.serve(*self.options)
        self.assertTrue(stack.log.found(f"SSLP272W OPTION MAXCONN {SESSIONS} "))
        pid = stack.pid(1)
        status = statusOf(pid)
        self.assertEqual((status["Uid"], status["Gid"]), ([str(UID)] * 4, [str(GID)] * 4))
        self.assertNotIn("0", status["Groups"])
        self.assertEqual(os.getpriority(os.PRIO_PROCESS, pid), NICE)
        self.assertEqual(limitOf(pid, "Max data size"), [str(256 << 20)] * 2)
        held = self.client(self.port).hold(SESSIONS)
        for each in held:
            exchange(each)
        stack.waitForSessions(SESSIONS)
        self.assertEqual((stack.pid(1), stack.status().servers[0].maximum), (pid, SESSIONS))
        self.assertEqual(stack.ssladmin("query", "status", "details").code, 0)
        self.assertEqual(stack.log.found("SSLP135W|SSLP104E"), [])

    def test_unreadable(self) -> None:
        """
        Where the user may not read the key database, the server says so.
        """
        self.files.append(DIRECT, f"POSIXINFO UID {UID} GNAME {GROUP}")
        stack = self.start(*self.options)
        stack.log.wait("SSLP105E SSL00001 cannot use the key database: SSLP313E .* Permission denied")

    def test_unknown(self) -> None:
        """
        What the system does not know is one warning of the server, which serves all the same.
        """
        self.files.append(DIRECT, "POSIXINFO GNAME nosuch")
        stack = self.serve(*self.options)
        [line] = stack.log.found("SSLP135W")
        self.assertIn("SSL00001 does not have all that USER.DIRECT grants it: POSIXINFO GNAME nosuch:", line)
        exchange(self.client(self.port).connect())


def statusOf(pid: int) -> dict[str, list[str]]:
    """
    Return the fields of C{/proc/pid/status}, as words.
    """
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return {name: text.split() for name, _, text in (line.partition(":") for line in file)}


def limitOf(pid: int, name: str) -> list[str]:
    """
    Return the soft and the hard limit of this name in C{/proc/pid/limits}.
    """
    with open(f"/proc/{pid}/limits", encoding="utf-8") as file:
        return next(line.removeprefix(name).split()[:2] for line in file if line.startswith(name))


def raiseOpenFiles(count: int) -> None:
    """
    Let this process have so many open files, as far as it may.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(count, hard)), hard))
