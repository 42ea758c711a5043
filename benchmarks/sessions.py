"""
What a full pool costs: holds TLS sessions on every server of a pool, has all of them answer at the end, and prints
memory and start times.  A command of its own that starts C{twistd sslpool} in the one-line mode, a cleartext
application and the clients; see C{benchmarks/README.md}.
"""

from __future__ import annotations

import argparse
import signal
import socket
import ssl
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.application import application
from benchmarks.running import PATIENCE, allowDescriptors, runningPool, waitUntil

LONGEST = 240
"""
How long the whole benchmark may take, in seconds.
"""

CLIENTS = 16
"""
How many clients connect at the same time.
"""


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
    client.sendall(b"p")
    if client.recv(2) != b"P":
        raise ConnectionError(f"session {number} does not answer")


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
