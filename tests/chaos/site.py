"""
What a run is made on: a stack from configuration files with a pool of five servers, a web,
a mail and an FTP server behind it, and a wall clock that can be set.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from itertools import count
from threading import Event
from typing import Any

from tests.chaos.accounting import Book, deathIn
from tests.chaos.clients import Places
from tests.doubles.certificates import writeCredential
from tests.live.applications import WebServer
from tests.live.clients import trusting
from tests.live.configurations import LABEL, PROFILE, SYSTEM, FilesCase, freePort
from tests.live.ftpservers import Pyftpdlib
from tests.live.mailboxes import MailServer
from tests.live.programs import Outcome, program, run
from tests.live.running import Stack
from tests.live.wallclock import WallClock

SERVERS = 5
PER_SERVER = 12
LIMITS = "HANDSHAKE {handshake} QUIESCE 20 WAIT 10"
"""
The pool.  QUIESCE is longer than a visit: RESTART ends none.
"""

PAGE = 300_000
"""
Octets of the page that is fetched.
"""

COMMAND_LIMIT = 40.0
"""
How long a command may take, in seconds.
"""

LOG = "chaos.log"
"""
Where the log of the stack is afterwards, in the current directory.
"""


class Site(FilesCase):
    """
    Sets everything up, and ends everything.

    @ivar stack: the running stack.
    @ivar clock: the wall clock of its processes.
    @ivar places: where clients go.
    """

    stack: Stack
    clock: WallClock
    places: Places

    def setUp(self) -> None:
        """
        Start the applications and the stack.
        """
        super().setUp()
        self._numbers = count()
        large = self.path("large")
        page = os.urandom(PAGE)
        with open(large, "wb") as file:
            file.write(page)
        mailServer, filesServer = MailServer(self), Pyftpdlib(self)
        self.limit(SERVERS * PER_SERVER, PER_SERVER, LIMITS.format(handshake=5))
        web = self.adapt(WebServer(self, large))
        mail, files = freePort(self), freePort(self)
        line = f"   {web} TCP WEBSERV SECURE {LABEL}"
        self.files.replace(PROFILE, line, f"{line}\n   {mail} TCP MAIL\n   {files} TCP FTPSERVE")
        for name, address, tags in (
            ("MAIL", mailServer.address, ":dynamic.SMTP :secureconnection.REQUIRED"),
            ("FTPSERVE", filesServer.address, ":dynamic.FTP :securecontrol.REQUIRED :securedata.REQUIRED"),
        ):
            entry = f":nick.{name} :type.server :address.{address} :tlslabel.{LABEL} {tags}"
            self.files.append(SYSTEM, entry)
        self.places = Places(
            web=web,
            mail=mail,
            files=files,
            large=hashlib.sha256(page).hexdigest(),
            messages=mailServer.messages,
            login=(filesServer.user, filesServer.password),
            context=trusting(self.certificates),
        )
        # Certificates that are imported later are to have a whole chain.
        self._gskkyman("import", "--certificate-only", "--label", "Test CA", self.certificates)
        # The faked time is in a file, which all processes read again and again.
        self.files.sandbox("NO")
        self.clock = WallClock(self.path("clock"))
        self.stack = self.serve(*self.options, launcher=self.clock.launcher)
        self.addCleanup(self.clock.forget, self.stack.process.pid)

    def _keep(self, text: str) -> None:
        with open(LOG, "w", encoding="utf-8") as file:
            file.write(text + "\n")

    # What operators do

    def command(self, name: str, *words: str) -> Outcome:
        """
        Run one of the product's programs for this stack.

        @raise subprocess.TimeoutExpired: it has not ended in time.
        """
        return run(program(name), "--run", self.stack.run, *words, limit=COMMAND_LIMIT)

    def status(self) -> Any:
        """
        Return what C{ssladmin query status} says, or C{None} where it says nothing.
        """
        outcome = self.command("ssladmin", "--json", "query", "status")
        return json.loads(outcome.output) if outcome.code == 0 else None

    def renew(self) -> Outcome:
        """
        Put another certificate under the label of all ports.
        """
        written = writeCredential(self.path(f"renewed{next(self._numbers)}.pem"), self.credential())
        return self._gskkyman("import", "--replace", "--label", LABEL, written)

    def _gskkyman(self, operation: str, *words: str) -> Outcome:
        return run(program("gskkyman"), operation, "--database", self.files.keyFile, *words, limit=COMMAND_LIMIT)

    # What the stack says

    def follow(self, book: Book, ended: Event) -> None:
        """
        Write down each death that the stack tells of, until C{ended}, an event, is set.
        """
        known = 0
        while True:
            last = ended.wait(0.1)
            lines = self.stack.log.found("sessions lost: ")
            for line in lines[known:]:
                if (death := deathIn(line, time.monotonic())) is not None:
                    book.died(death)
            known = len(lines)
            if last:
                return
