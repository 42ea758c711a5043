"""
Runs the product as its users do: real processes, which are awaited by what they
write and by what they answer, and which are all ended with the test.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from sslpool.control.paths import socketPath
from sslpool.wire.records import PoolStatus, SessionRecord
from sslpool.wire.vocabulary import COMMANDS, PAGE
from tests.live.console import ask
from tests.live.programs import LIMIT, Log, Outcome, environment, program, run

MARK = "SSLPOOL_LIVE_TEST"
"""
The environment variable by which the processes of one stack are found, the
agent's and the servers' as well, since they inherit it.
"""

DEFAULT_STACK = "TCPIP"
"""
The userid of a stack whose files do not give it another one.
"""

TWISTD = ("twistd", "-n", "--pidfile=", "sslpool")
"""
How a stack is started.
"""

FAULTS = r"Traceback|SSLP19[89]E|Unhandled|#critical"
"""
What no stack may ever write.
"""


class Stack:
    """
    A running stack.

    @ivar run: its run directory.
    @ivar temporary: its directory for temporary files, which must be empty when it has ended.
    @ivar state: where its operators' settings are.
    @ivar log: what it writes.
    @ivar told: it has been sent a signal.
    @ivar left: the processes that were still there when it had ended.
    @ivar userid: its userid.
    @param arguments: the options of C{twistd sslpool}.
    @param launcher: a command that starts another, such as C{prlimit}.
    @param command: the program, with what comes before all options.
    """

    def __init__(
        self,
        scratch: str,
        arguments: Sequence[str],
        launcher: Sequence[str] = (),
        userid: str = DEFAULT_STACK,
        command: Sequence[str] = TWISTD,
    ) -> None:
        self.userid = userid
        self.temporary = tempfile.mkdtemp(prefix="tmp", dir=scratch)
        self.run = os.path.join(scratch, "run")
        self.state = os.path.join(scratch, "state")
        self.told = False
        self.left: list[int] = []
        self._sessions: set[int] = set()
        self._mark = uuid.uuid4().hex
        self.process = subprocess.Popen(
            [*launcher, program(command[0]), *command[1:], *arguments],
            cwd=self.temporary,
            env=environment(TMPDIR=self.temporary, **{MARK: self._mark}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="backslashreplace",
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.log = Log(self.process.stdout)

    # Its life

    def signal(self, number: int) -> None:
        """
        Send the stack a signal.
        """
        self.told = True
        self.processes()
        self.process.send_signal(number)

    def interrupt(self) -> None:
        """
        Do what Ctrl-C does: send SIGINT to the stack's process group.
        """
        self.told = True
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> int:
        """
        Tell the stack to end, if it has not been told, and return its exit status.
        """
        if not self.told:
            self.signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """
        Wait until the stack has ended and return its exit status, as L{subprocess.Popen} says it.
        """
        if self.process.returncode is None:
            self.process.wait(LIMIT)
            self.left = self.processes()
            self.waitForEnd()
        return self.process.returncode

    def waitForEnd(self) -> None:
        """
        Wait until no process of the stack is left, and the last word has been read.

        @raise AssertionError: one is left.
        """
        until(lambda: not self.processes(), "the end of all processes")
        self.log.waitForEnd()

    def processes(self) -> list[int]:
        """
        Return the processes of the stack that exist, the agent's and the servers' included.  Of those whose
        environment only root can read, those in sessions that have been seen.
        """
        wanted = f"{MARK}={self._mark}".encode()
        found = {pid: _ancestryOf(pid) for pid in _allProcesses()}
        self._sessions |= {session for parent, session in found.values() if parent == self.process.pid}
        sessions = self._sessions
        return [pid for pid, (_, session) in found.items() if session in sessions or wanted in _environmentOf(pid)]

    def destroy(self) -> None:
        """
        End, by force, whatever is left.
        """
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        self.process.wait(LIMIT)

    # What it answers

    def status(self) -> PoolStatus:
        """
        Ask for pool and members: as C{ssladmin query status}, in a hundredth of its time.
        """
        answer: PoolStatus = ask(socketPath(self.run, self.userid), COMMANDS["QueryStatus"])["status"]
        return answer

    def sessions(self) -> list[SessionRecord]:
        """
        Ask for at most a hundred sessions.
        """
        page = ask(socketPath(self.run, self.userid), COMMANDS["QuerySessions"], server=None, after=0, limit=PAGE)
        answer: list[SessionRecord] = page["sessions"]
        return answer

    def pid(self, server: int) -> int:
        """
        Return the process id of the server with this number, 1 being the first.
        """
        return self.status().servers[server - 1].pid

    def waitForSessions(self, *counts: int) -> None:
        """
        Wait until the first servers have so many sessions each.
        """
        until(
            lambda: tuple(each.sessions for each in self.status().servers)[: len(counts)] == counts,
            f"sessions {counts}",
        )

    def waitForState(self, server: int, state: str) -> None:
        """
        Wait until the server with this number is in a state.
        """
        until(lambda: self.status().servers[server - 1].state == state, f"server {server} to be {state}")

    def ssladmin(self, *words: str) -> Outcome:
        """
        Run C{ssladmin} for this stack.
        """
        return run(program("ssladmin"), *self._place, *words, XDG_STATE_HOME=self.state)

    def sslnetstat(self, *words: str) -> Outcome:
        """
        Run C{sslnetstat} for this stack.
        """
        return run(program("sslnetstat"), *self._place, *words)

    @property
    def _place(self) -> tuple[str, ...]:
        """
        The options by which commands find the stack.
        """
        named = () if self.userid == DEFAULT_STACK else ("--stack", self.userid)
        return ("--run", self.run, *named)


class LiveCase(SynchronousTestCase):
    """
    A test with a stack of real processes.  Each stack is ended with the test, and
    it must then have left nothing behind, and have written no traceback.

    @cvar below: where that directory is made; C{None} for where temporary files are.
    @ivar scratch: a directory for the files of the test.
    """

    below: str | None = None

    def setUp(self) -> None:
        """
        Make the scratch directory.
        """
        # A socket's path is short; the working directory of tests may not be.
        self.scratch = tempfile.mkdtemp(prefix="live", dir=self.below)
        self.addCleanup(shutil.rmtree, self.scratch)
        # Another user is to reach the control socket in it.
        os.chmod(self.scratch, 0o755)

    def path(self, name: str) -> str:
        """
        Return the path of a file in the scratch directory.
        """
        return os.path.join(self.scratch, name)

    def start(self, *arguments: str, launcher: Sequence[str] = (), userid: str = DEFAULT_STACK) -> Stack:
        """
        Start a stack.

        @param userid: the userid that its files give it.
        """
        return self.adopt(Stack(self.scratch, ["--run", self.path("run"), *arguments], launcher, userid))

    def adopt(self, stack: Stack) -> Stack:
        """
        Have a stack ended with the test, and looked at after that.
        """
        self.addCleanup(self._end, stack)
        return stack

    def serve(self, *arguments: str, launcher: Sequence[str] = (), userid: str = DEFAULT_STACK) -> Stack:
        """
        Start a stack and wait until its first server is Active.
        """
        stack = self.start(*arguments, launcher=launcher, userid=userid)
        stack.log.wait(r"SSLP100I")
        return stack

    def _end(self, stack: Stack) -> None:
        """
        End the stack, where the test has not, and look for what it may have left.
        """
        try:
            if not stack.told and stack.process.returncode is None:
                self.assertIn(stack.end(), (0, -signal.SIGTERM))
            stack.wait()
        finally:
            stack.destroy()
            self._keep(stack.log.text)
        self.assertEqual(stack.log.found(FAULTS), [])
        self.assertNothingLeft(stack)

    def _keep(self, text: str) -> None:
        """
        Keep a log for whoever has to find out why the test has failed.
        """
        directory = Path("live-logs")
        directory.mkdir(exist_ok=True)
        with open(directory / f"{self.id()}.log", "a", encoding="utf-8") as file:
            file.write(text + "\n")

    def assertNothingLeft(self, stack: Stack) -> None:
        """
        A stack that has ended has left no process, no socket and no temporary file;
        one that was killed could not see to that, but its processes have ended by now.
        """
        self.assertEqual(stack.processes(), [])
        if stack.process.returncode == -signal.SIGKILL:
            return
        self.assertEqual(stack.left, [])
        self.assertEqual(os.listdir(stack.temporary), [])
        if os.path.isdir(stack.run):
            self.assertNotIn(f"{stack.userid}.sock", os.listdir(stack.run))


def until(condition: Callable[[], object], what: str, limit: float = LIMIT) -> None:
    """
    Wait until C{condition} is true of something that tells nobody when it changes.

    @raise AssertionError: it is not after C{limit} seconds.
    """
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.02)


def _allProcesses() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _ancestryOf(pid: int) -> tuple[int, int]:
    """
    Return the parent and the session of a process, see proc(5); zeros where it has ended.
    """
    try:
        state, parent, _, session, *_ = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return 0, 0
    # Whether process 1 has noticed that yet is its own business.
    return (0, 0) if state == b"Z" else (int(parent), int(session))


def _environmentOf(pid: int) -> bytes:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read()
    except OSError:
        return b""  # it has ended meanwhile, or is another user's
