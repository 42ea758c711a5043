"""
The closing table and a client that only writes, beside HAProxy, nginx and stunnel, and C{docs/closing.md}, which is
made of both.
"""

from __future__ import annotations

import os
import signal
import socket
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from benchmarks.running import writeCertificate
from benchmarks.terminators import PEERS, Terminator, running
from benchmarks.terminators import Site as Place
from tests.integration.closing.page import HEAD, LINES, Lost, lostTable, tables
from tests.integration.closing.writer import ENDS, PAUSE, SECONDS, Collector, Writer
from tests.integration.parts import WRITE
from tests.live.closings import Row, Seen, Site, rows
from tests.live.configurations import FilesCase, freePort
from tests.live.programs import LIMIT

PAGE = Path(__file__).parents[3] / "docs" / "closing.md"
NAMES = {"haproxy": "HAProxy", "nginx": "nginx", "stunnel": "stunnel"}
STOP, RESTART = "stop", "restart"
GRACEFUL = {"haproxy": signal.SIGUSR1, "nginx": signal.SIGQUIT}
"""
The signals by which those end in good order that can; after one second they close what is left.
"""

TIMES = 3
"""
How often the table is made of each: some ends are a race.
"""

CHANCE = 2
"""
How many lines may be lost whatever others lose: one more or less on the way is chance.
"""


class Peer:
    """
    A program that is compared.

    @ivar place: its ports and files.
    @ivar certificates: the file with the authority of its certificate.
    @param stack: ends what is started.
    @param front: the port where it is to listen.
    @param back: the application's port.
    """

    def __init__(self, stack: ExitStack, terminator: Terminator, front: int, back: int) -> None:
        self._stack, self._terminator = stack, terminator
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="closing")))
        self.place = Place(front, back, writeCertificate(directory), directory)
        self.certificates = str(directory / "certificate.pem")
        self.start()

    def start(self) -> None:
        """
        Start it.
        """
        self._process = self._stack.enter_context(running(self._terminator, self.place))

    def restart(self, number: int) -> None:
        """
        End it with a signal, and start it again: where that ends it in good order, before the old one is gone.
        """
        self._process.send_signal(number)
        if number == signal.SIGTERM:
            self._process.wait(LIMIT)
        self.start()


class TableTests(FilesCase):
    """
    All programs.
    """

    def test_page(self) -> None:
        """
        The page says of us what another test holds us to, and of the others what they do.
        """
        table, peers = list(rows()), [each for each in PEERS if each.name in NAMES]
        with ThreadPoolExecutor(TIMES * len(peers)) as threads:
            seen = {
                nameOf(each): [threads.submit(seenOf, each, freePort(self), table) for _ in range(TIMES)]
                for each in peers
            }
            found = {name: [each.result() for each in times] for name, times in seen.items()}
        lost = self.lost(peers)
        text = HEAD.format(releases="\n".join(f"- {releaseOf(each)}" for each in peers)) + tables(table, found)
        text += LINES.format(pause=round(PAUSE * 1000), seconds=round(SECONDS)) + lostTable(lost)
        print(f"\n{text}")
        if os.environ.get(WRITE):
            PAGE.write_text(text, "utf-8")
        self.assertEqual([each for each in lost if each.ours > max(CHANCE, 2 * each.best)], [])

    def lost(self, peers: list[Terminator]) -> list[Lost]:
        """
        Return how many lines are lost.
        """
        with ThreadPoolExecutor(1 + len(peers)) as threads:
            own = threads.submit(self.lostByUs)
            found = {"sslpool": own, **{nameOf(each): threads.submit(lostBy, each, freePort(self)) for each in peers}}
            counts = {name: each.result() for name, each in found.items()}
        return [Lost(end, {name: each[end] for name, each in counts.items()}) for end in (*ENDS, STOP, RESTART)]

    def lostByUs(self) -> dict[str, int | None]:
        """
        Return how many lines we lose.
        """
        collector = Collector()
        self.addCleanup(collector.close)
        self.limit(100, 100, "QUIESCE 1")
        writer = Writer(self.adapt(f"127.0.0.1:{collector.port}"), self.certificates)
        pool = self.serve(*self.options)

        def stop() -> None:
            pool.ssladmin("stop", "--now")
            pool.ssladmin("start")

        return counted(collector, writer, {STOP: stop, RESTART: lambda: pool.ssladmin("restart")})


def nameOf(terminator: Terminator) -> str:
    """
    Return what the page calls a program.
    """
    return NAMES[terminator.name]


def releaseOf(terminator: Terminator) -> str:
    """
    Return which release a program is, and of which library.
    """
    release, _, library = terminator.about().partition(", ")
    return f"{release.replace(terminator.name, nameOf(terminator), 1)} ({library})"


def seenOf(terminator: Terminator, front: int, table: list[Row]) -> dict[Row, Seen]:
    """
    Return what is seen with each row.

    @param front: the program's port.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    with ExitStack() as stack:
        peer = Peer(stack, terminator, front, listening.getsockname()[1])
        site = Site(peer.place.front, listening, peer.certificates)
        stack.callback(site.close)
        return {row: site.see(row) for row in table}


def lostBy(terminator: Terminator, front: int) -> dict[str, int | None]:
    """
    Return how many lines a program loses.

    @param front: its port.
    """
    collector = Collector()
    with ExitStack() as stack:
        stack.callback(collector.close)
        peer = Peer(stack, terminator, front, collector.port)
        writer = Writer(peer.place.front, peer.certificates)
        stops = {STOP: lambda: peer.restart(signal.SIGTERM)}
        if (number := GRACEFUL.get(terminator.name)) is not None:
            stops[RESTART] = lambda: peer.restart(number)
        return counted(collector, writer, stops)


def counted(collector: Collector, writer: Writer, stops: Mapping[str, Callable[[], object]]) -> dict[str, int | None]:
    """
    Return how many lines are lost at each end.

    @param stops: by name, how the program is ended.
    """
    found: dict[str, int | None] = dict.fromkeys((*ENDS, STOP, RESTART))
    for name, end in (*ENDS.items(), *((name, None) for name in stops)):
        collector.begin(end)
        written = writer.write(stops.get(name, lambda: None))
        found[name] = len(written - collector.received())
    return found
