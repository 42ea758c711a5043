"""
A fake stack: another local user listens where commands and programs look for a stack.  It is refused by name before one
octet is sent to it, and those of whom this is not to be feared are accepted.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from sslpool.rundirectory import SYSTEM_DIRECTORY
from tests.live.installed import lacking
from tests.live.programs import LIMIT, Log, Outcome, environment, run
from tests.live.programsocket import EXAMPLES

CALLER, MALLORY, SERVICE = (100_000 + 3 * os.getpid() + each for each in range(3))
"""
The user ids of who looks for a stack, of who has a fake one, and of a stack with a user of its own.
"""

LISTENER = """
import os, selectors, socket, sys
uid, directory = int(sys.argv[1]), sys.argv[2]
os.setgroups([])
os.setgid(uid)
os.setuid(uid)
os.umask(0)
selector = selectors.DefaultSelector()
for name, kind in (("TCPIP.application", socket.SOCK_SEQPACKET), ("TCPIP.sock", socket.SOCK_STREAM)):
    os.makedirs(directory, 0o755, exist_ok=True)
    listening = socket.socket(socket.AF_UNIX, kind)
    listening.bind(os.path.join(directory, name))
    listening.listen()
    selector.register(listening, selectors.EVENT_READ, name)
print("listening", flush=True)
while True:
    for key, _ in selector.select():
        if key.data is None:
            octets = key.fileobj.recv(65536)
            print("received" if octets else "ended", len(octets), flush=True)
            if not octets:
                selector.unregister(key.fileobj)
        else:
            print("connected", key.data, flush=True)
            selector.register(key.fileobj.accept()[0], selectors.EVENT_READ)
"""
"""
Listens where a stack does, and writes what it gets.
"""

STACK = """
import os, socket, sys, threading
from twisted.internet import reactor
from sslpool.control.access import AccessControl, Caller
from sslpool.control.service import ControlService
from sslpool.wire.requests import Code, Reply, packReply
from tests.doubles.administration import FakeAdministration
from sslpool.fairqueue import FairQueue
from twisted.internet.defer import succeed
uid, directory = int(sys.argv[1]), sys.argv[2]
os.setgroups([])
os.setgid(uid)
os.setuid(uid)
control = ControlService(
    reactor=reactor, directory=directory, stack="TCPIP", administration=FakeAdministration(),
    authority=AccessControl(None, lambda: uid),
    identify=lambda uid: succeed(Caller(uid, "")), queue=FairQueue(reactor),
)
control.startService()
listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
listening.bind(os.path.join(directory, "TCPIP.application"))
os.chmod(os.path.join(directory, "TCPIP.application"), 0o666)
listening.listen()
def answer():
    while True:
        program, _ = listening.accept()
        program.recv(4096)
        program.send(packReply(Reply(Code.OK)))
threading.Thread(target=answer, daemon=True).start()
reactor.callWhenRunning(print, "listening", flush=True)
reactor.run()
"""
"""
The doors of a stack, without what is behind them: another user may not be able to read the
directory in which Python is installed, and could not start an agent.
"""

COMMAND = """
import os, sys
from importlib import import_module
from twisted.internet import reactor
uid, module, name, *arguments = sys.argv[1:]
command = getattr(import_module("sslpool.commands." + module), name)
os.setgroups([])
os.setgid(int(uid))
os.setuid(int(uid))
sys.argv[1:] = arguments
sys.exit(command())
"""

PROGRAM = """
import asyncio, os, socket, sys
from twisted.internet.task import react
from twisted.internet import reactor
from sslpool import application
from sslpool.application import coroutines, endpoints, queryTLS, secureClient, secureServer
from sslpool.messages import CATALOGUE
uid, everything, *path = sys.argv[1:]
os.setgroups([])
os.setgid(int(uid))
os.setuid(int(uid))
chosen = {"path": path[0]} if path else {}
connection, _ = socket.socketpair()

def say(error):
    print("refused" if isinstance(error, application.Untrusted) else "failed", error)

def attempt(ask, *arguments):
    try:
        ask(*arguments, **chosen)
        print("accepted")
    except OSError as error:
        say(error)

def attemptAsync(ask, *arguments):
    attempt(lambda *given, **named: asyncio.run(ask(*given, **named)), *arguments)

attempt(queryTLS)
attemptAsync(coroutines.queryTLS)
if everything == "all":
    attempt(secureServer, connection, "WEBCERT")
    attempt(secureClient, connection, "www.example.com")
    attemptAsync(coroutines.secureServer, connection, "WEBCERT")
    attemptAsync(coroutines.secureClient, connection, "www.example.com")

async def twisted(reactor):
    try:
        await endpoints.queryTLS(reactor, **chosen)
        print("accepted")
    except OSError as error:
        say(error)

react(twisted)
"""

COMMANDS = {
    "ssladmin": ("ssladmin.main", "main", "query", "status"),
    "sslnetstat": ("netstat.main", "main", "conn"),
    "obeyfile": ("netstat.main", "obeyfile", "/dev/null"),
}
"""
Module, function and operands of each command that talks to a stack.
"""


class StackCase(SynchronousTestCase):
    """
    A test with users.

    @ivar place: a directory of root's below C{/tmp}.
    """

    skip = None if os.geteuid() == 0 else "only root can be all those users"

    def setUp(self) -> None:
        """
        Make the place, and remove what users leave.
        """
        self.place = tempfile.mkdtemp(prefix="doors")
        os.chmod(self.place, 0o755)
        self.addCleanup(shutil.rmtree, self.place)
        self.own = f"/tmp/sslpool-{CALLER}"
        self.addCleanup(shutil.rmtree, self.own, ignore_errors=True)

    def listen(self, script: str, uid: int, directory: str) -> Log:
        """
        Have a user listen in a directory; return what is written there.
        """
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(uid), directory],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.variables(),
        )
        assert process.stdout is not None
        log = Log(process.stdout)
        self.addCleanup(log.waitForEnd)
        self.addCleanup(process.wait, LIMIT)
        self.addCleanup(process.kill)
        log.wait("listening")
        return log

    def given(self, name: str, owner: int) -> str:
        """
        Return a directory that root has made and given to a user.
        """
        directory = os.path.join(self.place, name)
        os.mkdir(directory)
        os.chown(directory, owner, owner)
        return directory

    def variables(self) -> dict[str, str]:
        """
        Return an environment that names no run directory.
        """
        kept = environment()
        return {name: value for name, value in kept.items() if name not in ("SSLPOOL_RUN", "XDG_RUNTIME_DIR")}

    def as_(self, script: str, *arguments: str) -> Outcome:
        """
        Run a script.
        """
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            capture_output=True,
            text=True,
            timeout=LIMIT,
            env=self.variables(),
            cwd="/",
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def assertRefused(self, uid: int, messageId: str, culprit: str, directory: str | None = None) -> None:
        """
        Every command and every way in which a program can ask refuses, with the message.
        """
        for module, function, *operands in COMMANDS.values():
            where = [] if directory is None else ["--run", directory]
            done = self.as_(COMMAND, str(uid), module, function, *where, *operands)
            self.assertEqual(done.code, 1, done.output + done.error)
            self.assertIn(messageId, done.error)
            self.assertIn(culprit, done.error)
        path = [] if directory is None else [os.path.join(directory, "TCPIP.application")]
        done = self.as_(PROGRAM, str(uid), "all", *path)
        lines = done.output.splitlines()
        self.assertEqual(len(lines), 7, done.output + done.error)
        for line in lines:
            self.assertTrue(line.startswith(f"refused {messageId} "), line)
            self.assertIn(culprit, line)


class FakeTests(StackCase):
    """
    Another user's sockets.
    """

    if os.path.exists(SYSTEM_DIRECTORY):
        skip = "there is a stack of the system's, which is found first"

    def test_ownDirectory(self) -> None:
        """
        In the place of the caller's own run directory below C{/tmp}: nothing is even connected.
        """
        fake = self.listen(LISTENER, MALLORY, self.own)
        self.assertRefused(CALLER, "SSLP660E", f"{self.own} belongs to another user, uid {MALLORY}")
        self.assertEqual(fake.text, "listening")

    def test_linked(self) -> None:
        """
        Another user's link, in the same place.
        """
        os.chmod(self.place, 0o1777)
        fake = self.listen(LISTENER, MALLORY, f"{self.place}/mallory")
        os.symlink(f"{self.place}/mallory", self.own)
        self.addCleanup(os.unlink, self.own)
        os.lchown(self.own, MALLORY, MALLORY)
        done = self.as_(PROGRAM, str(CALLER), "query")
        self.assertIn(f"{self.own} belongs to another user, uid {MALLORY}", done.output)
        self.assertEqual(fake.text, "listening")

    def test_named(self) -> None:
        """
        A directory that is named, in a place where anybody can make one.
        """
        os.chmod(self.place, 0o1777)
        directory = os.path.join(self.place, "mallory")
        fake = self.listen(LISTENER, MALLORY, directory)
        self.assertRefused(0, "SSLP660E", directory, directory)
        self.assertEqual(fake.text, "listening")

    def test_swapped(self) -> None:
        """
        Where path and socket are in order, as they may have been made to look, who listens is
        asked of the kernel: there are connections, and not one octet comes over them.
        """
        directory = os.path.join(self.place, "run")
        hidden = self.given("mallory", MALLORY)
        fake = self.listen(LISTENER, MALLORY, hidden)
        os.rename(hidden, directory)
        for name in ("", "TCPIP.sock", "TCPIP.application"):
            os.chown(os.path.join(directory, name), 0, 0)
        self.assertRefused(CALLER, "SSLP662E", f"another user listens there, uid {MALLORY}", directory)
        fake.wait("ended 0", count=10)
        self.assertEqual(fake.found("received"), [])
        self.assertEqual(len(fake.found("connected TCPIP.sock")), len(COMMANDS))

    def asCaller(self, *command: str) -> subprocess.CompletedProcess[str]:
        """
        Run a program as the caller.
        """
        return subprocess.run(
            command, user=CALLER, extra_groups=[], capture_output=True, text=True, timeout=LIMIT, check=False
        )

    def test_inC(self) -> None:
        """
        The example in C does as the page says: it refuses the path, and where that is in order the
        listener; with a stack of root's it goes on.
        """
        if (reason := lacking("gcc")) is not None:
            raise SkipTest(reason)
        program = os.path.join(self.place, "secure")
        self.assertEqual(run("cc", "-o", program, str(EXAMPLES / "secure.c")).code, 0)
        fake = self.listen(LISTENER, MALLORY, self.own)
        self.listen(STACK, 0, os.path.join(self.place, "run"))
        for directory, expected in (
            (self.own, f"{self.own} is not used: it belongs to another user (uid {MALLORY})"),
            (os.path.join(self.place, "run"), ""),
        ):
            done = self.asCaller(program, os.path.join(directory, "TCPIP.application"), "query", "WEBCERT")
            self.assertEqual((done.returncode != 0, done.stderr.strip()), (bool(expected), expected))
        for name in ("", "TCPIP.application"):
            os.chown(os.path.join(self.own, name), CALLER, CALLER)
        done = self.asCaller(program, os.path.join(self.own, "TCPIP.application"), "query", "WEBCERT")
        self.assertIn(f"who listens there is another user (uid {MALLORY})", done.stderr)
        fake.wait("ended 0")
        self.assertEqual((len(fake.found("connected")), fake.found("received")), (1, []))

    def test_stackItself(self) -> None:
        """
        A stack does not move in where another user has made its run directory.
        """
        self.listen(LISTENER, MALLORY, self.own)
        done = self.as_(STACK, str(CALLER), self.own)
        self.assertNotEqual(done.code, 0)
        self.assertIn(
            f"SSLP411E The run directory {self.own} cannot be used: {self.own} belongs to another user, uid {MALLORY}",
            done.error,
        )


class RightTests(StackCase):
    """
    Stacks of root, of the caller, and of a user of their own.
    """

    maxDiff = None

    def assertAccepted(self, uid: int, directory: str | None) -> None:
        """
        A command and programs are answered.
        """
        where = [] if directory is None else ["--run", directory]
        done = self.as_(COMMAND, str(uid), "netstat.main", "main", *where, "conn")
        self.assertEqual((done.code, done.error), (0, ""), done.output)
        self.assertIn("HTTPD", done.output)
        path = [] if directory is None else [os.path.join(directory, "TCPIP.application")]
        done = self.as_(PROGRAM, str(uid), "query", *path)
        self.assertEqual((done.output, done.error), ("accepted\n" * 3, ""))

    def test_root(self) -> None:
        """
        Root's is for root, and for another user.
        """
        directory = os.path.join(self.place, "run")
        self.listen(STACK, 0, directory)
        self.assertAccepted(0, directory)
        self.assertAccepted(CALLER, directory)

    def test_own(self) -> None:
        """
        One's own is found below C{/tmp}.
        """
        self.listen(STACK, CALLER, self.own)
        self.assertAccepted(CALLER, None)

    def test_service(self) -> None:
        """
        That of a user to whom root has given the directory is for everybody.
        """
        directory = self.given("service", SERVICE)
        self.listen(STACK, SERVICE, directory)
        self.assertAccepted(CALLER, directory)
        self.assertAccepted(0, directory)
