"""
What a running stack needs is taken away by others: a cleaner of temporary files, C{rm -r}, C{mv}.  It is made again
within seconds and said, commands find the stack again, and no second stack of the name takes over meanwhile.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import stat
from pathlib import Path

from tests.doubles.certificates import makeAuthority, makeServer, writeCertificates, writeCredential
from tests.live.applications import Application, echo
from tests.live.clients import Client, exchange, finish
from tests.live.configurations import FilesCase, freePort
from tests.live.programs import run
from tests.live.running import LiveCase, Stack, until

SOON = 10.0
"""
Within how many seconds what is missing must be there again, on a machine with other work.
"""

SOCKETS = ("TCPIP.sock", "TCPIP.sock.lock", "TCPIP.application")


def remove(directory: str) -> None:
    """
    Do what C{rm -r} does, until nothing is left: the stack may make something meanwhile.
    """

    def gone() -> bool:
        shutil.rmtree(directory, ignore_errors=True)
        return not os.path.exists(directory)

    until(gone, "its removal")


class RemovedTests(FilesCase):
    """
    The run directory of a stack with files.
    """

    def begin(self) -> Stack:
        """
        Start a stack with one secure port.
        """
        self.limit(4, 2)
        self.application = Application(self, echo)
        self.port = self.adapt(self.application)
        return self.serve(*self.options)

    def waitForAll(self, stack: Stack) -> None:
        """
        Wait until everything is there, as it was made at first.
        """

        def there() -> bool:
            return all(os.path.exists(os.path.join(stack.run, each)) for each in SOCKETS)

        until(there, "what was removed", SOON)
        modes = [stat.S_IMODE(os.stat(os.path.join(stack.run, each)).st_mode) for each in SOCKETS]
        self.assertEqual(modes, [0o666, 0o600, 0o666])
        self.assertEqual(stat.S_IMODE(os.stat(stack.run).st_mode), 0o755)

    def assertRefused(self, stack: Stack) -> None:
        """
        A second stack of the name is refused.
        """
        second = Stack(self.scratch, ["--run", stack.run, *self.options])
        self.addCleanup(second.destroy)
        self.assertEqual(second.wait(), 1)
        self.assertEqual(len(second.log.found("SSLP408E")), 1, second.log.text)

    def test_directory(self) -> None:
        """
        With C{rm -r} of the run directory sessions go on, a second stack is refused at once, and
        C{ssladmin} works again within seconds.
        """
        stack = self.begin()
        client = self.client(self.port).connect()
        exchange(client)
        for _ in range(2):
            remove(stack.run)
            self.assertRefused(stack)
            self.waitForAll(stack)
            self.assertEqual(stack.ssladmin("query", "status").code, 0)
        stack.log.wait(r"SSLP008W \S+/TCPIP.sock was removed")
        exchange(client)
        finish(client)

    def test_hangs(self) -> None:
        """
        A stack that hangs cannot make anything again, and is not displaced all the same.
        """
        stack = self.begin()
        os.kill(stack.process.pid, signal.SIGSTOP)
        remove(stack.run)
        try:
            self.assertRefused(stack)
        finally:
            os.kill(stack.process.pid, signal.SIGCONT)
        self.waitForAll(stack)
        self.assertEqual(stack.ssladmin("query", "status").code, 0)

    def test_atOnce(self) -> None:
        """
        Of stacks that start at once where nobody has been before, one starts.
        """
        self.limit(4, 2)
        self.adapt("127.0.0.1:9")
        stacks = [Stack(self.scratch, ["--run", self.path("run"), *self.options]) for _ in range(3)]
        for each in stacks:
            self.addCleanup(each.destroy)
        until(lambda: sum(each.process.poll() is None for each in stacks) == 1, "all but one to be refused")
        (left,) = (each for each in stacks if each.process.poll() is None)
        left.log.wait("SSLP100I")
        self.assertEqual([len(each.log.found("SSLP408E")) for each in stacks if each is not left], [1, 1])
        self.assertIn(left.end(), (0, -signal.SIGTERM))

    def test_single(self) -> None:
        """
        So it is with each of the files alone.
        """
        stack = self.begin()
        for name in SOCKETS:
            os.unlink(os.path.join(stack.run, name))
            stack.log.wait(rf"SSLP008W \S+/{name} was removed")
            self.waitForAll(stack)
            self.assertRefused(stack)
            self.assertEqual(stack.ssladmin("query", "status").code, 0)
        self.assertEqual(len(stack.log.found("SSLP008W")), len(SOCKETS))
        self.assertEqual(stack.log.found("SSLP009E"), [])

    def test_moved(self) -> None:
        """
        A directory that was moved away, with another one in its place: the stack is in that one.
        """
        stack = self.begin()
        os.rename(stack.run, f"{stack.run}.old")
        os.mkdir(stack.run)
        self.assertRefused(stack)
        self.waitForAll(stack)
        self.assertEqual(stack.ssladmin("query", "status").code, 0)

    def test_inTheWay(self) -> None:
        """
        Somebody's file in the socket's place is left alone and said; when it has gone the socket
        is there again.  The end of the stack leaves such a file.
        """
        stack = self.begin()
        path = Path(stack.run, "TCPIP.sock")
        path.unlink()
        path.write_text("precious")
        stack.log.wait("SSLP009E .*something other than a socket is in the way")
        self.assertEqual(path.read_text(), "precious")
        path.unlink()
        until(lambda: path.is_socket(), "the socket", SOON)
        self.assertEqual(stack.ssladmin("query", "status").code, 0)
        program = Path(stack.run, "TCPIP.application")
        program.unlink()
        program.write_text("precious")
        self.assertEqual(stack.end() in (0, -15), True)
        self.assertEqual(program.read_text(), "precious")

    def test_consoles(self) -> None:
        """
        Consoles were in it as well: they go on in new files.
        """
        stack = self.begin()
        remove(stack.run)
        self.waitForAll(stack)
        console = Path(stack.run, "TCPIP.console", "TCPIP.console")
        until(lambda: "SSLP008W" in console.read_text(), "the console", SOON)
        self.assertEqual(stat.S_IMODE(console.parent.stat().st_mode), 0o700)


class ScratchTests(LiveCase):
    """
    The directories that a stack without files makes for itself.
    """

    def scratchOf(self, stack: Stack) -> str:
        """
        Return the scratch directory.
        """
        (name,) = os.listdir(stack.temporary)
        return os.path.join(stack.temporary, name)

    def test_oneLine(self) -> None:
        """
        The one-line mode makes its directory again, for its user alone.
        """
        authority = makeAuthority()
        certificates = writeCertificates(self.path("authority.pem"), authority.certificate)
        pem = writeCredential(self.path("server.pem"), makeServer(authority))
        application, port = Application(self, echo), freePort(self)
        arguments = ["--listen", f"127.0.0.1:{port}", "--connect", application.address, "--certificate", pem]
        stack = self.adopt(Stack(self.scratch, arguments))
        stack.log.wait("SSLP100I")
        stack.run = self.scratchOf(stack)
        remove(stack.run)
        until(lambda: os.path.exists(os.path.join(stack.run, "TCPIP.sock")), "the socket", SOON)
        self.assertEqual(stat.S_IMODE(os.stat(stack.run).st_mode), 0o700)
        self.assertEqual(stack.ssladmin("query", "status").code, 0)
        with Client(self, port, certificates).connect() as client:
            exchange(client)

    def test_demo(self) -> None:
        """
        The demonstration makes its key database and its certificate again too: what it has printed
        works, and so does REFRESH.
        """
        stack = self.adopt(Stack(self.scratch, ["--demo"]))
        line = stack.log.wait(r"^\s*(curl .*)$").group(1)
        stack.log.wait(r"Ctrl-C ends it")
        stack.run = self.scratchOf(stack)
        before = sorted(os.listdir(stack.run))
        remove(stack.run)
        until(lambda: os.path.isdir(stack.run) and sorted(os.listdir(stack.run)) == before, "the files", SOON)
        page = run(line, shell=True)
        self.assertEqual((page.code, "It works." in page.output), (0, True), page.error)
        refreshed = stack.ssladmin("refresh")
        self.assertEqual(refreshed.code, 0, refreshed.output + refreshed.error)


class LogTests(FilesCase):
    """
    Logs that others move, remove, or leave no room for.
    """

    def test_full(self) -> None:
        """
        On a file system that is full every line of the JSON log parses all the same; when there is
        room again the lines that are lost have been counted.
        """
        if os.geteuid() or not shutil.which("unshare"):
            self.skipTest("mounting a small file system takes root")
        place = self.path("small")
        os.mkdir(place)
        self.limit(4, 2)
        self.adapt("127.0.0.1:9")
        mounted = f'mount -t tmpfs -o size=16k none {place} && exec "$@"'
        stack = self.serve(
            *self.options, "--log", f"json:{place}/log.json", launcher=["unshare", "-m", "sh", "-c", mounted, "sh"]
        )
        inside = f"/proc/{stack.process.pid}/root{place}"
        log = Path(inside, "log.json")
        ballast = Path(inside, "ballast")
        until(lambda: log.stat().st_size, "the first lines")
        with open(ballast, "wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        for _ in range(30):
            stack.ssladmin("start", "(sslserver", "SSL00002")
            stack.ssladmin("stop", "(sslserver", "SSL00002", "now")
            if stack.log.found("SSLP631W"):
                break
        stack.log.wait(r"SSLP631W .*log.json cannot be written: No space left")
        size = log.stat().st_size
        # A line is shorter than that.
        self.assertEqual(size // 4096, (size + 1000) // 4096 - 1, "it was not filled")
        self.assertEqual(log.read_bytes()[-1:], b"\n", "a line was torn")
        ballast.unlink()
        stack.ssladmin("start", "(sslserver", "SSL00002")
        stack.log.wait(r"SSLP670W Lines of the log \S+log.json were lost: \d+; No space left")
        until(lambda: "SSLP670W" in log.read_text(), "the count in the log itself")
        for line in log.read_text().splitlines():
            json.loads(line)
