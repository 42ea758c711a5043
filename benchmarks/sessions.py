"""
What a full pool costs: holds TLS sessions on every server of a pool, has all of
them answer at the end, and prints memory and start times.  A command of its own
that starts C{twistd sslpool} in the one-line mode, a cleartext echo application
and the clients; see C{benchmarks/README.md}.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import selectors
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sslpool.keydb.operations import exportPem, selfSigned

PATIENCE = 30.0
"""
How long any single thing may take, in seconds.
"""

LONGEST = 240
"""
How long the whole benchmark may take, in seconds.
"""

CLIENTS = 16
"""
How many clients connect at the same time.
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


# The application


def echo(listening: socket.socket) -> None:
    """
    Be an application that sends back what it gets.
    """
    listening.setblocking(False)
    with selectors.DefaultSelector() as selector:
        selector.register(listening, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                connection = key.fileobj
                assert isinstance(connection, socket.socket)
                if connection is listening:
                    selector.register(connection.accept()[0], selectors.EVENT_READ)
                elif data := connection.recv(4096):
                    connection.sendall(data)
                else:
                    selector.unregister(connection)
                    connection.close()


@contextmanager
def application() -> Iterator[int]:
    """
    Run the echo application in a process of its own, and give its port.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listening:
        pid = os.fork()
        if pid == 0:
            try:
                echo(listening)
            finally:
                os._exit(1)
        try:
            yield int(listening.getsockname()[1])
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


# The pool


def writeCertificate(directory: Path) -> Path:
    """
    Write a new certificate, and its key into another file beside it; return the latter, which has both.
    """
    credential = selfSigned("BENCH", "localhost", ["localhost"])
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


# The clients


def connect(context: ssl.SSLContext, port: int, number: int) -> ssl.SSLSocket:
    """
    Begin a session, and see that the application answers.
    """
    plain = socket.create_connection(("127.0.0.1", port), PATIENCE)
    client = context.wrap_socket(plain, server_hostname="localhost")
    answers(client, number)
    return client


def answers(client: ssl.SSLSocket, number: int) -> None:
    """
    See that a session carries what it is given.

    @raise ConnectionError: it does not.
    """
    sent = f"session {number}\n".encode("ascii")
    client.sendall(sent)
    received = b""
    while len(received) < len(sent):
        part = client.recv(4096)
        if not part:
            raise ConnectionError(f"session {number} has ended")
        received += part
    if received != sent:
        raise ConnectionError(f"session {number} sent {sent!r} and got {received!r}")


# The measurement


def idleMemory(backend: int, servers: int, each: int) -> int:
    """
    Return the memory of a pool whose servers are all Active, without sessions.
    """
    with runningPool(backend, servers, each) as pool:
        if servers > 1:
            pool.administer("start")
        waitUntil("all servers are Active", lambda: len(pool.starts()) == servers)
        return sum(pool.memory().values())


def measure(servers: int, each: int) -> list[str]:
    """
    Fill a pool and return what there is to report.

    @raise Exception: a session was refused, lost, or did not answer.
    """
    sessions = servers * each
    with application() as backend:
        idle = idleMemory(backend, servers, each)
        with runningPool(backend, servers, each) as pool, ThreadPoolExecutor(CLIENTS) as executor:
            context = ssl.create_default_context(cafile=str(pool.directory / "certificate.pem"))
            began = time.monotonic()
            clients = list(executor.map(lambda number: connect(context, pool.port, number), range(sessions)))
            filled = time.monotonic() - began
            memory = sum(pool.memory().values())
            list(executor.map(answers, clients, range(sessions)))
            starts = pool.starts()
            for client in clients:
                client.close()
    first, *others = starts.items()
    return [
        f"{sessions} sessions on {len(starts)} servers of {each}; all of them answered",
        f"Connected in        {filled:.1f} s, {CLIENTS} clients at a time",
        f"Memory idle         {idle / 1e6:.1f} MB: stack, agent and {servers} servers without sessions",
        f"Memory full         {memory / 1e6:.1f} MB",
        f"For each session    {(memory - idle) / sessions / 1e3:.1f} kB",
        f"{first[0]} Active     {first[1]} ms after the stack had started, the agent's start included",
        *(f"{server} Active     {milliseconds} ms after the decision" for server, milliseconds in others),
    ]


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


def overdue(number: int, frame: object) -> None:
    """
    End what has taken too long, in a way that lets everything be cleared away.
    """
    raise TimeoutError(f"not done within {LONGEST} s")


def main() -> None:
    """
    Run the benchmark; the exit status is 1 where any session failed.
    """
    parser = argparse.ArgumentParser(description="What a full pool costs.")
    parser.add_argument("--servers", type=int, default=5, help="servers of the pool (5)")
    parser.add_argument("--sessions", type=int, default=600, help="sessions on each of them (600)")
    chosen = parser.parse_args()
    allowDescriptors(chosen.servers * chosen.sessions)
    signal.signal(signal.SIGALRM, overdue)
    signal.alarm(LONGEST)
    try:
        print(*measure(chosen.servers, chosen.sessions), sep="\n")
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        print(f"Failed: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
