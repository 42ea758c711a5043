# -*- test-case-name: tests.test_tap -*-
"""
Tests for L{sslpool.tap}: the options, and what is said when they cannot be
followed.  That the stack runs is the business of the live tests.
"""

from __future__ import annotations

import contextlib
import gc
import glob
import io
import os
import shutil
import signal
import socket
import tempfile
import time

from twisted.application.service import IService
from twisted.internet import reactor
from twisted.python.usage import UsageError
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from sslpool.stack.front.listeningsockets import listeningSocket
from sslpool.tap import Options, makeService
from tests.config.support import unprivileged
from tests.doubles.certificates import makeAuthority, makeServer, writeCertificates, writeCredential
from tests.test_layers import ROOT


class TapCase(SynchronousTestCase):
    """
    Tests that make services, with temporary directories of their own.
    """

    def setUp(self) -> None:
        """
        Write a certificate, and have temporary files where they can be counted.
        """
        unprivileged(self)
        # The reactor of the tests goes on as it was.
        self.patch(reactor, "seconds", reactor.seconds)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        self.addCleanup(signal.pthread_sigmask, signal.SIG_SETMASK, before)
        self.temporary = tempfile.mkdtemp()  # a socket's path is short
        self.addCleanup(shutil.rmtree, self.temporary)
        self.patch(tempfile, "tempdir", self.temporary)
        self.certificate = writeCredential(self.mktemp() + ".pem", makeServer(makeAuthority()))

    def refused(self, *arguments: str) -> list[str]:
        """
        Return what is printed where the options cannot be followed; the exit code is 2 where they are wrong.
        """
        options = Options()
        options.parseOptions(arguments)
        printed = io.StringIO()
        with contextlib.redirect_stderr(printed), contextlib.redirect_stdout(io.StringIO()) as output:
            ended = self.assertRaises(SystemExit, makeService, options)
        usage = printed.getvalue().startswith(("SSLP003E", "SSLP004E", "SSLP005E"))
        self.assertEqual((ended.code, output.getvalue()), (2 if usage else 1, ""))
        self.assertEqual(glob.glob(f"{self.temporary}/*"), [], "a scratch directory is left")
        return printed.getvalue().splitlines()

    def oneLine(self, **changed: str) -> list[str]:
        """
        Return the arguments of the one-line mode.
        """
        options = {"listen": "127.0.0.1:8443", "connect": "127.0.0.1:8080", "source": "127.0.0.1"}
        options["certificate"] = self.certificate
        return [part for name, value in {**options, **changed}.items() for part in (f"--{name}", value)]


class OptionsTests(TapCase):
    """
    Options that contradict themselves.
    """

    def test_help(self) -> None:
        """
        The help names every option with what it is for.
        """
        text = str(Options())
        for option in ("config", "stack", "run", "listen", "connect", "certificate", "servers", "routing", "demo"):
            self.assertIn(f"--{option}", text)

    def test_nothing(self) -> None:
        """
        Without anything to run that is said, with the ways to say it.
        """
        [line] = self.refused()
        self.assertTrue(line.startswith("SSLP003E Nothing to run: give --config DIR"))

    def test_two(self) -> None:
        """
        Two ways at once are refused, by name.
        """
        [line] = self.refused("--demo", *self.oneLine())
        self.assertEqual(line, "SSLP005E --listen cannot be used together with --demo")
        [line] = self.refused("--config", "etc", "--demo")
        self.assertEqual(line, "SSLP005E --config cannot be used together with --demo")

    def test_numbers(self) -> None:
        """
        A number that is none is refused by the options themselves.
        """
        self.assertRaises(UsageError, Options().parseOptions, ["--servers", "many"])


class OneLineTests(TapCase):
    """
    The one-line mode.
    """

    def test_incomplete(self) -> None:
        """
        What is missing is named.
        """
        [line] = self.refused("--listen", ":8443")
        self.assertEqual(line, "SSLP004E --connect: is needed together with --listen")
        [line] = self.refused("--listen", ":8443", "--connect", "127.0.0.1:80")
        self.assertEqual(line, "SSLP004E --certificate: is needed together with --listen")

    def test_other(self) -> None:
        """
        Where there are files, they say as whom servers come and run.
        """
        for option, tag in (("source", ":source. in DTCPARMS"), ("user", "POSIXINFO in USER.DIRECT")):
            for mode in (("--demo",), ("--config", str(ROOT / "etc"))):
                [line] = self.refused(*mode, f"--{option}", "x")
                self.assertEqual(line, f"SSLP004E --{option}: goes with --listen; files have {tag}")

    def test_listen(self) -> None:
        """
        An address that is none is named.
        """
        [line] = self.refused(*self.oneLine(listen="8443"))
        self.assertEqual(line, "SSLP004E --listen: 8443 is not an address and a port, such as 127.0.0.1:8443")

    def test_operands(self) -> None:
        """
        With VMSSL operands KEYFILE takes the place of the certificate; what is wrong with them is a finding.
        """
        options = ("--listen", ":8443", "--connect", "127.0.0.1:8080")
        [line] = self.refused("--vmssl", "", *self.oneLine())
        self.assertEqual(line, "SSLP004E --certificate: is KEYFILE where there are VMSSL operands")
        lines = self.refused("--vmssl", "KEYFILE x FOO", *options)
        self.assertEqual(lines[0], "command line: SSLP251E FOO is not an operand of VMSSL")
        self.assertTrue(lines[1].startswith("SSLP006E"), lines)
        [line] = self.refused("--vmssl", "KEYFILE /no/such.pem", *options)
        self.assertIn("/no/such.pem", line)
        [line] = self.refused("--vmssl", "KEYFILE x", "--listen", ":8443")
        self.assertEqual(line, "SSLP004E --connect: is needed together with --listen")

    def test_routing(self) -> None:
        """
        So is a routing that there is not.
        """
        [line] = self.refused(*self.oneLine(routing="random"))
        self.assertEqual(line, "SSLP004E --routing: is fill or spread")

    def test_sandbox(self) -> None:
        """
        So is anything but yes and no; where there are files it is for them to say.
        """
        [line] = self.refused(*self.oneLine(sandbox="off"))
        self.assertEqual(line, "SSLP004E --sandbox: is yes or no")
        lines = self.refused("--config", str(ROOT / "etc"), "--sandbox", "no")
        self.assertIn("SSLP004E --sandbox: is :sandbox. of the pool where there are files", lines)

    def test_bounds(self) -> None:
        """
        So are numbers out of bounds.
        """
        [line] = self.refused(*self.oneLine(servers="0"))
        self.assertEqual(line, "SSLP004E --servers: 0 is not between 1 and 256")

    def test_certificate(self) -> None:
        """
        A certificate file that is missing, or without its key, is a message with its name.
        """
        missing = os.path.abspath(self.mktemp())
        [line] = self.refused(*self.oneLine(certificate=missing))
        self.assertTrue(line.startswith("SSLP3"), line)
        self.assertIn(missing, line)
        bare = writeCertificates(self.mktemp() + ".pem", makeAuthority().certificate)
        [line] = self.refused(*self.oneLine(certificate=bare))
        self.assertTrue(line.startswith("SSLP3"), line)

    def test_portInUse(self) -> None:
        """
        Where somebody gives the only port on the command line, and it is taken, nothing starts.
        """
        other = listeningSocket("127.0.0.1", 0)
        self.addCleanup(other.close)
        local = f"127.0.0.1:{other.getsockname()[1]}"
        [line] = self.refused(*self.oneLine(listen=local))
        self.assertTrue(line.startswith("SSLP025E"), line)
        self.assertIn(f"SSLP021E {local} is not opened: another program already listens there", line)


class FilesTests(TapCase):
    """
    A configuration directory.
    """

    def test_missing(self) -> None:
        """
        A directory that does not exist is a finding.
        """
        finding, last = self.refused("--config", "/nowhere/at/all")
        self.assertIn("SSLP280E", finding)
        self.assertEqual(last, "SSLP006E The stack does not start: errors in the configuration: 1")

    def test_noSuite(self) -> None:
        """
        Operands that leave no cipher suite are a finding with its line, as any other.
        """
        directory = self.mktemp()
        shutil.copytree(ROOT / "etc", directory)
        path = os.path.join(directory, "IBM.DTCPARMS")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("CACHELIFE 24 H", "EXEMPT HIGH"))
        finding, last = self.refused("--config", directory)
        self.assertRegex(finding, r"IBM\.DTCPARMS:\d+: SSLP131E ")
        self.assertEqual(last, "SSLP006E The stack does not start: errors in the configuration: 1")

    def test_everyFinding(self) -> None:
        """
        Every finding is printed with file and line, not just the first, and their number last.
        """
        directory = self.mktemp()
        shutil.copytree(ROOT / "etc", directory)
        profile = os.path.join(directory, "PROFILE.TCPIP")
        with open(profile, encoding="utf-8") as file:
            lines = len(file.read().splitlines())
        with open(profile, "a", encoding="utf-8") as file:
            file.write("\nSSLLIMITS MAXSESSIONS many\nSSLLIMITS MAXPERSSLSERVER 5000\n")
        *findings, last = self.refused("--config", directory)
        for line in (lines + 2, lines + 3):
            self.assertTrue([each for each in findings if f"PROFILE.TCPIP:{line}: SSLP" in each], (line, findings))
        self.assertTrue(last.startswith("SSLP006E"))


def probeWithoutReuse(number: int) -> None:
    """
    Take a port and let it go again.

    @raise OSError: another socket has it.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", number))


class StackTests(TapCase):
    """
    Options that can be followed.
    """

    def free(self) -> int:
        """
        Return a port that nobody has.
        """
        with listeningSocket("127.0.0.1", 0) as probe:
            number: int = probe.getsockname()[1]
        return number

    def made(self, *arguments: str) -> IService:
        """
        Return the service for these options.
        """
        options = Options()
        run = os.path.abspath(tempfile.mkdtemp(dir="/tmp"))
        self.addCleanup(shutil.rmtree, run)
        options.parseOptions([*arguments, "--run", run, "--stack", "TAPTEST"])
        return makeService(options)

    def test_unknownHost(self) -> None:
        """
        An application's name is not looked up before the stack runs.
        """

        def asked(*arguments: object, **options: int) -> object:
            if not options.get("flags", 0) & socket.AI_NUMERICHOST:
                raise AssertionError(f"the stack waits for {arguments}")
            return getaddrinfo(*arguments, **options)  # type: ignore[arg-type]

        getaddrinfo = socket.getaddrinfo
        self.patch(socket, "getaddrinfo", asked)
        self.made(*self.oneLine(listen=f"127.0.0.1:{self.free()}", connect="app.example:80"))

    def test_service(self) -> None:
        """
        They make a service that has its port already, listens only when a server is Active, and
        starts no process before it is started; the reactor counts by the monotonic clock.
        """
        number = self.free()
        service = self.made(*self.oneLine(listen=f"127.0.0.1:{number}"))
        self.assertTrue(verifyObject(IService, service))
        self.assertIs(reactor.seconds, time.monotonic)
        self.assertRaises(ConnectionError, socket.create_connection, ("127.0.0.1", number))
        self.assertRaises(OSError, probeWithoutReuse, number)
        # It was never started, so that there is nothing to stop; its sockets go with it.
        del service
        gc.collect()
        probeWithoutReuse(number)
