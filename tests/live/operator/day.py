"""
A part of the operator's day: a pool, and somebody who types commands.
"""

from __future__ import annotations

import os
import re
import ssl
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

from sslpool import __version__
from sslpool.keydb.database import Database
from sslpool.keydb.records import Credential
from tests.live.applications import Application, echo
from tests.live.clients import exchange
from tests.live.configurations import DIRECT, FilesCase, freePort
from tests.live.operator import transcript
from tests.live.operator.facts import Facts
from tests.live.programs import Outcome, run
from tests.live.running import Stack
from tests.live.running import until as waitUntil

AT_ONCE = 3
"""
How many commands run at the same time where they do not depend on each other.
"""


class OperatorCase(FilesCase):
    """
    A test that is a script.

    @cvar part: the name of its file of expectations.
    @ivar facts: what is not the same twice.
    @ivar stack: the pool, when it runs.
    @ivar variables: those of the shell, for what is not the same twice in a command.
    """

    part: str
    stack: Stack
    below = "/tmp"
    """
    Messages are folded to the width of a terminal, with the paths in them: these are always of the same length.
    """

    def setUp(self) -> None:
        """
        Begin the transcript.
        """
        super().setUp()
        self.facts = Facts(time.time())
        self.facts.text(self.scratch, "~")
        self.facts.text(f"sslpool {__version__}", "sslpool ‹release›")
        self.facts.text(f"Level {__version__}", "Level ‹release›")
        self._seen = [transcript.remark(" ".join((type(self).__doc__ or "").split())).lstrip()]
        self._read = 0
        self._names: dict[int, int] = {}
        self._running = False
        self.variables: dict[str, str] = {}
        self.addCleanup(self._compare)

    def _compare(self) -> None:
        transcript.compare(f"{self.part}.txt", "".join(self._seen))

    # What the script does

    def note(self, text: str) -> None:
        """
        Say in the transcript what the test does, or has waited for.
        """
        self._seen.append(transcript.remark(text))

    def open(self, *credentials: Credential) -> None:
        """
        Adapt the files: an application that echoes, its port, which is C{web}, and two servers of two sessions.
        """
        self.limit(4, 2, "QUIESCE 60")
        # Whoever runs the test, and be it root, wants servers of the same user.
        self.files.replace(DIRECT, "* POSIXINFO UID 990 GNAME sslpool", f"  POSIXINFO UID {os.geteuid()}")
        self.application = Application(self, echo)
        self.facts.port(self.application.port, "app")
        made = credentials or (self.credential(),)
        for each in made:
            self.certificate(each.certificate.der, each.label)
        self.port = self.adapt(self.application, *made)
        with Database.openStashed(self.files.keyFile) as database:
            database.addCertificates({"Test CA": self.authority.certificate})
        self.facts.days(30)
        self.facts.days(90)
        self.facts.port(self.port, "web")

    def certificate(self, der: bytes, name: str) -> None:
        """
        Know a certificate.
        """
        self.facts.digest(sha256(der).digest().hex(":").upper(), name)

    def free(self, name: str) -> int:
        """
        Return a free port, known by this name of three characters.
        """
        port = freePort(self)
        self.facts.port(port, name)
        return port

    def begin(self, *ids: str) -> None:
        """
        Start the pool, wait for its first server, and show of what it has written the lines that begin with one of
        these message ids.
        """
        self.stack = self.serve(*self.options, launcher=("env", f"TZ={self.facts.zone}"))
        self._running = True
        self.console(*ids, until="SSLP100I")

    def hold(self, count: int, number: int = 1) -> list[ssl.SSLSocket]:
        """
        Return so many sessions, one after the other; the ports of their clients are c01, c02 and so on.

        @param number: that of the first one.
        """
        client = self.client(self.port)
        held: list[ssl.SSLSocket] = []
        for each in range(number, number + count):
            connection = client.connect()
            exchange(connection)
            self.facts.port(connection.getsockname()[1], f"c{each:02}")
            held.append(connection)
        return held

    def type(self, *commands: str) -> None:
        """
        Type commands, one after the other.
        """
        for command in commands:
            self._answered(command, self._typed(command))

    def typeApart(self, commands: Sequence[str]) -> None:
        """
        Type commands of which none depends on another; several run at once.
        """
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for command, outcome in zip(commands, pool.map(self._typed, commands), strict=True):
                self._answered(command, outcome)

    def console(self, *ids: str, until: str = "") -> None:
        """
        Wait for a line, and show what the stack has written to its console since this was last asked: the lines that
        begin with one of these message ids.
        """
        fresh: list[str] = []

        def came() -> bool:
            fresh[:] = self.stack.log.text.splitlines()[self._read :]
            return not until or any(re.search(until, line) for line in fresh)

        waitUntil(came, f"{until!r} on the console")
        self._read += len(fresh)
        self._processes()
        shown = [text for text in _texts(fresh) if text.startswith(ids)]
        self._seen.append(self.facts.marked(transcript.console(shown), time.time()))

    # How

    def _typed(self, command: str) -> Outcome:
        variables = dict(
            self.variables,
            HOME=self.scratch,
            SSLPOOL_RUN=self.path("run"),
            XDG_STATE_HOME=self.path("state"),
            PATH=f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}",
            TZ=self.facts.zone,
            LC_ALL="C.UTF-8",
            TERM="dumb",
        )
        given = [f"{name}={value}" for name, value in variables.items()]
        return run("env", "-C", self.scratch, *given, "bash", "-o", "pipefail", "-c", command)

    def _answered(self, command: str, outcome: Outcome) -> None:
        self._processes()
        text = transcript.answer(command, outcome)
        self._seen.append(self.facts.marked(text, time.time()))

    def _processes(self) -> None:
        """
        Know the processes of agent and servers that exist now: ‹p1a› is the first one of SSL00001, ‹p1b› its second.
        """
        if not self._running:
            return
        status = self.stack.status()
        said = {server.pid: number for number, server in enumerate(status.servers, 1)} | {status.agentPid: 0}
        fresh = said.keys() - self._names.keys() - {0}
        # That they are processes of the stack is not taken from what it says.
        for pid in fresh and fresh.intersection(self.stack.processes()):
            letter = chr(ord("a") + list(self._names.values()).count(said[pid]))
            self._names[pid] = said[pid]
            self.facts.pid(pid, f"p{said[pid]}{letter}" if said[pid] else "pag")


def _texts(lines: Sequence[str]) -> list[str]:
    """
    Return the texts of log lines, without moment and source, each with those that continue it.
    """
    texts: list[str] = []
    for line in lines:
        if began := re.match(r"\d{4}-\d\d-\d\dT\S+ \[[^]]*\] ", line):
            texts.append(line[began.end() :])
        elif texts:
            texts[-1] += f"\n{line}"
    return texts
