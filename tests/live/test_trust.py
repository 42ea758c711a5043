"""
Whom applications trust: Postfix, Redis and OpenLDAP as Debian installs them, behind a pool.

A stranger relays mail, reads and writes data, and is root to the directory; start and check say so
beforehand, each with its line.  With what they name set, all three treat the stranger as one.
"""

from __future__ import annotations

import os
import pwd
import signal
import smtplib
import socket
import ssl

from twisted.trial.unittest import SkipTest

from sslpool.stack.front.localsystem import others
from tests.integration.problems.case import ProblemCase
from tests.live.configurations import DIRECT, PROFILE, SYSTEM, freePort
from tests.live.installed import lacking
from tests.live.programs import LIMIT, run
from tests.live.running import Stack
from tests.live.servers import NOBODY
from tests.live.trusting import LocalSlapd, Postfix, Redis

ANOTHER = "198.51.100.77"
"""
An address that is in nobody's use (RFC 5737).
"""

EXTERNAL = bytes.fromhex("3018 020101 6013 020103 0400 a30c 0408") + b"EXTERNAL\x04\x00"
"""
An LDAP bind with the mechanism EXTERNAL and empty credentials (RFC 4511 section 4.2, RFC 4422 appendix A).
"""

WHO_AM_I = bytes.fromhex("301e 020102 7719 8017") + b"1.3.6.1.4.1.4203.1.11.3"
"""
The extended operation "Who am I?" (RFC 4532).
"""


class TrustTests(ProblemCase):
    """
    Three servers, and one pool in front of them.
    """

    skip = lacking("postfix", "redis-server", "slapd")

    def setUp(self) -> None:
        """
        Start the servers, and configure the pool.
        """
        if os.geteuid() != 0:
            raise SkipTest("only root can start Postfix, and can be taken for root by the directory")
        super().setUp()
        self.other = others().get(4, "") or self.anotherAddress()
        self.postfix, self.redis, self.slapd = Postfix(self), Redis(self), LocalSlapd(self)
        self.mail, self.store, self.directory = (freePort(self) for _ in range(3))
        self.adapt("127.0.0.1:9")
        self.files.append(PROFILE, f"PORT {self.mail} TCP MAIL")
        for port, userid in ((self.store, "STORE"), (self.directory, "LDAP")):
            self.files.append(PROFILE, f"PORT {port} TCP {userid} SECURE WEBCERT")
        self.files.append(SYSTEM, ":nick.MAIL :type.server :dynamic.SMTP :tlslabel.WEBCERT :secureconnection.REQUIRED")
        self.lines = {"MAIL": self.address("MAIL", self.postfix.address)}
        self.files.append(SYSTEM, ":nick.STORE :type.server")
        self.lines["STORE"] = self.address("STORE", self.redis.address)
        self.files.append(SYSTEM, ":nick.LDAP :type.server")
        self.lines["LDAP"] = self.address("LDAP", self.slapd.path)
        self.user = pwd.getpwnam(NOBODY)
        self.admit(self.user.pw_gid)

    def anotherAddress(self) -> str:
        """
        Give this machine an address beside 127.0.0.1, for the time of the test.
        """
        place = (f"{ANOTHER}/32", "dev", "lo")
        self.assertEqual(run("ip", "address", "add", *place).code, 0)
        self.addCleanup(run, "ip", "address", "del", *place)
        return ANOTHER

    def admit(self, group: int) -> None:
        """
        Let a group read the key database, as docs/processes.md says.
        """
        os.chmod(self.files.directory, 0o755)
        folder = os.path.dirname(self.files.keyFile)
        for path, mode in ((folder, 0o750), *((os.path.join(folder, name), 0o640) for name in os.listdir(folder))):
            os.chown(path, -1, group)
            os.chmod(path, mode)

    def address(self, userid: str, address: str) -> int:
        """
        Give an application its address; return its line.
        """
        self.files.append(SYSTEM, f":address.{address}")
        with open(os.path.join(self.files.directory, SYSTEM), encoding="utf-8") as file:
            return len(file.readlines())

    # What a stranger does

    def stranger(self, port: int) -> ssl.SSLSocket:
        """
        Connect as nobody in particular.
        """
        context = ssl.create_default_context(cafile=self.certificates)
        return context.wrap_socket(socket.create_connection(("127.0.0.1", port), LIMIT), server_hostname="localhost")

    def relays(self) -> tuple[int, bytes]:
        """
        Try to send mail to somewhere else; return the answer.
        """
        with smtplib.SMTP("localhost", self.mail, timeout=LIMIT) as client:
            client.starttls(context=ssl.create_default_context(cafile=self.certificates))
            client.ehlo()
            client.mail("stranger@elsewhere.example")
            return client.rcpt("victim@foreign.example")

    def stores(self) -> bytes:
        """
        Try to write; return the first line of the answer.
        """
        with self.stranger(self.store) as client:
            client.sendall(b"SET key value\r\n")
            return client.makefile("rb").readline()

    def isWho(self) -> bytes:
        """
        Log in to the directory with nothing; return who one is then.
        """
        with self.stranger(self.directory) as client:
            client.sendall(EXTERNAL)
            client.recv(1000)
            client.sendall(WHO_AM_I)
            return client.recv(1000)

    def assertSaid(self, text: str) -> None:
        """
        All of it has been said, each once, with its line.
        """
        for expected in (
            f"SSLP226W MAIL at {self.postfix.address} sees every client of the pool as 127.0.0.1: Postfix",
            f"SSLP226W STORE at {self.redis.address} sees every client of the pool as 127.0.0.1: the protected",
            f"SSLP228W LDAP at {self.slapd.path} sees every client of the pool as root",
            "SSLP275W The SSL servers run as root",
        ):
            self.assertEqual(text.count(expected), 1, expected)

    def test_trust(self) -> None:
        """
        As Debian has it, and with the lines that the findings name: C{:source.} as the stack runs, a user for
        the servers with the next start.
        """
        stack = self.serve(*self.options)
        self.assertSaid(stack.log.text)
        for userid, line in self.lines.items():
            self.assertRegex(stack.log.text, rf"{SYSTEM}:{line}: SSLP22[68]W {userid} ")
        self.assertSaid(self.check().output)
        self.assertSaid(" ".join(stack.ssladmin("query", "status", "details").output.split()))
        self.assertEqual((self.relays()[0], self.stores()), (250, b"+OK\r\n"))
        self.assertIn(b"gidNumber=0+uidNumber=0,cn=peercred,cn=external,cn=auth", self.isWho())
        self.assertFollowed(stack)
        stack.end()
        self.files.append(DIRECT, f"POSIXINFO UID {self.user.pw_uid}")
        again = self.serve(*self.options)
        self.assertIn(b"gidNumber=%d+uidNumber=%d," % (self.user.pw_gid, self.user.pw_uid), self.isWho())
        self.assertEqual(again.log.found("SSLP22[6-9]|SSLP275W"), [])
        self.assertNotRegex(self.check().output, "SSLP22[6-9]|SSLP275W")

    def assertFollowed(self, stack: Stack) -> None:
        """
        The running stack takes the other address, and the strangers are strangers.
        """
        for address in (self.postfix.address, self.redis.address):
            self.files.replace(SYSTEM, f":address.{address}\n", f":address.{address}\n:source.{self.other}\n")
        stack.signal(signal.SIGHUP)
        stack.told = False
        stack.log.wait("SSLP012I")
        code, text = self.relays()
        self.assertEqual((code, b"Relay access denied" in text), (454, True), text)
        self.assertTrue(self.stores().startswith(b"-DENIED Redis is running in protected mode"))
