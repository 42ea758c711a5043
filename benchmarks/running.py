"""
What the benchmarks have in common: running what is measured, and reading from the kernel what it has used.
"""

from __future__ import annotations

import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sslpool.keydb.exchange import exportPem
from sslpool.keydb.generation import selfSigned

PATIENCE = 30.0
"""
How long any single thing may take, in seconds.
"""

_SCHEDULED = 2
"""
Linux's CPUCLOCK_SCHED: the kind of clock of a process that clock_getcpuclockid(3) gives.
"""

_ACTIVE = re.compile(r"SSLP100I (\w+) is Active: process \d+, ready in (\d+) ms")


@frozen
class Pool:
    """
    A running pool.

    @ivar process: the stack's process.
    @ivar port: where it listens.
    @ivar directory: its run directory, where C{log} is what it says and C{certificate.pem} what clients trust.
    """

    process: subprocess.Popen[bytes]
    port: int
    directory: Path

    def starts(self) -> dict[str, int]:
        """
        Return for each server that has become Active how long that took from the decision, in milliseconds.
        """
        text = (self.directory / "log").read_text("utf-8")
        return {server: int(milliseconds) for server, milliseconds in _ACTIVE.findall(text)}

    def administer(self, command: str) -> None:
        """
        Have C{ssladmin} do something.
        """
        arguments = [program("ssladmin"), *command.split(), "--run", str(self.directory)]
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE)

    def memory(self) -> dict[int, int]:
        """
        Return the memory of the stack, the agent and each server in octets, by process id: the proportional
        set size, where a page that several processes share counts once in all.
        """
        return {pid: proportionalSetSize(pid) for pid in family(self.process.pid)}


def program(name: str) -> str:
    """
    Return the path of a console script of this installation.
    """
    return str(Path(sys.executable).parent / name)


def family(ancestor: int) -> list[int]:
    """
    Return a process and all below it.
    """
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text("utf-8", "replace").rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended
        children.setdefault(parent, []).append(int(status.parent.name))
    found = [ancestor]
    for pid in found:
        found += children.get(pid, [])
    return found


def processorTime(ancestor: int) -> float:
    """
    Return the processor time in seconds, user and system, that a process and all
    below it have used, threads that have ended included.
    """
    return sum(ownProcessorTime(pid) for pid in family(ancestor))


def ownProcessorTime(pid: int) -> float:
    """
    As L{processorTime}, of one process; 0 where it has ended.  From its clock, in nanoseconds: C{stat} in proc(5)
    counts hundredths of a second.
    """
    try:
        return time.clock_gettime(~pid << 3 | _SCHEDULED)
    except OSError:
        return 0


def proportionalSetSize(pid: int) -> int:
    """
    Return the proportional set size of a process in octets (proc(5), C{smaps_rollup}).
    """
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"process {pid} has no proportional set size")


def waitUntil(what: str, true: Callable[[], bool]) -> None:
    """
    Wait for something.

    @raise TimeoutError: it has not come in time.
    """
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} within {PATIENCE:.0f} s")
        time.sleep(0.02)


def writeCertificate(directory: Path, kind: str = "ec") -> Path:
    """
    Write a new certificate, and its key into another file beside it; return the latter, which has both.

    @param kind: of the key, as L{selfSigned} takes it.
    """
    credential = selfSigned("BENCH", "localhost", ["localhost"], kind=kind)
    key = credential.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    certificate = exportPem([credential.certificate])
    (directory / "certificate.pem").write_bytes(certificate)
    both = directory / "both.pem"
    both.touch(0o600)
    both.write_bytes(key + certificate)
    return both


def freePort() -> int:
    """
    Return a port that nobody uses at the moment.
    """
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def runningPool(backend: int, servers: int, each: int) -> Iterator[Pool]:
    """
    Run a pool in the one-line mode until its first server is Active.
    """
    with tempfile.TemporaryDirectory(prefix="sslpool-bench-") as name, open(Path(name, "log"), "wb") as log:
        directory, port = Path(name), freePort()
        options: dict[str, Any] = {
            "listen": f"127.0.0.1:{port}",
            "connect": f"127.0.0.1:{backend}",
            "certificate": writeCertificate(directory),
            "servers": servers,
            "max-per-server": each,
            "run": directory,
        }
        arguments = [f"--{name}={value}" for name, value in options.items()]
        command = [program("twistd"), "-n", "--pidfile=", "sslpool", *arguments]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        pool = Pool(process, port, directory)
        try:
            waitUntil("the first server is Active", lambda: bool(pool.starts()) or process.poll() is not None)
            if process.poll() is not None:
                raise RuntimeError((directory / "log").read_text("utf-8"))
            yield pool
        finally:
            process.terminate()
            process.wait(PATIENCE)


def allowDescriptors(sessions: int) -> None:
    """
    Raise the limit of open files to what clients and application need.

    @raise SystemExit: the system does not let us.
    """
    needed = sessions + 256
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < needed and hard != resource.RLIM_INFINITY and hard < needed:
        raise SystemExit(f"The limit of open files is {hard}, but {sessions} sessions need {needed}: ulimit -Hn")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
