"""
What is done to the pool.  Each function does one thing, says to whom, and returns when the pool has come out of it: the
killed process replaced, the directory there again, the command carried out.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from tests.chaos.deck import Kind
from tests.chaos.site import LIMITS, PER_SERVER, SERVERS, Site
from tests.live.programs import Outcome
from tests.live.wallclock import HOUR

RECOVERY = 30.0
"""
How long the pool may take to come out of something, in seconds.
"""

RESTART_LIMIT = 90.0
"""
The same for RESTART, which lets sessions end, of one server after another.
"""

BROKEN_FOR = 3.0
"""
For how long something that is given back is taken away, in seconds.
"""

PAUSE = 0.3
"""
How long after it has failed something is tried again, in seconds.
"""

Say = Callable[[str], None]
"""
Takes a line about what is being done.
"""


class NotDone(Exception):
    """
    Something could not be done, or the pool has not come out of it.
    """


class Faults:
    """
    All that can be done to a pool.

    @param site: the pool.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._keyFile = threading.Lock()

    def do(self, kind: Kind, random: Random, say: Say) -> None:
        """
        Do one thing.

        @param random: makes the choices.
        @raise NotDone: it has failed.
        """
        work: dict[Kind, Callable[[Random, Say], None]] = {
            Kind.SERVER_KILLED: self._killServer,
            Kind.SERVER_STOPPED: self._stopServer,
            Kind.AGENT_KILLED: self._killAgent,
            Kind.AGENT_STOPPED: self._stopAgent,
            Kind.CLOCK_BACK: lambda random, say: self._setClock(-HOUR, say),
            Kind.CLOCK_FORWARD: lambda random, say: self._setClock(HOUR, say),
            Kind.DESCRIPTORS: self._takeDescriptors,
            Kind.RUN_DELETED: self._deleteRun,
            Kind.KEYFILE_BROKEN: self._breakKeyFile,
            Kind.REFRESH: self._refresh,
            Kind.OBEY: self._obey,
            Kind.RESTART_ONE: self._restartOne,
            Kind.RESTART_ALL: self._restartAll,
        }
        work[kind](random, say)

    # Processes

    def _killServer(self, random: Random, say: Say) -> None:
        server = self._server(random)
        say(f"{server['userid']} (process {server['pid']})")
        os.kill(server["pid"], signal.SIGKILL)
        noticed = rf"process {server['pid']}\) died"
        self._until(lambda: self._site.stack.log.found(noticed), "the stack to notice that")

    def _stopServer(self, random: Random, say: Say) -> None:
        server = self._server(random)
        say(f"{server['userid']} (process {server['pid']})")
        os.kill(server["pid"], signal.SIGSTOP)
        self._until(lambda: _isGone(server["pid"]), f"process {server['pid']} to be killed")

    def _killAgent(self, random: Random, say: Say) -> None:
        self._endAgent(signal.SIGKILL, say)

    def _stopAgent(self, random: Random, say: Say) -> None:
        self._endAgent(signal.SIGSTOP, say)

    def _endAgent(self, number: signal.Signals, say: Say) -> None:
        pid: int = self._until(lambda: self._status()["agentPid"], "an agent")
        say(f"process {pid}")
        os.kill(pid, number)
        self._until(lambda: _isGone(pid), f"process {pid} to end")
        self._until(lambda: self._status()["agentPid"] not in (0, pid), "another agent")

    def _server(self, random: Random) -> Any:
        """
        Return an Active server, one with sessions where there is one.
        """

        def active() -> list[Any]:
            servers = [each for each in self._status()["servers"] if each["state"] == "Active" and each["pid"]]
            servers = [each for each in servers if not _isGone(each["pid"]) and not _isStopped(each["pid"])]
            return [each for each in servers if each["sessions"]] or servers

        return random.choice(self._until(active, "an Active server"))

    # What processes need

    def _setClock(self, seconds: int, say: Say) -> None:
        clock = self._site.clock
        clock.set(clock.offset + seconds)
        say(f"{clock.offset:+d} s")

    def _takeDescriptors(self, random: Random, say: Say) -> None:
        """
        Let a server have no descriptor more than it has, for a while.
        """
        server = self._server(random)
        pid = server["pid"]
        used = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
        free = min(set(range(len(used) + 1)) - used)
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        say(f"{server['userid']} (process {pid}) has {len(used)}")
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (free, hard))
        time.sleep(BROKEN_FOR)
        with contextlib.suppress(ProcessLookupError):  # something else has ended it meanwhile
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))

    def _deleteRun(self, random: Random, say: Say) -> None:
        run = self._site.stack.run
        say(run)
        shutil.rmtree(run, ignore_errors=True)
        self._until(lambda: self._site.status() is not None, "the control socket")

    def _breakKeyFile(self, random: Random, say: Say) -> None:
        """
        Overwrite the key database, have it read, and give it back.
        """
        path = Path(self._site.files.keyFile)
        with self._keyFile:
            content = path.read_bytes()
            say(f"{len(content)} octets of rubbish")
            path.write_bytes(random.randbytes(len(content)))
            try:
                began = time.monotonic()
                refused = self._site.command("ssladmin", "refresh")
                if refused.code == 0:
                    raise NotDone(f"REFRESH of rubbish says {refused.output}")
                time.sleep(max(0.0, BROKEN_FOR - (time.monotonic() - began)))
            finally:
                path.write_bytes(content)
            self._refreshed()

    # Commands

    def _refresh(self, random: Random, say: Say) -> None:
        """
        Renew the certificate.
        """
        with self._keyFile:
            renewed = self._site.renew()
            if renewed.code:
                raise NotDone(f"gskkyman says {renewed.error}")
            say("another certificate")
            self._refreshed()

    def _refreshed(self) -> None:
        """
        REFRESH until servers have followed it; one that is just being ended by another fault does not.
        """
        self._carriedOut(RECOVERY, lambda outcome: "SSLP119I" in outcome.output, "ssladmin", "refresh")

    def _obey(self, random: Random, say: Say) -> None:
        """
        Change a limit, as a statement or as a file.
        """
        sizes = f"MAXSESSIONS {SERVERS * PER_SERVER} MAXPERSSLSERVER {PER_SERVER}"
        statement = f"SSLLIMITS {sizes} {LIMITS.format(handshake=random.randint(5, 9))}"
        say(statement)
        words = ["sslnetstat", "obey", *statement.split()]
        if random.random() < 0.5:
            path = Path(self._site.path(f"obey{random.getrandbits(32):08x}"))
            path.write_text(f"{statement}\n", "utf-8")
            words = ["obeyfile", str(path)]
        self._carriedOut(RECOVERY, _isDone, *words)

    def _restartOne(self, random: Random, say: Say) -> None:
        userid = self._server(random)["userid"]
        say(userid)
        self._carriedOut(RESTART_LIMIT, _isDone, "ssladmin", "restart", "--sslserver", userid)

    def _restartAll(self, random: Random, say: Say) -> None:
        say("one after another")
        self._carriedOut(RESTART_LIMIT, _isDone, "ssladmin", "restart")

    def _carriedOut(self, limit: float, isDone: Callable[[Outcome], bool], *words: str) -> None:
        """
        Issue a command until it is carried out: another fault may hit what it is about.
        """
        said: list[str] = []

        def issued() -> bool:
            outcome = self._site.command(*words)
            said[:] = [outcome.output + outcome.error]
            return isDone(outcome)

        self._until(issued, " ".join(words), limit, said)

    def _status(self) -> Any:
        return self._until(self._site.status, "QUERY STATUS")

    def _until(
        self, condition: Callable[[], Any], what: str, limit: float = RECOVERY, said: list[str] | None = None
    ) -> Any:
        """
        Return what a condition returns when that is true.

        @param said: what to tell of the last time that it was not.
        @raise NotDone: it has not become true.
        """
        deadline = time.monotonic() + limit
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired, ProcessLookupError):
                if result := condition():
                    return result
            if time.monotonic() > deadline:
                raise NotDone(f"waited in vain for {what}" + (f": {said[0].strip()}" if said else ""))
            time.sleep(PAUSE)


def _isDone(outcome: Outcome) -> bool:
    return outcome.code == 0


def _stateOf(pid: int) -> str:
    """
    Return the state of a process, C{proc_pid_stat(5)}; empty where there is none.
    """
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
    except OSError:
        return ""


def _isGone(pid: int) -> bool:
    return _stateOf(pid) in ("", "Z", "X")


def _isStopped(pid: int) -> bool:
    return _stateOf(pid) == "T"
