"""
Somebody has read the memory of every process.  After REFRESH KEYS NOW that is worth
nothing: the keys of new tickets were in none of them, and nobody's connection was lost.
"""

from __future__ import annotations

import os
import ssl
from pathlib import Path

from sslpool.tls.clienthello import readHello
from tests.live.applications import Application, echo
from tests.live.clients import TLS12, Client, exchange, finish
from tests.live.configurations import FilesCase
from tests.live.running import Stack
from tests.tls.meeting import helloOf

NAME = 16
"""
The length of a ticket key's name, in octets (RFC 5077 section 4).
"""


def memoryOf(pid: int) -> bytes:
    """
    Return everything that a process can read of its own memory.
    """
    parts = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines():
            extent, rights, *_ = line.split()
            if "r" in rights and not line.endswith(("[vvar]", "[vsyscall]", "[vvar_vclock]")):
                begin, end = (int(each, 16) for each in extent.split("-"))
                try:
                    parts.append(os.pread(memory.fileno(), end - begin, begin))
                except OSError:
                    continue  # mapped, with nothing behind it
    return b"".join(parts)


class MemoryTests(FilesCase):
    """
    Two servers, with sessions on both.
    """

    def setUp(self) -> None:
        """
        Start them.
        """
        super().setUp()
        self.limit(20, 10)
        self.port = self.adapt(Application(self, echo))
        self.stack: Stack = self.serve(*self.options)
        self.stack.ssladmin("start")
        self.stack.waitForState(2, "Active")
        self.clients = Client(self, self.port, self.certificates, TLS12)

    def ticket(self) -> tuple[bytes, ssl.SSLSession]:
        """
        Return the name of the key of a ticket that is made now, and the session.
        """
        secured = self.clients.connect()
        exchange(secured)
        session = secured.session
        finish(secured)
        assert session is not None
        return readHello(helloOf(self.clients.context, session)).ticket[:NAME], session

    def test_dumps(self) -> None:
        """
        The name of a key that was in use stands in the memory of agent and servers, and that of the next one
        after NOW in no process that there was.  Sessions go on, and the earlier ones are not resumed.
        """
        held = self.clients.hold(11)
        former, session = self.ticket()
        processes = self.stack.processes()
        before = {pid: memoryOf(pid) for pid in processes}
        pids = {self.stack.status().agentPid, self.stack.pid(1), self.stack.pid(2)}
        # The control: it is found, where it has to be.
        self.assertLessEqual(pids, {pid for pid, memory in before.items() if former in memory})

        done = self.stack.ssladmin("refresh", "keys", "--now")
        self.assertEqual((done.code, done.output.split()[0], done.error), (0, "SSLP170I", ""))
        status = self.stack.status()
        self.assertEqual({status.agentPid, *(each.pid for each in status.servers)} & set(processes), set())
        present, _ = self.ticket()
        self.assertNotEqual(present, former)
        self.assertEqual([pid for pid, memory in before.items() if present in memory], [])
        self.assertIn(present, memoryOf(status.agentPid))
        secured = self.clients.context.wrap_socket(self.clients.dial(), server_hostname="localhost", session=session)
        self.assertFalse(secured.session_reused)
        exchange(secured)
        finish(secured)
        # Nobody has noticed anything.
        self.assertEqual(len(self.stack.sessions()), len(held))
        for each in held:
            exchange(each)
            finish(each)
        self.stack.log.wait("SSLP106I SSL0000", count=2)
        self.assertEqual(self.stack.log.found("SSLP10[24]E"), [])
