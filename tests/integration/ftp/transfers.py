"""
Every client transfers every file by every route: each arrives whole, or the client is told that it
has not and nothing is in its place.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

from tests.integration.ftp.cells import HOSTS, NOTHING, SERVERS, SIZES, Cell, Result, Told, cells, known, routes
from tests.integration.ftp.clients import Client, Transfer, clients, install
from tests.integration.ftp.site import Site, content, releases
from tests.integration.ftp.table import differences, page, rows, unknown
from tests.integration.parts import WRITE
from tests.live.programs import CHECKOUT

PAGE = CHECKOUT / "docs" / "ftp-clients.md"


class TransferTests(Site):
    """
    The matrix.
    """

    def setUp(self) -> None:
        """
        Install the clients, and make the files.
        """
        super().setUp()
        self.tools = install(tempfile.mkdtemp(dir=self.scratch), self.certificates)
        self.sent = {size: os.urandom(length) for size, length in SIZES.items()}
        self.before = os.urandom(2 * SIZES["small"])

    def test_all(self) -> None:
        """
        All cells; C{CLIENTS} in the environment may name some clients.
        """
        wanted = os.environ.get("CLIENTS")
        used = [client for client in clients() if not wanted or client.name in wanted.split(",")]
        results = self.results(used)
        table = rows(results, {client.name: client.version for client in used})
        text = page(releases(), table)
        print(f"\n{text}")
        wrong = [f"{each.cell}: {each.said}" for each in results if not (each.whole or each.refused)]
        self.assertEqual(wrong, [], "\n".join(wrong))
        if os.environ.get(WRITE):
            PAGE.write_text(text, "utf-8")
        before = PAGE.read_text("utf-8")
        print(*(f"{PAGE.name} does not know {each}" for each in unknown(before, table)), sep="\n")
        self.assertEqual(differences(before, table), [], "make integration PART=ftp WRITE=yes")

    def results(self, used: Iterable[Client]) -> list[Result]:
        """
        Have clients transfer everything.
        """
        modes = [(client.name, client.active) for client in used]
        directions = {client.name: client.directions for client in used}
        neverEmpty = {client.name for client in used if not client.empty}
        plan = list(cells(routes(modes, self.families), directions, neverEmpty))
        for cell in plan:
            self.prepare(cell)
        told: dict[int, Told] = {}
        # One client at a time with each application: pyftpdlib 2.2.0 with several at once loses a data connection now
        # and then, and never says what became of the transfer, with and without a pool.
        batches = [
            [cell for cell in plan if (cell.route.server, cell.route.far) == application]
            for application in product(SERVERS, self.families)
        ]
        with ThreadPoolExecutor(len(batches)) as pool:
            for answers in pool.map(lambda batch: self.ask(used, batch), batches):
                told |= answers
        return [self.result(cell, told.get(cell.number, NOTHING)) for cell in plan]

    def paths(self, cell: Cell) -> tuple[str, str]:
        """
        Return the paths of a cell's file: of the one that is sent, and of its destination.
        """
        route = cell.route
        there = self.places[route.far, route.server, route.demand].server.path(cell.name)
        here = self.path(cell.name)
        return (here, there) if cell.upload else (there, here)

    def prepare(self, cell: Cell) -> None:
        """
        Put the files of a cell where they are to be before.
        """
        source, destination = self.paths(cell)
        Path(source).write_bytes(self.sent[cell.size])
        if cell.over:
            Path(destination).write_bytes(self.before)
            os.chmod(destination, 0o666)

    def ask(self, used: Iterable[Client], batch: Sequence[Cell]) -> dict[int, Told]:
        """
        Have one client after the other do its cells of a batch.
        """
        told: dict[int, Told] = {}
        for client in used:
            own = [self.transfer(cell) for cell in batch if cell.route.client == client.name]
            told |= client.transfer(self.tools, own)
        return told

    def transfer(self, cell: Cell) -> Transfer:
        """
        Return what a cell's client is to do.
        """
        route = cell.route
        place = self.places[route.far, route.server, route.demand]
        server = place.server
        return Transfer(
            number=cell.number,
            active=route.active,
            host=HOSTS[route.near],
            port=place.port,
            user=server.user,
            password=server.password,
            upload=cell.upload,
            remote=f"{server.folder}{cell.name}",
            local=self.path(cell.name),
        )

    def result(self, cell: Cell, told: Told) -> Result:
        """
        Look at what has become of a cell.
        """
        source, destination = self.paths(cell)
        sent = self.sent[cell.size]
        before = self.before if cell.over else None
        return Result(cell, told, known(content(destination), sent, before), content(source) == sent)
