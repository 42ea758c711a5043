"""
Every command of SSLADMIN and NETSTAT that the source document has, in every
abbreviation, against one running pool; its examples as they are printed there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from sslpool.commands.netstat import main as sslnetstat
from sslpool.commands.ssladmin import main as ssladmin
from sslpool.commands.syntax import Form
from tests.jsonnames import ENTRY, entryFaults, lines, printed
from tests.live.applications import Application, echo
from tests.live.configurations import FilesCase
from tests.live.programs import Outcome, program, run

NETSTAT = (
    ("CONFIG SSL", "SSLSERVERID *"),
    ("TCP TCPIP CONFIG SSL", "SSLSERVERID *"),
    ("CONN", "Listen"),
    ("ALLCONN", "Listen"),
    ("IDENTIFY SSL", "TLSv1.3"),
    ("CLIENTS", "Foreign Hosts"),
    ("TELNET", "None"),
    ("HOME", "Secure Ports"),
    ("UP", "has been up for"),
    ("LEVEL", "Level"),
    ("SSL START SSL00004", "SSLP117I SSL00004"),
    ("SSL STOP SSL00004", "SSLP118I SSL00004"),
    ("OBEY SSLLIMITS MAXSESSIONS 10 MAXPERSSLSERVER 2", ""),
)
"""
Commands of NETSTAT in the source document and the reference, and what is said.
"""

SSLADMIN = (
    ("START (SSL SSL00004", "SSLP117I SSL00004"),
    ("QUERY STATUS", "SSL00001  Active"),
    ("QUERY STATUS SUMMARY", "SSL00001  Active"),
    ("QUERY STATUS DETAILS", "Cipher suites"),
    ("QUERY STATUS (SSLserver ALL TCPserver TCPIP)", "SSL00001  Active"),
    ("QUERY SETTINGS", "SSLSERVER ALL"),
    ("QUERY CACHE", "TCPIP"),
    ("QUERY SESSIONS", "1 secure session"),
    ("HELP", "Query STatus DETails"),
    ("HELP START", "SSLADMIN STArt"),
    ("SET (SSLSERVER SSL00001 TCPSERVER TCPIP)", "SSLP437I"),
    ("QUERY SETTINGS", "SSLSERVER SSL00001"),
    ("SYSTEM QUERY TIME", "TIME IS"),
    ("CLEAR", "SSLP438I"),
    ("REFRESH", "SSL00001"),
    ("SYSTEM CP QUERY NSS NAME TCPIP MAP", "FILE FILENAME FILETYPE"),
    ("SYSTEM QUERY NSS USERS TCPIP (SSL SSL00001", "SSLDCSSM"),
    ("SYSTEM query sslDCSSM (SSL SSL00001", "SSLDCSSM - DSC"),
    ("SYSTEM INDICATE USER", "USERID=SSL00001"),
    ("QUERY TRACE", "SSL00001"),
    ("TRACE CONN", "SSLP621I SSL00001 traces CONNECTIONS"),
    ("TRACE CONNECTIONS", "SSLP621I SSL00001 traces CONNECTIONS"),
    ("TRACE CONNECTIONS DATA", "SSLP621I SSL00001 traces CONNECTIONS DATA"),
    ("TRACE CONNECTIONS DATA 127.0.0.1:443 40 (SSL SSL00001", "127.0.0.1:443 40"),
    ("TRACE NORMAL ALL", "SSLP621I SSL00001 traces NORMAL ALL"),
    ("TRACE FLOW :443", "SSLP621I SSL00001 traces FLOW"),
    ("TRACE DEBUG", "SSLP621I SSL00001 traces DEBUG"),
    ("QUERY TRACE (SSL SSL00001", "DEBUG"),
    ("NOTRACE", "SSLP622I SSL00001"),
    ("LOG (SSL SSL00001", "SSLP630I"),
    ("STOP (SSL SSL00001 NOW", "SSLP185I SSL00001"),
    ("START SSL00001", "SSLP117I SSL00001"),
    ("CLOSECON", "SSLP630I"),
)
"""
The same of SSLADMIN.
"""

WRONG = {
    "ssladmin": (
        ("BOGUS", "SSLP420E BOGUS"),
        ("S", "SSLP434E S is ambiguous"),
        ("QUERY X", "SSLP421E X"),
        ("START SSL00001 SSL00002", "SSLP421E SSL00002"),
        ("STOP (SSL", "SSLP424E"),
        ("STOP (SSL SSL00001 X", "SSLP423E X"),
        ("RESTART (NOW", "SSLP426E NOW"),
        ("QUERY STATUS (MONITOR 0", "SSLP424E MONITOR"),
        ("SYSTEM", "SSLP422E SYSTEM"),
        ("SET", "SSLP422E SET"),
        ("QUERY SESSIONS ) X", "SSLP427E )"),
    ),
    "sslnetstat": (
        ("SSL START", "SSLP422E SSL START"),
        ("SSL START A B", "SSLP421E B"),
        ("CONN 70000", "SSLP424E SELECT"),
        ("OBEY", "SSLP422E OBEY"),
        ("IDENTIFY TELNET", "SSLP421E TELNET"),
    ),
}
"""
Commands that are wrong, and what is said.
"""

REFUSED = (
    ("SYSTEM LOGOFF", "SSLP442E"),
    ("QUERY STATUS DETAILS (SSL SSL00005", "DTCSSL2421E SSL00005: Communication error"),
    ("START (SSL SSL00009", "SSLP407E SSL00009"),
    ("QUERY STATUS (TCP NOSTACK", "SSLP400E Stack NOSTACK is not running: nothing answers at /"),
)
"""
Commands that cannot be carried out, and what is said.
"""


def abbreviations(form: Form) -> list[str]:
    """
    Return a command with its first keyword in every length, then its second, and so on.
    """
    found = []
    for index, keyword in enumerate(form.keywords):
        least = sum(character.isupper() for character in keyword)
        for length in range(least, len(keyword) + 1):
            words = [*form.keywords[:index], keyword[:length], *form.keywords[index + 1 :]]
            words += [f"({form.mark}"] if form.mark else []
            found.append(" ".join(words).swapcase() if length % 2 else " ".join(words).lower())
    return list(dict.fromkeys(found))


class CommandsTests(FilesCase):
    """
    A pool of five servers with one session.
    """

    def setUp(self) -> None:
        """
        Start the pool.
        """
        super().setUp()
        self.limit(10, 2, "QUIESCE 1")
        self.clients = self.client(self.adapt(Application(self, echo)))
        self.log = self.path("log.json")
        self.stack = self.serve(*self.options, "--log", "console", "--log", f"json:{self.log}")
        self.clients.hold(1)
        self.stack.waitForSessions(1)

    def script(self, name: str, lines: list[str], *options: str) -> Outcome:
        """
        Run commands, one in each line.
        """
        command = [program(name), "--run", self.stack.run, "-i", *options]
        return run(*command, input="\n".join(lines), XDG_STATE_HOME=self.stack.state)

    def inOrder(self, text: str, expected: Iterable[str]) -> None:
        """
        Assert that a text has others, each behind the one before it.
        """
        at = 0
        for each in expected:
            found = text.find(each, at)
            self.assertGreaterEqual(found, 0, f"{each!r} is not in {text[at:]!r}")
            at = found + len(each)

    def test_source(self) -> None:
        """
        The commands as they are printed do what is printed.
        """
        for name, commands in (("sslnetstat", NETSTAT), ("ssladmin", SSLADMIN)):
            outcome = self.script(name, [command for command, _ in commands])
            self.assertEqual((outcome.code, outcome.error), (0, ""))
            self.inOrder(outcome.output, [text for _, text in commands])
        self.stack.waitForState(4, "Active")
        self.assertIn("SSLP117I SSL00002", self.stack.ssladmin("START", "(SSL", "SSL00002").output)

    def test_json(self) -> None:
        """
        Each command prints the names that programs know as JSON, and so does the log.
        """
        file = self.path("statements")
        Path(file).write_text("SSLLIMITS MAXSESSIONS 10 MAXPERSSLSERVER 2\n", "ascii")
        ssl = {
            "SET": "(SSLSERVER SSL00001",
            "START": "(SSL SSL00004",
            # One without a process: a process that is ending answers nobody, as the next commands would say.
            "STOP": "(SSL SSL00005 NOW",
            "TRACE": "NORMAL",
            "SYSTEM": "QUERY TIME",
        }
        tcp = {"SSL START": "SSL00005", "SSL STOP": "SSL00003", "OBEY": "SSLLIMITS WAIT 31", "OBEYFILE": file}
        for name, operands in (("ssladmin", ssl), ("sslnetstat", tcp)):
            outcome = self.script(name, lines(name, operands), "--json")
            self.assertEqual((outcome.code, outcome.error), (0, ""))
            found = printed(name, outcome.output)
            self.assertEqual([each for each, (value, wrong) in found.items() if wrong or not value], [], outcome)
        entries = [json.loads(line) for line in Path(self.log).read_text("utf-8").splitlines()]
        self.assertEqual([each for each in entries if entryFaults(each)], [])
        self.assertEqual(set(ENTRY) - {name for each in entries for name in each}, set())

    def test_abbreviations(self) -> None:
        """
        Each query in every abbreviation is understood, and answered.
        """
        for name, commands in (("ssladmin", ssladmin.PROGRAM.commands), ("sslnetstat", sslnetstat.PROGRAM.commands)):
            queries = [each.form for each in commands if each.form.optional and not each.form.instead]
            lines = [line for form in queries if not _changes(form) for line in abbreviations(form)]
            outcome = self.script(name, lines)
            self.assertEqual((outcome.code, outcome.error), (0, ""))
            self.assertGreater(len(lines), 10)

    def test_wrong(self) -> None:
        """
        A command that is wrong shows the word and the syntax, one that cannot be
        carried out says why; nothing is changed.
        """
        before = self.stack.status().servers
        for name, commands in WRONG.items():
            outcome = self.script(name, [command for command, _ in commands])
            self.assertEqual((outcome.code, outcome.output), (1, ""))
            self.inOrder(outcome.error, [each for _, text in commands for each in (text, "\n  Syntax: SSL")])
        outcome = self.script("ssladmin", [command for command, _ in REFUSED])
        self.assertEqual(outcome.code, 1)
        for _, text in REFUSED:
            self.assertIn(text, outcome.output + outcome.error)
        after = self.stack.status().servers
        self.assertEqual([each.state for each in after], [each.state for each in before])


def _changes(form: Form) -> bool:
    """
    Return whether a command changes something, or is for a process of its own.
    """
    return form.action in (
        "start", "stop", "restart", "refresh", "obey", "set", "clear", "log", "closecon", "trace", "notrace",
        "refreshKeys", "rollback",
    ) or "NOW" in form.takes  # fmt: skip
