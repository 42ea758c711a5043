"""
Tests for L{sslpool.commands.entry}, L{sslpool.commands.streams} and L{sslpool.commands.outcome}: what holds for
every program.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from configparser import ConfigParser
from functools import partial
from pathlib import Path
from socket import AF_UNIX, SOCK_SEQPACKET, socketpair

from attrs import frozen
from twisted.trial.unittest import SynchronousTestCase

from sslpool.commands.gskkyman import main as gskkyman
from sslpool.commands.guidance import messageLines
from sslpool.commands.netstat import main as sslnetstat
from sslpool.commands.options import Options
from sslpool.commands.outcome import exitCode, wantsJson
from sslpool.commands.ssladmin import main as ssladmin
from sslpool.commands.syntax import HELP
from sslpool.messages import CATALOGUE, operatorError
from tests.commands.gskkyman.test_main import operations
from tests.commands.programs import started

NOWHERE = "/nonexistent"


INTERRUPT = """
import os, signal, sys
class Finder:
    def find_spec(name, path, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder)
"""
"""
Has a program interrupt itself when it imports a module.
"""


@frozen
class Case:
    """
    A program, and what it can be told without a stack.

    @ivar name: its name.
    @ivar done: what it answers.
    @ivar failing: what it cannot do.
    @ivar wrong: what it does not understand.
    @ivar json: it has C{--json} with all commands.
    """

    name: str
    done: tuple[str, ...] = ("help",)
    failing: tuple[str, ...] = ()
    wrong: tuple[tuple[str, ...], ...] = ()
    json: bool = True


_LISTEN = ("--listen=127.0.0.1:1", "--connect=127.0.0.1:1", "--run", NOWHERE)

CASES = (
    Case("ssladmin", failing=("--run", NOWHERE), wrong=(("bogus",), ("stop", "now"), ("--bogus",), ("-i", "stop"))),
    Case("sslnetstat", failing=("--run", NOWHERE), wrong=(("bogus",), ("conn", "0"), ("--bogus",), ("help", "x"))),
    Case("obeyfile", failing=("--run", NOWHERE, NOWHERE), wrong=((), ("--bogus",), ("x", "(bogus"))),
    Case(
        "gskkyman",
        done=("--version",),
        failing=("list", "--database", NOWHERE),
        wrong=(("fly",), ("list", "--fly"), ("show",), ("list", "more")),
    ),
    Case(
        "sslpool",
        failing=("staple", "--config", NOWHERE),
        wrong=(("plans",), ("plan", "--nosuch"), ("check", "a", "b"), ("setauth", "a", "b", "c", "d", "e")),
        json=False,
    ),
    Case("vmssl", failing=_LISTEN, wrong=(("--bogus",), ("--listen=:1",), ("FOO", *_LISTEN)), json=False),
)
"""
All programs.
"""


def environment(**variables: str) -> dict[str, str]:
    """
    Return the environment of a program: one for a terminal of 80 columns.
    """
    path = os.pathsep.join(filter(None, sys.path))
    return {**os.environ, "PYTHONPATH": path, "COLUMNS": "80", **variables}


def run(name: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """
    Run a program to its end.
    """
    return subprocess.run(
        [*started(name), *arguments],
        env=environment(**variables),
        input="",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


class ProgramTests(SynchronousTestCase):
    """
    Every program ends as it should.
    """

    def test_complete(self) -> None:
        """
        The table has every console script.
        """
        parser = ConfigParser()
        parser.read(Path(__file__).parents[2] / "setup.cfg")
        lines = parser["options.entry_points"]["console_scripts"].strip().splitlines()
        self.assertEqual({line.partition("=")[0].strip() for line in lines}, {case.name for case in CASES})

    def test_exitCodes(self) -> None:
        """
        0 is done, with the answer on standard output; 1 is refused or failed, and 2 a command line that is
        not understood, with the message on standard error.
        """
        for case in CASES:
            calls = [(case.done, 0), (case.failing, 1), *((words, 2) for words in case.wrong)]
            for words, code in calls:
                done = run(case.name, *words)
                shown = (done.returncode, bool(done.stdout), bool(done.stderr), "Traceback" in done.stderr)
                self.assertEqual(shown, (code, not code, bool(code), False), (case.name, words, done.stderr))

    def test_json(self) -> None:
        """
        With C{--json} there is a document where there is no other, and the message as always.
        """
        for case in CASES:
            for words, code in ((case.failing, 1), (case.wrong[0], 2)) if case.json else ():
                if case.name == "gskkyman" and code == 2:
                    continue  # its operations have the option
                done = run(case.name, *words, "--json")
                error = json.loads(done.stdout)["error"]
                self.assertEqual((done.returncode, done.stderr.split()[0]), (code, error["id"]), (case.name, words))
                self.assertEqual(error["action"], CATALOGUE[error["id"]].action)

    def test_full(self) -> None:
        """
        Output for which there is no room, or which the shell has closed, is one line on standard error and exit code 1.
        """
        calls = [(case, ">/dev/full", "") for case in CASES]
        for case, redirection, unbuffered in (*calls, (CASES[0], ">/dev/full", "1"), (CASES[0], ">&-", "")):
            command = ["/bin/sh", "-c", f'"$@" {redirection}', "sh", *started(case.name), *case.done]
            done = subprocess.run(
                command,
                env=environment(PYTHONUNBUFFERED=unbuffered),
                stdin=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
                timeout=60,
            )
            self.assertEqual(done.returncode, 1, (case.name, redirection))
            (line,) = done.stderr.splitlines()
            self.assertTrue(line.startswith("SSLP470E The output cannot be written: "), line)

    def test_atOnce(self) -> None:
        """
        Help is one piece of output, be Python told to buffer or not: it is not lost where only its first line is
        read, and the exit code does not depend on when the reader ends.
        """
        for case in CASES:
            for words in (("--help",), case.done):
                ours, theirs = socketpair(AF_UNIX, SOCK_SEQPACKET)
                with ours, theirs:
                    done = subprocess.run(
                        [*started(case.name), *words],
                        env=environment(PYTHONUNBUFFERED="1"),
                        stdin=subprocess.DEVNULL,
                        stdout=theirs.fileno(),
                        check=False,
                        timeout=60,
                    )
                    theirs.close()
                    pieces = list(iter(partial(ours.recv, 65536), b""))
                self.assertEqual((done.returncode, len(pieces)), (0, 1), (case.name, words))

    def test_carriedOut(self) -> None:
        """
        Where only the answer of a change is lost, the message says that the change was made.
        """
        directory = self.mktemp()
        os.mkdir(directory)
        command = [*started("sslpool"), "password", "OPERATOR", "--stdin", "--config", directory]
        done = subprocess.run(
            ["/bin/sh", "-c", '"$@" >/dev/full', "sh", *command],
            env=environment(),
            input="long enough for everybody\n",
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
        self.assertEqual(done.returncode, 1)
        self.assertTrue(done.stderr.startswith("SSLP480E The command was carried out, but "), done.stderr)
        self.assertEqual(len(os.listdir(directory)), 1)

    def test_closed(self) -> None:
        """
        Where nobody reads the output any more the program ends quietly.
        """
        for case in CASES:
            reading, writing = os.pipe()
            os.close(reading)
            with open(writing, "wb") as output:
                done = subprocess.run(
                    [*started(case.name), *case.done],
                    env=environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.PIPE,
                    text=True,
                    check=False,
                    timeout=60,
                )
            self.assertEqual((done.returncode, done.stderr), (1, ""), case.name)

    def test_errorsLost(self) -> None:
        """
        Where messages cannot be written the exit code is the same.
        """
        for case, redirection in ((CASES[0], "2>/dev/full"), (CASES[3], "2>&-")):
            command = ["/bin/sh", "-c", f'"$@" {redirection}', "sh", *started(case.name), *case.wrong[0]]
            done = subprocess.run(command, env=environment(), capture_output=True, check=False, timeout=60)
            self.assertEqual((done.returncode, done.stdout), (2, b""), (case.name, redirection))

    def test_encoding(self) -> None:
        """
        What the encoding of the output does not have is shown by its number.
        """
        done = run("ssladmin", "bücher", PYTHONIOENCODING="ascii")
        self.assertIn("SSLP420E b\\xfccher is not a command", done.stderr)

    def interrupted(self, module: str, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """
        Run a program that is interrupted when it imports a module.
        """
        option, code = started(name)[1:]
        return subprocess.run(
            [sys.executable, option, INTERRUPT.format(module=module) + code, *arguments],
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def test_interrupted(self) -> None:
        """
        A program that is interrupted while it is being imported, or later, ends without a traceback.
        """
        calls = [("attrs", case.name, case.done) for case in CASES]
        for module, name, words in (*calls, ("readline", "ssladmin", ("-i",))):
            done = self.interrupted(module, name, *words)
            self.assertEqual((done.returncode, done.stderr), (130, ""), (module, name))

    def test_interruptedInReactor(self) -> None:
        """
        Nor does an interrupt in the moment before the reactor runs end in a traceback.
        """
        remote = ("--remote", "127.0.0.1:1", "--certificate", NOWHERE, "--authorities", NOWHERE)
        for module, words in (
            ("sslpool.control.remote", remote),
            ("twisted.internet.epollreactor", ("--run", NOWHERE)),
        ):
            done = self.interrupted(module, "ssladmin", *words)
            self.assertIn(done.returncode, (1, 130))
            self.assertNotIn("Traceback", done.stderr)

    def test_ignored(self) -> None:
        """
        Where interrupts are ignored, as behind nohup, they stay so.
        """
        command = ["/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-c"]
        code = INTERRUPT.format(module="attrs") + started("ssladmin")[2]
        done = subprocess.run([*command, code, "help"], env=environment(), capture_output=True, check=False, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, b""))


class OutcomeTests(SynchronousTestCase):
    """
    The exit code of an error, and what asks for JSON.
    """

    def test_exitCode(self) -> None:
        """
        It is 2 where the command line is not valid.
        """
        self.assertEqual(exitCode(operatorError("SSLP420E", word="x", program="SSLADMIN")), 2)
        self.assertEqual(exitCode(operatorError("SSLP405E")), 1)

    def test_wantsJson(self) -> None:
        """
        The option counts in every length that the shell's options have, and before C{--} only.
        """
        for words, wanted in (
            (["--json"], True),
            (["x", "--js"], True),
            (["json"], False),
            (["--"], False),
            (["--", "--json"], False),
            (["--jsonx"], False),
        ):
            self.assertEqual(wantsJson(words), wanted, words)


class WidthTests(SynchronousTestCase):
    """
    What all programs say of themselves fits a terminal of 80 columns.
    """

    def fits(self, what: object, text: str) -> None:
        """
        Assert that no line is too long; one that has a single word may be.
        """
        wide = [line for line in text.splitlines() if len(line) > 80 and " " in line.strip()]
        self.assertEqual(wide, [], what)

    def test_programs(self) -> None:
        """
        C{--help} and HELP of each program.
        """
        for case in CASES:
            for words in (("--help",), case.done):
                self.fits((case.name, words), run(case.name, *words).stdout)

    def test_operations(self) -> None:
        """
        C{--help} of each operation of gskkyman.
        """
        self.patch(os, "environ", environment())
        self.patch(sys, "stdout", output := io.StringIO())
        for name in operations():
            self.assertRaises(SystemExit, gskkyman.main, [name, "--help"])
        self.fits("operations", output.getvalue())
        self.assertIn("Usage: gskkyman delete-database", output.getvalue())

    def test_topics(self) -> None:
        """
        HELP of each command.
        """
        for program in (ssladmin.PROGRAM, sslnetstat.PROGRAM):
            for form in program.grammar.forms:
                request = program.grammar.parse([HELP.title, *form.keywords], Options())
                report = program.locally(request)
                assert report is not None
                self.fits(form.title, "\n".join(map(str, report.lines)))

    def test_messages(self) -> None:
        """
        HELP of each message.
        """
        for name in CATALOGUE:
            self.fits(name, "\n".join(messageLines(name)))
