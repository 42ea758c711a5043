"""
What C{sslpool plan} writes is accepted without a finding, and runs: two stacks side
by side, each with its own pool, agent and cache.
"""

from __future__ import annotations

import os
import ssl
from pathlib import Path

from sslpool.keydb.database import Database
from sslpool.keydb.records import Credential
from tests.doubles.certificates import makeDatabase
from tests.live.applications import Application, echo
from tests.live.clients import TLS12, TLS13, Client, exchange, finish
from tests.live.configurations import DIRECT, SYSTEM, FilesCase, freePort
from tests.live.programs import program, run
from tests.live.running import Stack

NO_FINDING = ": no findings. Stack "


class PlanCase(FilesCase):
    """
    Configuration directories made by C{sslpool plan}.
    """

    def sslpool(self, directory: str, *words: str) -> str:
        """
        Run C{sslpool} for a directory, and return what it writes.

        @raise AssertionError: it has failed.
        """
        done = run(program("sslpool"), "--config", directory, *words)
        self.assertEqual((done.code, done.error), (0, ""), done.output)
        return done.output

    def plan(self, name: str, prefix: str, userid: str) -> str:
        """
        Plan a pool of five, and return the directory that is made of the plan.
        """
        directory = self.path(name)
        where = self.path(f"{name}.plan")
        os.mkdir(where)
        self.sslpool(where, "plan", "vmsys", "tcpmaint", prefix, userid, "5", "--output", directory)
        return directory

    def complete(self, directory: str, profile: str, address: str, credential: Credential) -> int:
        """
        Do the steps that a plan leaves to be done, and return the secure port.
        """
        port = freePort(self)
        with open(os.path.join(directory, profile), "a", encoding="utf-8") as file:
            file.write(f"PORT\n   {port} TCP WEBSERV SECURE WEBCERT\n")
        with open(os.path.join(directory, SYSTEM), "a", encoding="utf-8") as file:
            file.write(f":nick.WEBSERV :type.server :address.{address} :source.127.0.0.1\n")
        users = Path(directory, DIRECT)
        text = users.read_text(encoding="utf-8")
        users.write_text(text.replace("* POSIXINFO UID 7 GNAME security", f"  POSIXINFO UID {os.geteuid()}"))
        os.mkdir(os.path.join(directory, "gskadm"))
        path = makeDatabase(os.path.join(directory, "gskadm", "Database.kdb"), [credential])
        with Database.openStashed(path) as database:
            database.addCertificates({"Test CA": self.authority.certificate})
        return port


class PlanTests(PlanCase):
    """
    A plan by itself.
    """

    def test_noFinding(self) -> None:
        """
        C{sslpool plan VMSYS TCPMAINT SSL TCPIP 5}, then C{sslpool check} where the plan lies: no finding.
        """
        where = self.path("planned")
        os.mkdir(where)
        self.sslpool(where, "plan", "VMSYS", "TCPMAINT", "SSL", "TCPIP", "5")
        self.assertEqual(os.listdir(where), ["SSLPOOL.PLANINFO"])
        self.assertIn(NO_FINDING + "TCPIP", " ".join(self.sslpool(where, "check").split()))


class TwoStackTests(PlanCase):
    """
    TCPIP with the pool SSL*, and TCPIPTST with the pool STS*: the same run directory,
    the same application, certificate and label.
    """

    def setUp(self) -> None:
        """
        Plan, complete, enroll, check and start both.
        """
        super().setUp()
        address = Application(self, echo).address
        credential = self.credential()
        self.clients: list[Client] = []
        self.stacks: list[Stack] = []
        for name, prefix, userid, profile in (
            ("first", "ssl", "TCPIP", "PROFILE.TCPIP"),
            ("second", "sts", "TCPIPTST", "TCPIPTST.TCPIP"),
        ):
            directory = self.plan(name, prefix, userid.lower())
            port = self.complete(directory, profile, address, credential)
            self.sslpool(directory, "enroll", "VMSYS", "TCPMAINT", prefix, userid, "5")
            self.assertIn(f"{directory}{NO_FINDING}{userid} would start.", self.sslpool(directory, "check"))
            self.stacks.append(self.serve("--config", directory, userid=userid))
            self.clients.append(self.client(port))

    def test_apart(self) -> None:
        """
        Neither has anything of the other.
        """
        self.ownCache()
        self.ownPoolAndAgent()

    def ownPoolAndAgent(self) -> None:
        """
        Each has its servers, its agent and its segment, and C{ssladmin --stack}
        reaches each: what stops the servers of one does not concern the other.
        """
        first, second = self.stacks
        one, two = first.status(), second.status()
        self.assertEqual((one.agent, two.agent), ("SSLDCSSM", "STSDCSSM"))
        self.assertEqual([each.userid for each in two.servers], [f"STS0000{number}" for number in range(1, 6)])
        self.assertNotEqual(one.agentPid, two.agentPid)
        for stack, status in zip(self.stacks, (one, two), strict=True):
            self.assertEqual(segments(status.agentPid), {stack.userid, f"{stack.userid}.agent"})
            self.assertEqual(segments(status.servers[0].pid), {stack.userid, f"{stack.userid}.1"})

        held = [client.hold(1)[0] for client in self.clients]
        self.assertIn("STS00001", second.ssladmin("query", "sessions").output)
        self.assertEqual(second.ssladmin("stop", "(", "now").code, 0)
        self.assertEqual({each.state for each in second.status().servers}, {"Stopped"})
        self.assertEqual([each.state for each in first.status().servers], ["Active", *["Eligible"] * 4])
        exchange(held[0])
        self.assertEqual(held[1].recv(1), b"")
        finish(held[0])

    def ownCache(self) -> None:
        """
        A session that one has begun is resumed by that one, and not by the other, with TLS 1.2 and with TLS 1.3.
        """
        for version in (TLS12, TLS13):
            for mine, other in ((0, 1), (1, 0)):
                client = Client(self, self.clients[mine].port, self.certificates, version)
                session = self.session(client, client.port, None)[0]
                self.assertTrue(self.session(client, client.port, session)[1])
                self.assertFalse(self.session(client, self.clients[other].port, session)[1])

    def session(self, client: Client, port: int, offered: ssl.SSLSession | None) -> tuple[ssl.SSLSession | None, bool]:
        """
        Offer a session to a port; return what may be offered next time, and whether it was resumed.
        """
        connection = Client(self, port, self.certificates).dial()
        secured = client.context.wrap_socket(connection, server_hostname="localhost", session=offered)
        exchange(secured)
        found = secured.session, bool(secured.session_reused)
        finish(secured)
        return found


def segments(pid: int) -> set[str]:
    """
    Return the parts of shared segments that a process has mapped, by the names under which they were made.
    """
    lines = Path("/proc", str(pid), "maps").read_text(encoding="utf-8").splitlines()
    return {line.partition("/memfd:")[2].split()[0] for line in lines if "/memfd:" in line}
