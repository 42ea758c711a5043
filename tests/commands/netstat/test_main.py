"""
Tests for L{sslpool.commands.netstat.main}: the program, as users run it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.guidance import helpLines, topicLines
from sslpool.commands.netstat.main import LONGEST_FILE, PROGRAM, fileOf
from sslpool.commands.options import Options
from sslpool.messages import OperatorError
from sslpool.wire.records import ListenerRecord
from tests.commands.programs import ProgramCase
from tests.doubles.administration import sessionRecord


class ProgramTests(ProgramCase):
    """
    C{sslnetstat} with a running stack.
    """

    program = "sslnetstat"

    async def test_everybody(self) -> None:
        """
        Users who may not administer see the configuration and the connections.
        """
        self.authority.uid = lambda: -1
        outcome = await self.run_("config", "ssl")
        self.assertEqual((outcome.code, outcome.error), (0, ""))
        self.assertIn("TCP/IP Server Name: TCPIP", outcome.output)
        self.assertIn("  SSL00001  Active ", outcome.output)
        outcome = await self.run_("conn")
        self.assertIn("*..8443          *..*                Listen\n", outcome.output)
        self.assertIn("192.0.2.1..8443  203.0.113.5..50007  Established\n", outcome.output)

    async def test_startAndStop(self) -> None:
        """
        SSL START and SSL STOP reach the pool; they are privileged.
        """
        outcome = await self.run_("SSL", "START", "SSL00002")
        self.assertEqual((outcome.code, outcome.output), (0, "SSLP117I SSL00002 is starting\n"))
        await self.run_("SSL STOP ssl00002 (NOW")
        self.assertEqual(self.pool.calls, [("start", "SSL00002"), ("stop", "SSL00002", True)])
        self.authority.uid = lambda: -1
        outcome = await self.run_("ssl", "start", "ssl00002")
        self.assertEqual(outcome.code, 1)
        self.assertIn("is not authorized to use START", outcome.error)

    async def test_badUserid(self) -> None:
        """
        What is no userid is refused with a message.
        """
        outcome = await self.run_("ssl", "start", "toolongname")
        self.assertTrue(outcome.error.startswith("SSLP424E SSL START needs a user ID"), outcome.error)

    async def test_json(self) -> None:
        """
        CONN as JSON has listeners and connections.
        """
        document = json.loads((await self.run_("--json")).output)
        self.assertEqual(document["listeners"][0]["application"], "127.0.0.1:8080")
        self.assertEqual([each["number"] for each in document["connections"]], [7, 9])

    async def test_allConnections(self) -> None:
        """
        ALLCONN shows what CONN leaves out: sessions that are ending, ports that are closed.
        """
        self.pool.known = [evolve(sessionRecord(7), state="Closing"), sessionRecord(8)]
        self.pool.secured.append(ListenerRecord("MAIL", "0.0.0.0:993", "MAIL", "127.0.0.1:143", "Closed"))
        for command, numbers, ports in (("conn", [8], ["HTTPD"]), ("allconn", [7, 8], ["HTTPD", "MAIL"])):
            document = json.loads((await self.run_(command, "--json")).output)
            self.assertEqual([each["number"] for each in document["connections"]], numbers)
            self.assertEqual([each["userid"] for each in document["listeners"]], ports)

    async def test_identify(self) -> None:
        """
        IDENTIFY SSL is for everybody, and takes a selection.
        """
        self.authority.uid = lambda: -1
        outcome = await self.run_("identify", "ssl", "203.0.113.5..50009")
        self.assertEqual((outcome.code, outcome.error), (0, ""))
        (line,) = [line for line in outcome.output.splitlines() if "203.0.113.5" in line]
        self.assertEqual(line.split()[-4:], ["SSL00001", "WEBCERT", "TLSv1.3", "TLS_AES_256_GCM_SHA384"])

    async def test_zvm(self) -> None:
        """
        What operators of z/VM ask for, where there is something to be said.
        """
        self.pool.secured = [
            ListenerRecord("HTTPD", "0.0.0.0:8443", "WEBCERT", "127.0.0.1:8080"),
            ListenerRecord("HTTPD", "[::]:443", "WEBCERT", "127.0.0.1:8080"),
            ListenerRecord("INTCLIEN", "192.0.2.1:992", "WEBCERT", ""),
            ListenerRecord("POP3", "192.0.2.1:995", "NONE", "", "Closed"),
        ]
        self.authority.uid = lambda: -1
        outcome = await self.script("clients", "clients httpd", "telnet", "home", "up", "level")
        self.assertEqual((outcome.code, outcome.error), (0, ""))
        text = " ".join(outcome.output.split())
        self.assertIn("HTTPD 2 2 1 INTCLIEN 1 0 0 POP3 1 0 0", text)
        self.assertIn("INTCLIEN 192.0.2.1..992 *..* Listen", text)
        self.assertIn("* 443 8443 192.0.2.1 992", text)
        self.assertNotIn("995", text.partition("Home Addresses")[2])
        self.assertIn("Stack TCPIP has been up for ", text)

    async def test_elsewhere(self) -> None:
        """
        What the operating system does is one line that names what to use instead; HELP has all of them.
        """
        for line in ("arp all", "devlinks", "gate", "sockets", "drop 7", "config all", "block 192.0.2.1", "sleep 5"):
            error = self.assertRaises(OperatorError, PROGRAM.locally, PROGRAM.grammar.parse([line], Options()))
            name = line.split()[0].upper()
            self.assertTrue(str(error).startswith(f"SSLP472E NETSTAT {name} is not provided here; use "))
        listed = "\n".join(helpLines(PROGRAM.grammar))
        for form in (each for each in PROGRAM.grammar.forms if each.instead):
            self.assertIn(form.title, listed)
            self.assertIn(form.instead, " ".join(" ".join(topicLines(PROGRAM.grammar, form.title)).split()))
        self.assertEqual((await self.run_("arp")).code, 1)

    async def test_select(self) -> None:
        """
        SELECT in each manner shows what fits, and nothing else.
        """
        for words in (["conn (select 50007"], ["conn", "50007"], ["conn", "--select", "203.0.113.5:50007"]):
            document = json.loads((await self.run_("--json", *words)).output)
            self.assertEqual([each["number"] for each in document["connections"]], [7])
            self.assertEqual(document["listeners"], [])

    async def test_obey(self) -> None:
        """
        OBEY passes on the statement that follows, TEST only looks; both are privileged.
        """
        outcome = await self.run_("obey", "ssllimits", "maxsessions", "5", "maxpersslserver", "5")
        self.assertEqual((outcome.code, outcome.error), (0, ""))
        statement = "ssllimits maxsessions 5 maxpersslserver 5"
        self.assertEqual(self.pool.calls, [("obey", "NETSTAT", statement)])
        outcome = await self.run_("OBEY port 1 tcp a (test")
        self.assertEqual(outcome.error, "")
        self.assertEqual((outcome.code, self.pool.calls), (0, [("obey", "NETSTAT", statement)]))
        self.authority.uid = lambda: -1
        outcome = await self.run_("obey", "port")
        self.assertEqual(outcome.code, 1)
        self.assertIn("is not authorized to use", outcome.error)

    async def test_obeyFile(self) -> None:
        """
        OBEYFILE reads the file where the command runs, and passes on its name and text.
        """
        path = self.file(b"SSLLIMITS MAXSESSIONS 5\nMAXPERSSLSERVER 5 ; caf\xc3\xa9\n")
        outcome = await self.run_("obeyfile", path)
        self.assertEqual((outcome.code, outcome.error), (0, ""))
        text = "SSLLIMITS MAXSESSIONS 5\nMAXPERSSLSERVER 5 ; caf\u00e9\n"
        self.assertEqual(self.pool.calls, [("obey", "CHANGES.TCPIP", text)])

    async def test_obeyFileUnreadable(self) -> None:
        """
        A file that is not there, not UTF-8 or far too long is refused with its name.
        """
        for path, reason in [
            ("/no/such/file", "No such file"),
            (self.file(b"\xff", "OCTETS"), "not UTF-8"),
            (self.file(b" " * (LONGEST_FILE + 1)), "more than"),
        ]:
            outcome = await self.run_("obeyfile", path)
            self.assertEqual(outcome.code, 1)
            self.assertTrue(outcome.error.startswith("SSLP433E"), outcome.error)
            self.assertIn(reason, outcome.error)
        self.assertEqual(self.pool.calls, [])

    def file(self, content: bytes, name: str = "CHANGES.TCPIP") -> str:
        """
        Write a file and return its path.
        """
        path = os.path.join(self.directory, name)
        with open(path, "wb") as file:
            file.write(content)
        return path


class ObeyfileTests(ProgramCase):
    """
    C{obeyfile}, the same by its name on z/VM.
    """

    program = "obeyfile"

    async def test_program(self) -> None:
        """
        Its words are those of OBEYFILE.
        """
        path = os.path.join(self.directory, "CHANGES.TCPIP")
        with open(path, "w", encoding="utf-8") as file:
            file.write("SSLSERVERID *")
        outcome = await self.run_(path)
        self.assertEqual((outcome.code, outcome.error), (0, ""))
        self.assertEqual(self.pool.calls, [("obey", "CHANGES.TCPIP", "SSLSERVERID *")])

    async def test_help(self) -> None:
        """
        C{--help} and HELP are about it alone, with the options that it has.
        """
        shown = (await self.run_("--help")).output
        self.assertTrue(shown.startswith("Usage: obeyfile file | fn [ft [fm]] "), shown)
        self.assertIn("--test ", shown)
        self.assertNotIn("--monitor", shown)
        for words in (("help",), ("?",)):
            self.assertTrue((await self.run_(*words)).output.startswith("OBEYFILE file | fn [ft [fm]] "))
        wrong = await self.run_("x", "(bogus")
        self.assertIn("  Syntax: OBEYFILE file | fn [ft [fm]] ", wrong.error)


class FileTests(SynchronousTestCase):
    """
    The file that OBEYFILE means.
    """

    def test_named(self) -> None:
        """
        It is named as it stands, or as fn, ft and fm in any case.
        """
        self.addCleanup(os.chdir, os.getcwd())
        os.mkdir(directory := self.mktemp())
        os.chdir(directory)
        for name in ("EXTRA.TCPIP", "lower.tcpip", "PLAIN", "with blank", "MORE.FILE"):
            Path(name).touch()
        for operand, path in (
            ("extra tcpip", "EXTRA.TCPIP"),
            ("Extra TCPIP A1", "EXTRA.TCPIP"),
            ("extra", "EXTRA.TCPIP"),
            ("extra.tcpip", "extra.tcpip"),
            ("lower tcpip a", "lower.tcpip"),
            ("more file", "MORE.FILE"),
            ("PLAIN", "PLAIN"),
            ("with blank", "with blank"),
            ("no such a", "no such a"),
            ("./extra tcpip", "./extra tcpip"),
            ("extra tcpip a b", "extra tcpip a b"),
        ):
            self.assertEqual(fileOf(operand), path)
