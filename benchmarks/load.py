"""
The load generator of the benchmarks: many TLS clients in one loop, with Python's C{ssl}.  A program of its own
(C{python -m benchmarks.load}), so that its processor time is not that of what is measured; prints one line of JSON.

What each kind of load does is in L{LOADS}.
"""

from __future__ import annotations

import argparse
import heapq
import json
import select
import socket
import ssl
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from itertools import repeat

from attrs import define, field

PATIENCE = 60.0
"""
How long nothing may happen, in seconds.
"""

Waiting = Generator[int, None, None]


@define
class Load:
    """
    What is to be done, and what has become of it.

    @ivar port: where the terminator listens.
    @ivar context: the clients' TLS.
    @ivar octets: the length of a transfer.
    @ivar pings: round trips on each connection.
    @ivar resumed: sessions that were resumed.
    @ivar latencies: how long each operation took, in seconds.
    @ivar ticket: a session to resume.
    @ivar resume: whether to resume it.
    """

    port: int
    context: ssl.SSLContext
    octets: int
    pings: int
    resume: bool = False
    done: int = 0
    failed: int = 0
    resumed: int = 0
    latencies: list[float] = field(factory=list)
    ticket: ssl.SSLSession | None = None

    def connect(self) -> socket.socket:
        """
        Return a client that is about to connect.
        """
        plain = socket.socket()
        plain.setblocking(False)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.connect_ex(("127.0.0.1", self.port))
        return plain


def shaken(load: Load, client: socket.socket) -> Generator[int, None, ssl.SSLSocket]:
    """
    Complete the connection and its handshake.
    """
    yield select.EPOLLOUT
    secure = load.context.wrap_socket(
        client, server_hostname="localhost", do_handshake_on_connect=False, session=load.ticket if load.resume else None
    )
    yield from attempt(secure.do_handshake)
    load.resumed += bool(secure.session_reused)
    return secure


def attempt(call: Callable[[], object]) -> Waiting:
    """
    Call until there is nothing to wait for.
    """
    while True:
        try:
            call()
        except ssl.SSLWantReadError:
            yield select.EPOLLIN
        except ssl.SSLWantWriteError:
            yield select.EPOLLOUT
        else:
            return


def sent(client: ssl.SSLSocket, octets: memoryview) -> Waiting:
    """
    Send all of C{octets}.
    """
    while octets:
        try:
            octets = octets[client.send(octets) :]
        except ssl.SSLWantReadError:
            yield select.EPOLLIN
        except ssl.SSLWantWriteError:
            yield select.EPOLLOUT


def received(client: ssl.SSLSocket, length: int) -> Waiting:
    """
    Receive C{length} octets.
    """
    buffer = bytearray(1 << 16)
    while length > 0:
        try:
            got = client.recv_into(buffer)
        except ssl.SSLWantReadError:
            yield select.EPOLLIN
            continue
        if not got:
            raise ConnectionError("closed in the middle")
        length -= got


def left(client: ssl.SSLSocket) -> None:
    """
    Send close_notify and go.
    """
    with suppress(OSError, ValueError):  # the answer to it is not waited for
        client.unwrap()
    client.close()


def connection(load: Load, plain: socket.socket) -> Waiting:
    """
    Handshake, a small request and its answer, end.
    """
    began = time.perf_counter()
    client = yield from shaken(load, plain)
    yield from sent(client, memoryview(b"p"))
    yield from received(client, 1)
    load.latencies.append(time.perf_counter() - began)
    if load.ticket is None:
        load.ticket = client.session
    left(client)


def down(load: Load, plain: socket.socket) -> Waiting:
    """
    A transfer from the application.
    """
    client = yield from shaken(load, plain)
    yield from sent(client, memoryview(b"d" + load.octets.to_bytes(8, "little")))
    yield from received(client, load.octets)
    left(client)


def up(load: Load, plain: socket.socket) -> Waiting:
    """
    A transfer to the application.
    """
    client = yield from shaken(load, plain)
    yield from sent(client, memoryview(b"u" + load.octets.to_bytes(8, "little")))
    chunk, rest = memoryview(bytes(1 << 16)), load.octets
    while rest:
        yield from sent(client, chunk[:rest])
        rest -= min(rest, len(chunk))
    yield from received(client, 1)
    left(client)


def ping(load: Load, plain: socket.socket) -> Waiting:
    """
    Small requests and answers on one connection, one after another.
    """
    client = yield from shaken(load, plain)
    for _ in range(load.pings):
        began = time.perf_counter()
        yield from sent(client, memoryview(b"p"))
        yield from received(client, 1)
        load.latencies.append(time.perf_counter() - began)
    left(client)


def hold(load: Load, plain: socket.socket) -> Waiting:
    """
    A session that is kept until standard input ends, and then answers once more.
    """
    client = yield from shaken(load, plain)
    yield from sent(client, memoryview(b"p"))
    yield from received(client, 1)
    HELD.append(client)


def stall(load: Load, plain: socket.socket) -> Waiting:
    """
    A client that asks for a transfer and reads nothing of it until standard input ends.
    """
    client = yield from shaken(load, plain)
    yield from sent(client, memoryview(b"d" + load.octets.to_bytes(8, "little")))
    HELD.append(client)


HELD: list[ssl.SSLSocket] = []

LOADS: dict[str, Callable[[Load, socket.socket], Waiting]] = {
    "conn": connection,
    "down": down,
    "up": up,
    "ping": ping,
    "hold": hold,
    "stall": stall,
}


def drive(load: Load, tasks: Iterator[Callable[[Load, socket.socket], Waiting]], concurrent: int) -> None:
    """
    Run all tasks, at most C{concurrent} at once.
    """
    running: dict[int, tuple[Waiting, socket.socket]] = {}
    with select.epoll() as poll:
        more = True
        while more or running:
            while more and len(running) < concurrent:
                task = next(tasks, None)
                if task is None:
                    more = False
                    break
                plain = load.connect()
                steps = task(load, plain)
                running[plain.fileno()] = steps, plain
                poll.register(plain.fileno(), next(steps))
            ready = poll.poll(PATIENCE) if running else []
            if running and not ready:
                raise TimeoutError(f"{len(running)} operations are stuck")
            for descriptor, _ in ready:
                _step(load, poll, running, descriptor)


def _step(load: Load, poll: select.epoll, running: dict[int, tuple[Waiting, socket.socket]], descriptor: int) -> None:
    steps, _plain = running[descriptor]
    try:
        poll.modify(descriptor, next(steps))
        return
    except StopIteration:
        load.done += 1
    except OSError as error:
        load.failed += 1
        print(error, file=sys.stderr)
    del running[descriptor]
    with suppress(OSError):  # it was closed
        poll.unregister(descriptor)


def main() -> None:
    """
    Run a load, and print what became of it.
    """
    parser = argparse.ArgumentParser(description="Load for TLS terminators.")
    parser.add_argument("kind", choices=sorted(LOADS))
    parser.add_argument("port", type=int)
    parser.add_argument("certificate", help="file with the certificate to trust")
    parser.add_argument("-n", type=int, default=100, help="connections")
    parser.add_argument("-c", type=int, default=50, help="at once")
    parser.add_argument("--octets", type=int, default=1 << 20, help="of each transfer")
    parser.add_argument("--pings", type=int, default=100, help="on each connection")
    parser.add_argument("--tls", choices=("1.2", "1.3"), default="1.3")
    parser.add_argument("--resume", action="store_true", help="resume the session of a connection before")
    chosen = parser.parse_args()
    context = ssl.create_default_context(cafile=chosen.certificate)
    version = ssl.TLSVersion.TLSv1_2 if chosen.tls == "1.2" else ssl.TLSVersion.TLSv1_3
    context.minimum_version = context.maximum_version = version
    load = Load(chosen.port, context, chosen.octets, chosen.pings)
    if chosen.resume:
        drive(load, iter([connection]), 1)
        load = Load(chosen.port, context, chosen.octets, chosen.pings, True, ticket=load.ticket)
    began = time.perf_counter()
    drive(load, repeat(LOADS[chosen.kind], chosen.n), chosen.c)
    elapsed = time.perf_counter() - began
    if HELD:
        print("held", flush=True)
        sys.stdin.read()
        load.done = _answers(chosen.kind)
    figures = {"done": load.done, "failed": load.failed, "resumed": load.resumed, "seconds": elapsed}
    print(json.dumps({**figures, **_percentiles(load.latencies)}), flush=True)


def _answers(kind: str) -> int:
    """
    Return how many of the sessions that were held are still good.
    """
    good = 0
    for client in HELD:
        client.settimeout(PATIENCE)
        try:
            if kind == "hold":
                client.sendall(b"p")
            good += bool(client.recv(1))
        except OSError as error:
            print(error, file=sys.stderr)
    return good


def _percentiles(latencies: list[float]) -> dict[str, float]:
    """
    Return the median and the 99th percentile, in milliseconds.
    """
    if not latencies:
        return {}
    late = heapq.nlargest(max(1, len(latencies) // 100), latencies)[-1]
    return {"p50": sorted(latencies)[len(latencies) // 2] * 1e3, "p99": late * 1e3}


if __name__ == "__main__":
    main()
