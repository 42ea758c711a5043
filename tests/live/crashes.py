"""
Kills C{gskkyman} with SIGKILL in the middle of its writes, and looks at what it leaves.  A process of its own: C{python
-m tests.live.crashes DIRECTORY COUNT SEED} prints what came of it as JSON.

Each write is the command's own C{main} in a process of its own, forked from this
one so that the time goes into writes and not into starting Python.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable

from attrs import define, field, frozen

from sslpool.commands.gskkyman.main import main
from sslpool.keydb.database import Database
from sslpool.keydb.files import PRIVATE, stashPath, writeNew
from sslpool.keydb.requests import requestsOf
from sslpool.keydb.revocations import listRevocations
from tests.doubles.certificates import PASSWORD, makeAuthority, makeDatabase, makeRevocations, writeCertificates

CA = "Our own CA"
DURATION = 0.05
"""
How long a write takes, at first, in seconds.
"""
MANY = 20
"""
How many servers there are before one is deleted.
"""


@frozen
class State:
    """
    What a key database holds.

    @ivar entries: label and certificate of each entry, and whether it is trusted.
    @ivar requests: the labels of the requests.
    @ivar lists: how many revocation lists there are.
    @ivar default: the default key.
    """

    entries: frozenset[tuple[str, str, bool]]
    requests: frozenset[str]
    lists: int
    default: str | None

    @property
    def labels(self) -> frozenset[str]:
        """
        The labels of the entries.
        """
        return frozenset(label for label, _, _ in self.entries)

    @property
    def trust(self) -> frozenset[tuple[str, bool]]:
        """
        Which entries are trusted.
        """
        return frozenset((label, trusted) for label, _, trusted in self.entries)


def stateOf(path: str) -> State:
    """
    Open a key database and read all that it holds, every private key too.
    """
    with Database.openStashed(path) as database:
        database.material()
        for record in database.records():
            if record.hasKey:
                database.credential(record.label)
        return State(
            frozenset((record.label, record.fingerprint, record.trusted) for record in database.records()),
            frozenset(found.label for found in requestsOf(database)),
            len(listRevocations(database)),
            database.default(),
        )


Write = tuple[list[str], Callable[[State], bool]]
"""
The arguments of a write, and what tells by the state whether it was done.
"""


@define
class Crashes:
    """
    Writes under way.

    @ivar directory: where the files are.
    @ivar random: chooses what is written, and when it is killed.
    @ivar counts: what came of it.
    """

    directory: str
    random: random.Random
    counts: Counter[str] = field(factory=Counter)
    _durations: dict[str, float] = field(factory=dict)
    _number: int = 0

    @property
    def path(self) -> str:
        """
        The key database.
        """
        return os.path.join(self.directory, "Database.kdb")

    @property
    def killed(self) -> int:
        """
        How many writes have been killed.
        """
        return self.counts.total() - self.counts["completed"]

    def prepare(self) -> None:
        """
        Make the key database, with an authority of its own and a foreign one.
        """
        makeDatabase(self.path)
        authority = makeAuthority("Foreign CA")
        self._run(["self-signed", "--label", CA, "--authority"])
        foreign = writeCertificates(self.file("foreign.pem"), authority.certificate)
        self._run(["import", "--label", "Foreign CA", "--certificate-only", foreign])
        writeNew(self.file("password"), PASSWORD.encode(), PRIVATE)
        with open(self.file("foreign.crl"), "wb") as file:
            file.write(makeRevocations(authority).der)

    def file(self, name: str) -> str:
        """
        Return the name of a file.
        """
        return os.path.join(self.directory, name)

    def round(self) -> None:
        """
        Write something, kill it, and look.

        @raise AssertionError: what is there is neither the old nor the new state.
        """
        before = stateOf(self.path)
        arguments, isNew = self._write(before)
        killed = self._killed(arguments)
        after = stateOf(self.path)
        old, new = after == before, isNew(after)
        assert old or new, (arguments, before, after)
        assert killed or new, (arguments, "was not killed, and did nothing")
        self.counts["killed, new" if new else "killed, old"] += killed
        self.counts["completed"] += not killed
        for name in os.listdir(self.directory):
            if name.startswith(".sslpool-") or name.endswith((".csr", ".crt")):
                os.unlink(self.file(name))

    def _write(self, before: State) -> Write:
        """
        Choose a write.
        """
        servers = sorted(before.labels - {CA, "Foreign CA"})
        if len(servers) > MANY:
            return self._changing(before, servers)["delete"]
        kinds = [self._making(before)]
        kinds += [self._changing(before, servers)] if servers else []
        kinds += [{"receive": self._receiving(before)}] if before.requests else []
        return self.random.choice([write for kind in kinds for write in kind.values()])

    def _making(self, before: State) -> dict[str, Write]:
        self._number += 1
        new, file = f"N{self._number}", self.file(f"{self._number}.csr")
        return {
            "add": (
                ["self-signed", "--label", new, "--name", "a.example"],
                lambda after: after.labels == before.labels | {new},
            ),
            "request": (
                ["request", "--label", new, "--name", "a.example", file],
                lambda after: after.requests == before.requests | {new},
            ),
            "revocations": (["import", self.file("foreign.crl")], lambda after: after.lists == 1),
            # A new password makes the stash invalid; it is written again before anybody looks.
            "password": (
                ["password", "--new-password-file", self.file("password"), "--stash"],
                lambda after: after == before,
            ),
        }

    def _changing(self, before: State, servers: list[str]) -> dict[str, Write]:
        some, new = self.random.choice(servers), f"N{self._number}"
        untrusted = frozenset(entry for entry in before.entries if entry[0] != some)
        return {
            "delete": (["delete", "--label", some], lambda after: after.labels == before.labels - {some}),
            "default": (["default", "--label", some], lambda after: after.default == some),
            "label": (["label", "--label", some, new], lambda after: after.labels == before.labels - {some} | {new}),
            "trust": (
                ["trust", "--label", some, "--off"],
                lambda after: len(after.entries - untrusted) == 1 and (some, False) in after.trust,
            ),
            "renew": (["renew", "--label", some], lambda after: after.labels == before.labels and after != before),
        }

    def _receiving(self, before: State) -> Write:
        label, stem = self.random.choice(sorted(before.requests)), self.file(f"received{self._number}")
        self._run(["request", "--again", "--label", label, f"{stem}.csr"])
        self._run(["sign", "--label", CA, f"{stem}.csr", f"{stem}.crt"])
        return [
            "receive",
            f"{stem}.crt",
        ], lambda after: after.requests == before.requests - {label} and after.labels == before.labels | {label}

    def _killed(self, arguments: list[str]) -> bool:
        kind = arguments[0]
        child = self._start(arguments)
        time.sleep(self.random.uniform(0, 1.2 * self._durations.get(kind, DURATION)))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if kind == "password":
            self._stash()
        killed = os.WIFSIGNALED(status)
        assert killed or os.WEXITSTATUS(status) == 0, arguments
        # Neither always too early nor always too late.
        self._durations[kind] = self._durations.get(kind, DURATION) * (1.05 if killed else 0.9)
        return killed

    def _stash(self) -> None:
        self._run(["stash"])

    def _run(self, arguments: list[str]) -> None:
        child = self._start(arguments)
        _, status = os.waitpid(child, 0)
        assert status == 0, arguments

    def _start(self, arguments: list[str]) -> int:
        child = os.fork()
        if child:
            return child
        status = 70
        try:
            quiet = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(quiet, descriptor)
            operation, *others = arguments
            password = ["--password-file", self.file("password")] * (operation in ("password", "stash"))
            status = main([operation, "--database", self.path, *password, *others])
        finally:
            os._exit(status)


def crash(directory: str, count: int, seed: int) -> dict[str, int]:
    """
    Write until C{count} writes have been killed; return how often what came of it.
    """
    crashes = Crashes(directory, random.Random(seed))
    crashes.prepare()
    while crashes.killed < count:
        crashes.round()
    assert os.path.exists(stashPath(crashes.path))
    return dict(crashes.counts)


if __name__ == "__main__":
    print(json.dumps(crash(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
