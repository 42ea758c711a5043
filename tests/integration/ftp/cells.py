# -*- test-case-name: tests.test_integration -*-
"""
The cells of the matrix: which file goes where by which client, and what became of it.  Pure.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import count, product

from attrs import frozen

REQUIRED, REUSE = "REQUIRED", "REQUIRED REUSE"
DEMANDS = (REQUIRED, REUSE)
SERVERS = ("vsftpd", "pyftpdlib")
HOSTS = {"IPv4": "127.0.0.1", "IPv6": "::1"}

SIZES = {"large": 4_000_000, "small": 5_000, "empty": 0}
"""
Octets of the files.  The large one has room in no buffer between client and application.
"""

FILES = (("large", True), ("small", True), ("empty", True), ("small", False))
"""
Which files are transferred, and whether they are to replace others.
"""


class Known(Enum):
    """
    What is known of a file afterwards.

    @cvar WHOLE: it is the one that was sent.
    @cvar UNCHANGED: it is as it was before.
    @cvar EMPTY: it is there without content.
    @cvar ABSENT: it is not there.
    @cvar CUT: it is the beginning of the one that was sent.
    @cvar OTHER: it is anything else.
    """

    WHOLE = "whole"
    UNCHANGED = "unchanged"
    EMPTY = "empty"
    ABSENT = "absent"
    CUT = "cut"
    OTHER = "other"


@frozen
class Route:
    """
    The way that files take.

    @ivar client: the client's name.
    @ivar server: the application, one of L{SERVERS}.
    @ivar demand: what C{:securedata.} demands.
    @ivar near: the family of addresses between client and pool, a key of L{HOSTS}.
    @ivar far: the one between pool and application.
    @ivar active: the application connects, and not the client.
    """

    client: str
    server: str
    demand: str
    near: str
    far: str
    active: bool

    def __str__(self) -> str:
        mode = "active" if self.active else "passive"
        return f"{self.client}, {mode}, {self.near}, {self.demand}, {self.server} by {self.far}"


@frozen
class Cell:
    """
    One transfer.

    @ivar number: its number.
    @ivar upload: to the application.
    @ivar size: a key of L{SIZES}.
    @ivar over: there is a file in its place before.
    """

    number: int
    route: Route
    upload: bool
    size: str
    over: bool

    @property
    def name(self) -> str:
        """
        The name of its files.
        """
        return f"c{self.number:04}"

    def __str__(self) -> str:
        direction, over = "up" if self.upload else "down", ", over another" if self.over else ""
        return f"{self.route}: {direction}, {self.size}{over}"


@frozen
class Told:
    """
    What a client says of a transfer: as a person or a script hears it.

    @ivar done: it was done.
    @ivar text: if not, why.
    """

    done: bool
    text: str = ""


NOTHING = Told(False, "")
"""
The client has not said anything, or has not ended.
"""


@frozen
class Result:
    """
    What became of a cell.

    @ivar told: what the client says.
    @ivar there: what is known of the file at the destination.
    @ivar kept: the file at the source is as it was.
    """

    cell: Cell
    told: Told
    there: Known
    kept: bool

    @property
    def whole(self) -> bool:
        """
        The file has arrived, and the client says so.
        """
        return self.told.done and self.there is Known.WHOLE and self.kept

    @property
    def refused(self) -> bool:
        """
        The client says that it has not, and nothing is in its place.  What a client leaves behind on
        its own side is its own business.
        """
        if self.told.done or not self.told.text or not self.kept:
            return False
        return not self.cell.upload or self.there is (Known.UNCHANGED if self.cell.over else Known.ABSENT)

    @property
    def said(self) -> str:
        """
        All of it in words.
        """
        told = "done" if self.told.done else f"not done: {self.told.text or 'nothing'}"
        source = "" if self.kept else "; the source has changed"
        return f"the client says {told}; the destination is {self.there.value}{source}"


def routes(clients: Iterable[tuple[str, bool]], families: Sequence[str]) -> Iterator[Route]:
    """
    Yield every route: where both sides have the same family, all; where they have not, the passive ones.

    @param clients: names, and whether there is active mode.
    @param families: keys of L{HOSTS}.
    """
    for (client, canActive), server, demand, near, far in product(clients, SERVERS, DEMANDS, families, families):
        for active in (False, True) if canActive and near == far else (False,):
            yield Route(client, server, demand, near, far, active)


def cells(
    all: Iterable[Route], directions: Mapping[str, Iterable[bool]], neverEmpty: Container[str] = ()
) -> Iterator[Cell]:
    """
    Yield the cells of routes.

    @param directions: for each client whether it can send (C{True}) and fetch (C{False}).
    @param neverEmpty: the clients that cannot send empty files.
    """
    numbers = count(1)
    for route in all:
        files = FILES if route.near == route.far else FILES[:1]
        for upload, (size, over) in product(directions[route.client], files):
            if SIZES[size] or not upload or route.client not in neverEmpty:
                yield Cell(next(numbers), route, upload, size, over)


def known(octets: bytes | None, sent: bytes, before: bytes | None) -> Known:
    """
    Tell what a file is.

    @param octets: its content; C{None} where there is none.
    @param sent: the content of the file that was sent.
    @param before: its content before.
    """
    if octets == sent:
        return Known.WHOLE
    if octets is None:
        return Known.ABSENT
    if octets == before:
        return Known.UNCHANGED
    if not octets:
        return Known.EMPTY
    return Known.CUT if sent.startswith(octets) else Known.OTHER


def reason(text: str) -> str:
    """
    Return the reason that a client gives without what is different each time.
    """
    text = re.sub(r"\S*/c\d+\b", "FILE", text)
    text = re.sub(r"\bc\d{4}\b", "FILE", text)
    return " ".join(re.sub(r"\b\d{4,}\b", "N", text).replace("|", "¦").split())
