"""
The clients.  Programs of the system are started for each transfer; libraries are in programs of
ours (C{drivers}) that read transfers and write what came of each, one to a line.
"""

from __future__ import annotations

import glob
import os
import re
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from attrs import field, frozen

from tests.integration.ftp.cells import NOTHING, Told
from tests.live.ftpservers import joined
from tests.live.programs import Outcome, environment, run

DRIVERS = Path(__file__).parent / "drivers"
COMMONS_NET = "/usr/share/java/commons-net.jar"
BOTH, FETCHING = (True, False), (False,)

PATIENCE = 20
"""
After how many silent seconds clients give up.
"""

ALTOGETHER = 150.0
"""
How long a client may take for all that it is given, in seconds.
"""


@frozen
class Transfer:
    """
    What a client is to do.

    @ivar number: the number of its cell.
    @ivar active: the application connects, and not the client.
    @ivar upload: to the application.
    @ivar remote: the file's path there.
    @ivar local: its path here.
    """

    number: int
    active: bool
    host: str
    port: int
    user: str
    password: str
    upload: bool
    remote: str
    local: str

    @property
    def line(self) -> str:
        """
        The transfer as drivers read it.
        """
        mode, direction = "active" if self.active else "passive", "up" if self.upload else "down"
        place = (mode, self.host, self.port, self.user, self.password)
        return "\t".join(map(str, (self.number, *place, direction, self.remote, self.local)))

    @property
    def place(self) -> str:
        """
        Host and port, as URLs have them.
        """
        return joined(self.host, self.port)


@frozen
class Tools:
    """
    What was installed for a run, see L{install}.

    @ivar authority: the file with the certificate that clients trust.
    @ivar folder: the folder of packages.
    """

    authority: str
    folder: str


class Client(ABC):
    """
    A client.

    @ivar name: its name.
    @ivar version: its version.
    @ivar active: it has active mode.
    @ivar directions: whether it can send (C{True}) and fetch (C{False}).
    @ivar empty: it can send empty files.
    """

    name: str
    version: str
    active: bool = True
    directions: tuple[bool, ...] = BOTH
    empty: bool = True

    @abstractmethod
    def transfer(self, tools: Tools, transfers: Iterable[Transfer]) -> Iterator[tuple[int, Told]]:
        """
        Do transfers, and yield the number of each with what the client says.
        """


def said(done: Outcome) -> Told:
    """
    Return what an exit status and its last words mean.
    """
    lines = [line for line in (done.output + done.error).splitlines() if line.strip()]
    return Told(done.code == 0, "" if done.code == 0 else f"exit status {done.code}: {lines[-1] if lines else ''}")


class Command(Client):
    """
    A program that is run for each transfer.
    """

    def __init__(self) -> None:
        self.version = versionIn(run(self.name, "--version").output)

    def transfer(self, tools: Tools, transfers: Iterable[Transfer]) -> Iterator[tuple[int, Told]]:
        """
        See L{Client.transfer}.
        """
        for each in transfers:
            try:
                done = run(self.name, *self.words(tools, each), limit=3 * PATIENCE, HOME=tools.folder)
            except subprocess.TimeoutExpired:
                yield each.number, NOTHING
            else:
                yield each.number, said(done)

    @abstractmethod
    def words(self, tools: Tools, transfer: Transfer) -> list[str]:
        """
        Return the operands for a transfer.
        """


class Curl(Command):
    """
    curl.  Before 8.0 it sends cleartext in active mode whatever has been agreed (curl issue 10664).
    """

    name = "curl"

    def __init__(self) -> None:
        super().__init__()
        self.active = int(self.version.partition(".")[0]) >= 8

    def words(self, tools: Tools, transfer: Transfer) -> list[str]:
        """
        See L{Command.words}.
        """
        url = f"ftp://{transfer.place}/{transfer.remote}"
        trust = ["-sS", "-g", "--ssl-reqd", "--cacert", tools.authority, "--max-time", str(2 * PATIENCE)]
        mode = ["--ftp-port", "-"] if transfer.active else []
        action = ["-T", transfer.local, url] if transfer.upload else ["-o", transfer.local, url]
        return [*trust, "-u", f"{transfer.user}:{transfer.password}", *mode, *action]


class Wget(Command):
    """
    wget, which cannot send.
    """

    name = "wget"
    directions = FETCHING

    def words(self, tools: Tools, transfer: Transfer) -> list[str]:
        """
        See L{Command.words}.
        """
        trust = ["--no-verbose", "--no-hsts", f"--ca-certificate={tools.authority}"]
        login = [f"--ftp-user={transfer.user}", f"--ftp-password={transfer.password}"]
        mode = ["--no-passive-ftp"] if transfer.active else []
        patience = ["--tries=1", f"--timeout={PATIENCE}"]
        url = f"ftps://{transfer.place}/{transfer.remote}"
        return [*trust, *login, *mode, *patience, "-O", transfer.local, url]


class Lftp(Command):
    """
    lftp.
    """

    name = "lftp"

    def words(self, tools: Tools, transfer: Transfer) -> list[str]:
        """
        See L{Command.words}.
        """
        settings = {
            "ftp:passive-mode": "off" if transfer.active else "on",
            "ftp:ssl-force": "true",
            "ftp:ssl-protect-data": "true",
            "ssl:ca-file": tools.authority,
            "net:max-retries": "1",
            "net:timeout": str(PATIENCE),
            "cmd:fail-exit": "true",
            "xfer:clobber": "true",
        }
        source, destination = transfer.local, transfer.remote
        if not transfer.upload:
            source, destination = destination, source
        commands = [
            *(f"set {name} {value}" for name, value in settings.items()),
            f"open -u {transfer.user},{transfer.password} ftp://{transfer.place}",
            f"{'put' if transfer.upload else 'get'} {source} -o {destination}",
        ]
        return ["-c", "; ".join(commands)]


@frozen
class Driven(Client):
    """
    A library, in a program of ours.

    @ivar command: the program; its first operand follows, the authority's file.
    @ivar more: the operands after that.
    @ivar variables: environment variables; C{{folder}} is the folder of packages.
    """

    name: str
    version: str
    command: tuple[str, ...]
    active: bool = True
    empty: bool = True
    more: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(factory=dict)

    def _variables(self, tools: Tools) -> dict[str, str]:
        return {name: value.format(folder=tools.folder) for name, value in self.variables.items()}

    def transfer(self, tools: Tools, transfers: Iterable[Transfer]) -> Iterator[tuple[int, Told]]:
        """
        See L{Client.transfer}.
        """
        lines = "".join(f"{each.line}\n" for each in transfers)
        done = subprocess.run(
            [*self.command, tools.authority, *self.more],
            input=lines,
            capture_output=True,
            text=True,
            timeout=ALTOGETHER,
            env=environment(**self._variables(tools)),
            check=False,
        )
        for line in done.stdout.splitlines():
            number, outcome, text = line.split("\t", 2)
            yield int(number), Told(outcome == "ok", text)
        if done.returncode:
            raise AssertionError(f"{self.name} ended with {done.returncode}: {done.stderr[-2000:]}")


def _driver(name: str) -> str:
    return str(DRIVERS / name)


def versionIn(text: str) -> str:
    """
    Return the first version that stands in a text.
    """
    found = re.search(r"\d+\.\d+(\.\d+)?", text)
    return found[0] if found else ""


def clients() -> list[Client]:
    """
    Return all clients.
    """
    ftplib = (sys.executable, _driver("pythonftplib.py"))
    aioftp, basicftp = (Path(_driver(name)).read_text("ascii") for name in ("requirements.txt", "package.json"))
    python = ".".join(map(str, sys.version_info[:3]))
    return [
        Curl(),
        Wget(),
        Lftp(),
        Driven("ftplib", python, ftplib),
        Driven("ftplib, resuming", python, ftplib, more=("resuming",)),
        Driven(
            "aioftp",
            versionIn(aioftp),
            (sys.executable, _driver("pythonaioftp.py")),
            active=False,
            variables={"PYTHONPATH": "{folder}/python"},
        ),
        Driven(
            "basic-ftp",
            versionIn(basicftp),
            ("node", _driver("basicftp.cjs")),
            active=False,
            # It may end the connection before its handshake, see findings/basic-ftp-empty-upload.sh.
            empty=False,
            variables={"NODE_PATH": "{folder}/node_modules"},
        ),
        Driven(
            "Commons Net",
            versionIn(" ".join(glob.glob(COMMONS_NET.replace(".jar", "-*.jar")))),
            ("java", "-cp", COMMONS_NET, _driver("CommonsNet.java")),
        ),
    ]


def install(folder: str, authority: str) -> Tools:
    """
    Install the packages of PyPI and npm that clients need, in the versions that C{drivers} names.
    """
    requirements = ("-r", _driver("requirements.txt"), "--target", os.path.join(folder, "python"))
    wanted = [run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", *requirements, limit=PATIENCE * 6)]
    for name in ("package.json", "package-lock.json"):
        Path(folder, name).write_bytes((DRIVERS / name).read_bytes())
    wanted.append(run("npm", "ci", "--prefix", folder, "--no-audit", "--no-fund", limit=PATIENCE * 6))
    for done in wanted:
        if done.code:
            raise AssertionError(f"A client cannot be installed: {done.error[-2000:]}")
    return Tools(authority, folder)
