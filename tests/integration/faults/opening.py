"""
Ports that cannot be opened when the stack starts, names that are not known then, and hundreds of
ports: what can be served is served, and the rest as soon as it can be.
"""

from __future__ import annotations

import os
import random
import socket
import struct
import threading
import time

from tests.live.applications import Application, Conversation
from tests.live.configurations import PROFILE, SYSTEM, FilesCase, freePort
from tests.live.programs import Outcome, program, run
from tests.live.running import Stack, until

SOON = 15.0
"""
How long what is tried every few seconds may take, in seconds.
"""

MANY = 300

LATER = "fd00::7e57"
"""
An address that this machine does not have.
"""

NOBODY = "127.0.0.99"
"""
Where a name server that never answers is.
"""


def saying(word: bytes) -> Conversation:
    """
    Return a conversation that says one word.
    """
    return lambda connection: connection.sendall(word)


class OpeningCase(FilesCase):
    """
    A stack with one port that can be opened.
    """

    def setUp(self) -> None:
        """
        Adapt the files.
        """
        super().setUp()
        self.limit(8, 4)
        self.port = self.adapt(Application(self, saying(b"first")))

    def answer(self, port: int, host: str = "127.0.0.1") -> bytes:
        """
        Return what the application behind a port says.
        """
        with self.client(port).connect(host) as connection:
            return connection.recv(100)

    def isOpen(self, port: int, host: str = "127.0.0.1") -> bool:
        """
        Whether somebody listens.
        """
        try:
            socket.create_connection((host, port), 5).close()
        except OSError:
            return False
        return True

    def closed(self, stack: Stack) -> dict[str, str]:
        """
        Return the ids of the reasons why ports are closed, as QUERY STATUS has them.
        """
        status = stack.ssladmin("--json", "query", "status").json()
        return {each["local"]: each["reason"].split()[0] for each in status["closed"]}

    def opens(self, port: int, host: str = "127.0.0.1") -> None:
        """
        The port is opened soon.
        """
        until(lambda: self.isOpen(port, host), f"port {port} to be opened", SOON)


class ClosedTests(OpeningCase):
    """
    A port that is closed for a while.
    """

    def test_predecessor(self) -> None:
        """
        Another program listens on the only port: the stack starts, says so once, names the port in QUERY
        STATUS, follows OBEY, and opens the port when the other has gone, which is said, too.
        """
        other = socket.create_server(("127.0.0.1", self.port))
        self.addCleanup(other.close)
        stack = self.serve(*self.options)
        self.assertEqual(self.closed(stack), {f"0.0.0.0:{self.port}": "SSLP021E"})
        self.assertIn("Closed   SSLP021E", stack.ssladmin("query", "status").output)
        added = freePort(self)
        secure = "TCP WEBSERV SECURE WEBCERT"
        ports = f"PORT {self.port} {secure} {added} {secure} BIND 127.0.0.1"
        done = stack.sslnetstat("obey", ports)
        self.assertEqual((done.code, self.answer(added)), (0, b"first"), done)
        refused = stack.sslnetstat("obey", f"{ports} {added} {secure} BIND 0.0.0.0")
        self.assertEqual((refused.code, "SSLP218E" in refused.error), (1, True), refused)
        other.close()
        self.opens(self.port)
        self.assertEqual(self.answer(self.port), b"first")
        self.assertEqual(self.closed(stack), {})
        self.assertEqual(len(stack.log.found("SSLP021E 0.0.0.0")), 1)
        self.assertEqual(len(stack.log.found(rf"SSLP023I Listening on 0.0.0.0:{self.port}")), 1)

    def unlikely(self) -> socket.socket:
        """
        Return a socket with a port that the kernel gives to no connection of another test meanwhile:
        below those that it chooses itself (ip_local_port_range).
        """
        for port in random.sample(range(20000, 32000), 100):
            connection = socket.socket()
            self.addCleanup(connection.close)
            try:
                connection.bind(("127.0.0.1", port))
            except OSError:
                continue
            return connection
        self.fail("no port is free")

    def test_outgoing(self) -> None:
        """
        An outgoing connection happens to have the port: that is what is said.  REFRESH tries at once.
        """
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        client = self.unlikely()
        client.connect(server.getsockname())
        taken = client.getsockname()[1]
        self.files.append(PROFILE, f"   {taken} TCP WEBSERV SECURE WEBCERT BIND 127.0.0.1")
        stack = self.serve(*self.options)
        self.assertEqual(self.closed(stack), {f"127.0.0.1:{taken}": "SSLP028E"})
        self.assertIn("SSLP028E", stack.ssladmin("refresh").error)
        # With a reset nothing of the connection is left.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        self.assertNotIn("SSLP028E", stack.ssladmin("refresh").error)
        self.assertEqual(self.answer(taken), b"first")

    def test_address(self) -> None:
        """
        An address comes later.
        """
        port = freePort(self)
        self.files.append(PROFILE, f"   {port} TCP WEBSERV SECURE WEBCERT BIND {LATER}")
        stack = self.serve(*self.options)
        self.assertEqual(self.closed(stack), {f"[{LATER}]:{port}": "SSLP022E"})
        self.assertEqual(self.answer(self.port), b"first")
        self.addCleanup(run, "ip", "addr", "del", f"{LATER}/128", "dev", "lo")
        self.assertEqual(run("ip", "addr", "add", f"{LATER}/128", "dev", "lo").code, 0)
        self.opens(port, LATER)
        self.assertEqual((self.answer(port, LATER), self.closed(stack)), (b"first", {}))

    test_address.skip = None if os.geteuid() == 0 else "only root can give the machine an address"  # type: ignore[attr-defined]


class ManyPortsTests(OpeningCase):
    """
    Hundreds of ports.
    """

    def setUp(self) -> None:
        """
        Have them, each for both families.
        """
        super().setUp()
        self.ports = [freePort(self) for _ in range(MANY)]
        self.files.append(PROFILE, "\n".join(f"   {port} TCP WEBSERV SECURE WEBCERT" for port in self.ports))

    def test_soft(self) -> None:
        """
        Under a soft limit that is lower than the number of listening sockets all are opened and served, since the
        hard limit is higher; the servers have it as well, and OBEY raises it further.
        """
        stack = self.serve(*self.options, launcher=["prlimit", "--nofile=256:20000"])
        stack.log.wait(rf"SSLP023I Listening on 0.0.0.0:{self.ports[-1]} ")
        self.assertEqual([self.answer(port) for port in self.ports[::10]], [b"first"] * (MANY // 10))
        self.assertEqual((self.closed(stack), stack.log.found("SSLP007W|SSLP109E")), ({}, []))
        before = self.limits(stack)
        self.assertGreater(min(before), 2 * MANY)
        done = stack.sslnetstat("obey", "SSLLIMITS MAXSESSIONS 2000 MAXPERSSLSERVER 1000")
        self.assertEqual(done.code, 0, done)
        after = self.limits(stack)
        self.assertEqual(len(set(after)), 1)
        self.assertGreater(after[0], max(before[0], 3 * 1000))

    def limits(self, stack: Stack) -> list[int]:
        """
        Return the limits of the stack, of its agent and of its first server.
        """
        status = stack.status()
        texts = []
        for pid in (stack.process.pid, status.agentPid, status.servers[0].pid):
            with open(f"/proc/{pid}/limits", encoding="ascii") as file:
                texts += [line for line in file if line.startswith("Max open files")]
        return [int(text.split()[3]) for text in texts]

    def test_hard(self) -> None:
        """
        Where the hard limit is too low for them that is a message with what to set, at the start and by check,
        and no traceback.
        """
        launcher = ["prlimit", "--nofile=256:256"]
        if os.geteuid() == 0:
            launcher = [*launcher, "setpriv", "--bounding-set=-sys_resource", "--inh-caps=-sys_resource"]
        stack = self.start(*self.options, launcher=launcher)
        self.assertEqual(stack.wait(), 1)
        told = r"(?m)^SSLP029E The limit of open files is 256, .*listening sockets: 6\d\d,.*LimitNOFILE"
        self.assertRegex(stack.log.text, told)
        checked = run(*launcher, program("sslpool"), "check", self.files.directory)
        self.assertEqual((checked.code, "SSLP029E" in checked.output), (1, True), checked)


class NamesTests(OpeningCase):
    """
    Names of applications, with a file of hosts and a name server that are the test's own.
    """

    skip = None if run("unshare", "-m", "true").code == 0 else "only root can have files of hosts of its own"

    def setUp(self) -> None:
        """
        Have a port whose application has a name that is not known.
        """
        super().setUp()
        self.second, self.third = (Application(self, saying(word)) for word in (b"second", b"third"))
        self.hosts, servers = self.path("hosts"), self.path("resolv.conf")
        self.know()
        with open(servers, "w", encoding="ascii") as file:
            file.write(f"nameserver {NOBODY}\noptions timeout:10 attempts:2\n")
        mounts = f"mount --bind {self.hosts} /etc/hosts && mount --bind {servers} /etc/resolv.conf"
        self.launcher = ["unshare", "-m", "sh", "-c", f'{mounts} && exec "$@"', "sh"]
        self.named = freePort(self)
        self.files.append(PROFILE, f"   {self.named} TCP APP SECURE WEBCERT")
        self.files.append(SYSTEM, f":nick.APP :type.server :address.app.example:{self.second.port}")

    def know(self, *lines: str) -> None:
        """
        Write the file of hosts.
        """
        with open(self.hosts, "w", encoding="ascii") as file:
            file.write("\n".join(("127.0.0.1 localhost", *lines)) + "\n")

    def silentServer(self) -> None:
        """
        Have a name server that never answers.
        """
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(server.close)
        server.bind((NOBODY, 53))

    def test_later(self) -> None:
        """
        All other ports are served meanwhile; the port is opened when the name is known, and follows
        it at REFRESH and OBEY, which says so.
        """
        stack = self.serve(*self.options, launcher=self.launcher)
        stack.log.wait("SSLP050W The address app.example")
        self.assertEqual((self.answer(self.port), self.isOpen(self.named)), (b"first", False))
        self.assertEqual(set(self.closed(stack).values()), {"SSLP050W"})
        self.know("127.0.0.1 app.example")
        self.opens(self.named)
        self.assertEqual(self.answer(self.named), b"second")
        moved = socket.create_server(("127.0.0.2", self.second.port))
        self.addCleanup(moved.close)
        self.know("127.0.0.2 app.example")
        stack.ssladmin("refresh")
        stack.log.wait("SSLP051I APP at app.example:[0-9]+ has moved to 127.0.0.2")
        self.client(self.named).connect()
        moved.settimeout(SOON)
        moved.accept()[0].close()
        self.know("127.0.0.1 app.example")
        done = stack.sslnetstat("obey", "SSLLIMITS WAIT 30")
        self.assertEqual(done.code, 0)
        self.assertIn("SSLP051I", done.output)
        self.assertNotIn("SSLP045I", done.output)
        self.assertEqual(self.answer(self.named), b"second")
        self.assertIn("SSLP045I", stack.sslnetstat("obey", "SSLLIMITS WAIT 30").output)

    def test_dead(self) -> None:
        """
        A name server that does not answer delays neither the start, nor anybody's connection while names
        are looked up for OBEY, nor the end.
        """
        self.silentServer()
        for index in range(5):
            self.files.append(SYSTEM, f":nick.APP{index} :type.server :address.app{index}.example:80")
        stack = self.serve(*self.options, launcher=self.launcher)
        self.assertEqual((self.answer(self.port), stack.log.found("app.example")), (b"first", []))
        added = [freePort(self) for _ in range(5)]
        present = [f"{self.port} TCP WEBSERV", f"{self.named} TCP APP"]
        wanted = [*present, *(f"{port} TCP APP{index}" for index, port in enumerate(added))]
        statements = self.path("ADDED.TCPIP")
        with open(statements, "w", encoding="ascii") as file:
            file.write("\n".join(("PORT", *(f"{entry} SECURE WEBCERT" for entry in wanted), "")))
        outcomes: list[Outcome] = []
        obeying = threading.Thread(target=lambda: outcomes.append(stack.sslnetstat("obeyfile", statements)))
        obeying.start()
        longest, count = 0.0, 0
        while obeying.is_alive():
            before = time.monotonic()
            self.answer(self.port)
            longest, count = max(longest, time.monotonic() - before), count + 1
        obeying.join()
        (done,) = outcomes
        self.assertEqual((done.code, done.output.count("SSLP050W")), (0, 5), done)
        self.assertLess(longest, 5.0, f"{count} connections")
        self.assertEqual(len([each for each in self.closed(stack).values() if each == "SSLP050W"]), 6 * self.halves())
        stack.end()
        self.assertEqual(stack.log.found("SSLP050W The address app0"), [], "the end has waited for an answer")

    def halves(self) -> int:
        """
        Return of how many sockets a port consists.
        """
        return 2 if socket.has_dualstack_ipv6() else 1
