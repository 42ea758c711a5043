"""
Signals to real processes.  SIGHUP reloads, SIGUSR1 and SIGUSR2 open log files again; of the others
none ends the stack, the agent or a server but those that are to: SIGTERM and SIGINT.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import subprocess
import time
from pathlib import Path

from sslpool.keydb.records import Credential
from sslpool.signals import HARMLESS
from sslpool.stack.signals import FOLLOWED
from tests.doubles.certificates import makeAuthority, makeDatabase, makeServer, writeCertificates, writeCredential
from tests.live.applications import Application, echo
from tests.live.clients import Client, exchange, finish
from tests.live.configurations import PROFILE, FilesCase, freePort
from tests.live.programs import LIMIT, environment, program, run
from tests.live.running import TWISTD, LiveCase, Stack, until


def serialAt(port: int) -> int:
    """
    Return the serial number of the certificate that C{openssl s_client} is shown.
    """
    shown = run("openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost")
    serial = run("openssl", "x509", "-noout", "-serial", input=shown.output)
    return int(serial.output.strip().partition("=")[2], 16)


class ReloadTests(FilesCase):
    """
    SIGHUP with configuration files.
    """

    def begin(self, *more: str) -> Stack:
        """
        Start a stack with one secure port.
        """
        self.limit(4, 2)
        self.application = Application(self, echo)
        self.first = self.credential()
        self.port = self.adapt(self.application, self.first)
        return self.serve(*self.options, *more)

    def renew(self) -> Credential:
        """
        Put another certificate into the key database.
        """
        credential = self.credential()
        os.unlink(self.files.keyFile)
        makeDatabase(self.files.keyFile, [credential])
        return credential

    def test_everything(self) -> None:
        """
        A renewed certificate is served, a port that is new in the profile is opened, limits are
        followed, and nobody is disturbed; two signals in quick succession do no harm.
        """
        stack = self.begin()
        held = self.client(self.port).connect()
        exchange(held)
        self.assertEqual(serialAt(self.port), self.first.certificate.serial)
        renewed, another = self.renew(), freePort(self)
        line = f"   {self.port} TCP WEBSERV SECURE WEBCERT"
        self.files.replace(PROFILE, line, f"{line}\n   {another} TCP WEBSERV SECURE WEBCERT")
        for _ in range(2):
            stack.process.send_signal(signal.SIGHUP)
        stack.log.wait("SSLP012I")
        for port in (self.port, another):
            self.assertEqual(serialAt(port), renewed.certificate.serial)
        exchange(held)
        finish(held)
        self.assertEqual(stack.ssladmin("query", "status").code, 0)

    def test_errors(self) -> None:
        """
        With an error in the profile nothing changes, certificates included, and it is said.
        """
        stack = self.begin()
        self.renew()
        self.files.append(PROFILE, "NONSENSE")
        stack.process.send_signal(signal.SIGHUP)
        stack.log.wait("SSLP013E")
        self.assertTrue(stack.log.found("PROFILE.TCPIP:.*NONSENSE"), stack.log.text)
        self.assertEqual(serialAt(self.port), self.first.certificate.serial)

    def test_beginningAndEnd(self) -> None:
        """
        From the first line of the log on, and until the end, it does no harm.
        """
        self.limit(4, 2)
        self.adapt("127.0.0.1:9")
        stack = self.start(*self.options)
        stack.log.wait("starting up")
        while not stack.log.found("SSLP100I"):
            for number in FOLLOWED:
                stack.process.send_signal(number)
            time.sleep(0.01)
        stack.log.wait("SSLP012I")
        stack.signal(signal.SIGTERM)
        while stack.process.poll() is None:
            for number in FOLLOWED:
                stack.process.send_signal(number)
            time.sleep(0.01)
        self.assertIn(stack.wait(), (0, -signal.SIGTERM))

    def test_harmless(self) -> None:
        """
        No other signal ends anything: every one is sent to the stack's process group, to the agent's
        group, in which the servers are, and to each process.
        """
        stack = self.begin()
        before = sorted(stack.processes())
        held = self.client(self.port).connect()
        exchange(held)
        status = stack.status()
        for number in sorted(HARMLESS):
            os.killpg(stack.process.pid, number)
            os.killpg(status.agentPid, number)
            for pid in before:
                os.kill(pid, number)
        exchange(held)
        finish(held)
        self.assertEqual(stack.status().servers[0].pid, status.servers[0].pid)
        self.assertEqual(sorted(stack.processes()), before)
        self.assertEqual(stack.log.found("SSLP102E|SSLP104E"), [])

    def test_newAgent(self) -> None:
        """
        A new agent lives with them from the first moment.
        """
        stack = self.begin()
        first = stack.status().agentPid
        os.kill(first, signal.SIGKILL)
        until(lambda: stack.status().agentPid not in (0, first), "the next agent")
        agent = stack.status().agentPid
        for number in FOLLOWED:
            os.kill(agent, number)
        stack.log.wait("SSLP101I", 2)
        self.assertEqual((stack.status().agentPid, len(stack.log.found("SSLP102E"))), (agent, 1))

    def test_reopen(self) -> None:
        """
        Log files that were moved, as logrotate does it, are there again at SIGUSR1, all lines are in
        one or the other, and it is said; twistd rotates its own as ever.
        """
        log = Path(self.path("log.json"))
        stack = self.begin("--log", f"json:{log}")
        for number, count in ((signal.SIGUSR1, 1), (signal.SIGUSR2, 2)):
            moved = Path(f"{log}.{count}.old")
            log.rename(moved)
            stack.process.send_signal(number)
            stack.log.wait(f"SSLP672I .*{number.name}")
            until(lambda: "SSLP672I" in log.read_text(), "the message")
            for each in (log, moved):
                for line in each.read_text().splitlines():
                    json.loads(line)
        stack.process.send_signal(signal.SIGUSR1)
        stack.log.wait("SSLP672I", 3)


class OneLineTests(LiveCase):
    """
    Without files.
    """

    def begin(self) -> list[str]:
        """
        Return the options of a stack.
        """
        self.authority = makeAuthority()
        self.certificates = writeCertificates(self.path("authority.pem"), self.authority.certificate)
        self.pem = writeCredential(self.path("server.pem"), makeServer(self.authority))
        self.port = freePort(self)
        application = Application(self, echo)
        return ["--listen", f"127.0.0.1:{self.port}", "--connect", application.address, "--certificate", self.pem]

    def test_refresh(self) -> None:
        """
        SIGHUP is a REFRESH.
        """
        stack = self.serve(*self.begin())
        renewed = makeServer(self.authority)
        os.unlink(self.pem)
        writeCredential(self.pem, renewed)
        stack.process.send_signal(signal.SIGHUP)
        stack.log.wait("SSLP012I")
        self.assertEqual(serialAt(self.port), renewed.certificate.serial)

    def test_twistd(self) -> None:
        """
        The log of twistd, where it is a file, is rotated at SIGUSR1 by twistd, and ours are opened again.
        One that somebody has moved is made again as well.
        """
        log = Path(self.path("twistd.log"))
        command = (*TWISTD[:-1], "--logfile", str(log), TWISTD[-1])
        stack = self.adopt(Stack(self.scratch, ["--run", self.path("run"), *self.begin()], command=command))
        until(lambda: log.exists() and "SSLP100I" in log.read_text(), "a server")
        stack.process.send_signal(signal.SIGUSR1)
        rotated = Path(f"{log}.1")
        until(lambda: rotated.exists() and "SSLP672I" in log.read_text(), "the rotation")
        self.assertIn("SSLP100I", rotated.read_text())
        log.rename(f"{log}.moved")
        stack.process.send_signal(signal.SIGUSR1)
        until(lambda: log.exists() and "SSLP672I" in log.read_text(), "the new file")
        self.assertIn("SSLP671W", log.read_text())

    def test_terminal(self) -> None:
        """
        A stack in the foreground outlives its terminal.  That is a SIGHUP and so a reload; that the
        log of twistd cannot be written any more is said once in the others.
        """
        log = Path(self.path("log.json"))
        ours, terminal = pty.openpty()
        options = [*self.begin(), "--run", self.path("run"), "--log", f"json:{log}"]

        stack = subprocess.Popen(
            ["setsid", "--ctty", program(TWISTD[0]), *TWISTD[1:], *options],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=self.scratch,
            env=environment(TMPDIR=self.scratch),
        )
        self.addCleanup(stack.wait, LIMIT)
        self.addCleanup(stack.terminate)
        os.close(terminal)
        until(lambda: log.exists() and "SSLP100I" in log.read_text(), "a server")
        os.close(ours)
        until(lambda: "SSLP012I" in log.read_text(), "the reload")
        with Client(self, self.port, self.certificates).connect() as client:
            exchange(client)
        texts = [json.loads(line)["text"] for line in log.read_text().splitlines()]
        self.assertEqual([text for text in texts if "Traceback" in text], [])
        self.assertEqual(len([text for text in texts if text.startswith("SSLP631W")]), 1)

    def test_reader(self) -> None:
        """
        Whoever reads the standard output of a stack hangs: it goes on, which the other logs say, and
        how many lines he has missed when he reads again.
        """
        log = Path(self.path("log.json"))
        ours, output = os.pipe()
        self.addCleanup(os.close, ours)
        options = [*self.begin(), "--run", self.path("run"), "--log", f"json:{log}"]
        command = [program(TWISTD[0]), *TWISTD[1:], *options]
        stack = subprocess.Popen(command, stdout=output, cwd=self.scratch, env=environment(TMPDIR=self.scratch))
        self.addCleanup(stack.wait, LIMIT)
        self.addCleanup(stack.terminate)
        os.close(output)
        until(lambda: log.exists() and "SSLP100I" in log.read_text(), "a server")

        def says(messageId: str) -> bool:
            stack.send_signal(signal.SIGUSR1)
            return messageId in log.read_text()

        fcntl.fcntl(ours, fcntl.F_SETPIPE_SZ, 4096)
        until(lambda: says("SSLP631W"), "the message")
        with Client(self, self.port, self.certificates).connect() as client:
            exchange(client)
        os.read(ours, 65536)
        until(lambda: says("SSLP670W"), "the count")
        self.assertIn("SSLP672I", os.read(ours, 65536).decode())
