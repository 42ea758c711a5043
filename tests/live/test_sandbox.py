"""
What servers, agent and stack have given up in a running pool: seen from outside, and tried from inside of a server.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SkipTest

from sslpool.agent.kernel import landlockVersion
from tests.live.applications import Application, echo
from tests.live.clients import exchange
from tests.live.configurations import DIRECT, FilesCase
from tests.live.programs import CHECKOUT
from tests.live.running import Stack, until
from tests.live.test_grants import GROUP, UID, limitOf, statusOf

MANHOLE = Path(__file__).with_name("inside")
"""
A directory with a C{sitecustomize} that has servers try what they should not be able to.
"""

UNPRIVILEGED = ("--reuid=daemon", "--regid=daemon", "--clear-groups")
CAPABILITIES = ("--inh-caps=-all,+dac_override", "--ambient-caps=+dac_override", "--bounding-set=-all,+dac_override")
"""
Have a program run as somebody who may see every file, where the files of the test are root's, but may look at no
process that is not his.
"""

WITHOUT = """
import os, sys
from sslpool.agent.filters import octets, program
from sslpool.agent.kernel import PR_SET_NO_NEW_PRIVS, filterCalls, setProcess
from sslpool.agent.syscalls import MACHINES, numberOf
machine = MACHINES[os.uname().machine]
lacking = {numberOf(name, machine) for name in ("landlock_create_ruleset", "seccomp")}
setProcess(PR_SET_NO_NEW_PRIVS, 1)
filterCalls(numberOf("seccomp", machine), octets(program(machine, dict.fromkeys({*range(470)} - lacking, ()))))
os.execv(sys.argv[1], sys.argv[1:])
"""
"""
Runs a program for which the kernel has neither Landlock nor seccomp, as in some containers.
"""


class SandboxTests(FilesCase):
    """
    A pool with an application.
    """

    def setUp(self) -> None:
        """
        Have an application, on a kernel that has what it takes.
        """
        try:
            landlockVersion()
        except OSError as error:
            raise SkipTest("the kernel has no Landlock") from error
        super().setUp()
        self.port = self.adapt(Application(self, echo))
        self.limit(4, 2)

    def shown(self, stack: Stack) -> list[tuple[str, ...]]:
        """
        Return what the system shows of agent and first server: new privileges, filter, limits of core files.
        """
        found = []
        for pid in (stack.status().agentPid, stack.pid(1)):
            status = statusOf(pid)
            found.append((status["NoNewPrivs"][0], status["Seccomp"][0], *limitOf(pid, "Max core file size")))
        return found

    def test_shown(self) -> None:
        """
        The system shows that agent and servers have a filter, no new privileges and no core files.
        """
        stack = self.serve(*self.options)
        self.assertEqual(self.shown(stack), [("1", "2", "0", "0")] * 2)
        self.assertEqual(stack.log.found("SSLP18[0-2]"), [])

    def test_unprivileged(self) -> None:
        """
        Of a stack that has an ordinary user nobody but root can read a process, and what a server uses it says itself.
        """
        setpriv = shutil.which("setpriv")
        if os.geteuid() or setpriv is None:
            raise SkipTest("root can be somebody else by way of setpriv")
        somebody = (setpriv, *UNPRIVILEGED, *CAPABILITIES)
        stack = self.serve(*self.options, launcher=somebody)
        exchange(self.client(self.port).connect())
        details = stack.ssladmin("--json", "query", "status", "details").json()[0]
        self.assertGreater(details["memory"], 1 << 20)
        self.assertGreater(details["descriptors"], 5)
        self.assertGreaterEqual(details["lag"], 0)
        usage = stack.ssladmin("system", "indicate", "user", "--sslserver", "SSL00001").output
        self.assertRegex(usage, r"STOR=[1-9]")
        with subprocess.Popen([*somebody, "sleep", "60"]) as own:
            self.addCleanup(own.wait)
            self.addCleanup(own.kill)
            until(lambda: b"sleep" in Path(f"/proc/{own.pid}/cmdline").read_bytes(), "its own program")
            codes = []
            for pid in (own.pid, stack.process.pid, stack.status().agentPid, stack.pid(1)):
                read = subprocess.run([*somebody, "cat", f"/proc/{pid}/environ"], capture_output=True, check=False)
                codes.append((read.returncode, b"Permission denied" in read.stderr))
            own.kill()
        self.assertEqual(codes, [(0, False), *[(1, True)] * 3])

    def test_inside(self) -> None:
        """
        From inside, a server that serves can neither open a file other than the key database, nor run a program, nor
        read another process, nor undo that; and it loads no module any more.
        """
        self.readable()
        if not os.geteuid():
            self.files.append(DIRECT, f"POSIXINFO UID {UID} GNAME {GROUP}")
        launcher = ("env", f"PYTHONPATH={MANHOLE}:{CHECKOUT}", f"PROBE_KEYS={self.files.keyFile}")
        stack = self.serve(*self.options, launcher=launcher)
        outcomes: dict[str, Any] = json.loads(stack.log.wait(r"PROBE (\{.*\})").group(1))
        self.assertEqual(outcomes.pop("the key database"), "done")
        self.assertEqual(outcomes.pop("a traceback"), "done")
        self.assertEqual(outcomes.pop("what is queued"), "done")
        self.assertEqual({name: what for name, what in outcomes.items() if what != "refused"}, {})
        self.assertGreater(len(outcomes), 15)
        exchange(self.client(self.port).connect())
        with socket.create_connection(("127.0.0.1", self.port)) as stranger:
            stranger.sendall(b"GET / HTTP/1.0\r\n\r\n")
            stranger.recv(1000)
        stack.ssladmin("trace", "connections")
        exchange(self.client(self.port).connect())
        self.assertEqual(stack.ssladmin("refresh").code, 0)
        self.assertEqual(stack.ssladmin("query", "status", "details").code, 0)
        stack.ssladmin("restart")
        stack.log.wait(r"PROBE (\{.*\})", 2)
        self.assertEqual(stack.log.found("PROBE loads"), [])

    def readable(self) -> None:
        """
        Let everybody read the key database.
        """
        folder = os.path.dirname(self.files.keyFile)
        for path in (self.files.directory, folder):
            os.chmod(path, 0o755)
        for name in os.listdir(folder):
            os.chmod(os.path.join(folder, name), 0o644)

    def test_off(self) -> None:
        """
        With C{:sandbox.NO} all is as the user has it; a change while the stack runs is named as pending.
        """
        self.files.sandbox("NO")
        stack = self.serve(*self.options)
        self.assertEqual([each[:2] for each in self.shown(stack)], [("0", "0")] * 2)
        self.files.sandbox("YES")
        self.assertIn("SSLP046W A change of :sandbox.", stack.ssladmin("start", "(sslserver", "SSL00002").output)

    def test_lacking(self) -> None:
        """
        What the kernel does not have is named once, and the pool serves.
        """
        stack = self.serve(*self.options, launcher=(sys.executable, "-c", WITHOUT))
        exchange(self.client(self.port).connect())
        stack.ssladmin("start", "(sslserver", "SSL00002")
        stack.waitForState(2, "Active")
        [line] = stack.log.found("SSLP180W")
        self.assertIn("drop these: Landlock, which", line)
        self.assertIn("seccomp, which", line)
        self.assertEqual(stack.log.found("SSLP181W"), [])
        self.assertEqual(self.shown(stack), [("1", "2", "0", "0")] * 2)
