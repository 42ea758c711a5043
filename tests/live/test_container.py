"""
The stack as process 1 of a container: whoever loses his parent is given to it, and is not left
as a zombie when he ends.
"""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

from tests.live.applications import Application, echo
from tests.live.clients import exchange, finish
from tests.live.configurations import FilesCase
from tests.live.running import Stack, until

CONTAINER = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")


def statusOf(pid: int) -> dict[str, str]:
    """
    Return what the system says of a process, by name; nothing where it has gone.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def childrenOf(parent: int) -> dict[int, str]:
    """
    Return the states of a process's children, by process id.
    """
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    found = {pid: statusOf(pid) for pid in pids}
    return {pid: status["State"][0] for pid, status in found.items() if status.get("PPid") == str(parent)}


class ContainerTests(FilesCase):
    """
    A stack in a process namespace of its own.
    """

    def outside(self, stack: Stack, inside: int) -> int:
        """
        Return the process id out here of one that the stack knows by another.
        """
        (pid,) = (pid for pid in stack.processes() if statusOf(pid)["NSpid"].split()[1:] == [str(inside)])
        return pid

    def test_orphans(self) -> None:
        """
        When the agent has been killed its servers are the stack's children.  They go on, and leave
        no zombie when they die; the agents, whose ends Twisted hears of, are started again.
        """
        if os.geteuid() or not shutil.which("unshare"):
            self.skipTest("a process namespace takes root")
        self.limit(4, 2)
        application = Application(self, echo)
        port = self.adapt(application)
        stack = self.serve(*self.options, launcher=CONTAINER)
        first = self.outside(stack, 1)
        held = self.client(port).connect()
        exchange(held)
        agent, server = (self.outside(stack, pid) for pid in (stack.status().agentPid, stack.pid(1)))
        os.kill(agent, signal.SIGKILL)
        stack.log.wait("SSLP101I", 2)
        self.assertIn(server, childrenOf(first))
        exchange(held)
        os.kill(server, signal.SIGKILL)
        until(lambda: server not in childrenOf(first), "the end of the zombie")
        stack.waitForState(1, "Active")
        self.assertNotIn("Z", childrenOf(first).values())
        with self.client(port).connect() as client:
            exchange(client)
            finish(client)
        stack.told = True
        os.kill(first, signal.SIGTERM)
        self.assertIn(stack.wait(), (0, -signal.SIGTERM))
