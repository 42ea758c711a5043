# -*- test-case-name: tests.test_integration -*-
"""
The page C{docs/closing.md}, which is made of results.  Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from attrs import frozen

from tests.live.closings import ANYTHING, LATE, Moment, Row, Seen, Who
from tests.live.rawtls import OPEN

HEAD = """\
<!-- Made by "make integration PART=closing WRITE=yes"; do not change it by hand. -->

# How sessions end

What each side sees when the other one ends a session, and what is lost, compared with

{releases}

The column of sslpool is what [a test](../tests/live/test_closing.py) holds it to. What others do differently is in
bold; *or* is between what differs from time to time. nginx is without `proxy_half_close`.

- *end* is the end of the stream in good order, *reset* a reset of TCP. A *bare FIN* is the end of TCP without
  close_notify: most clients then take what they have for the whole answer. A fatal alert is an error to nearly all.
- Uploads and answers arrive whole unless it says that they are cut.
- FIN without close_notify is taken as an end. With `TRUNCATION RESET` it is a reset to the application.
- A client that only writes learns of the end by a reset. It gets one as soon as it has acknowledged what it was sent.

"""

TITLES = {
    Who.CLIENT: """\
## The client ends

First what the application sees, then what the client gets.
""",
    Who.APPLICATION: """\
## The application ends

First what the client gets, then what an application sees that goes on reading.
""",
}

LINES = """\
## Lines lost

A client writes a numbered line every {pause} ms and reads nothing, as syslog senders do. When that fails it connects
again and repeats the line. After one second something ends the session; after {seconds} s the client stops. Lost are
lines that were written without an error and did not reach the application.

- *stop*: SSLADMIN STOP (NOW and START; for the others SIGTERM and a new start.
- *restart*: SSLADMIN RESTART with `QUIESCE 1`; for the others, where there is one, the signal to end in good order
  with a limit of 1 s, and a new start at once.

"""

NONE, BETWEEN = "–", "; "

_SIGHT = {"END": "end", "RST": "reset", OPEN: "nothing"}
_TCP = {"RST": "reset", LATE: "reset much later", OPEN: "no end of TCP"}
_BARE = {"FIN": "bare FIN", "RST": "reset", OPEN: "nothing"}


@frozen
class Lost:
    """
    What was lost at an end.

    @ivar end: how the session ended.
    @ivar lines: by program, how many lines; C{None} where it has no such end.
    """

    end: str
    lines: Mapping[str, int | None]

    @property
    def best(self) -> int:
        """
        The least that any other program than the first one, which is ours, has lost.
        """
        return min(each for each in list(self.lines.values())[1:] if each is not None)

    @property
    def ours(self) -> int:
        """
        What we have lost.
        """
        ours = next(iter(self.lines.values()))
        assert ours is not None
        return ours


def word(row: Row, seen: Seen) -> str:
    """
    Return what a cell says.
    """
    moment, counted = row.moment, row.expected.uploaded is not None
    application = [_SIGHT[seen.application]] if seen.application else []
    if counted and _cut(seen.uploaded, row.expected.uploaded):
        application.insert(0, "upload cut")
    client = [] if row.expected.client == ANYTHING else _end(moment, seen.client)
    if counted and _cut(seen.answered, row.expected.answered):
        client.insert(0, "no answer" if (seen.answered or 0) <= moment.first and moment.later else "answer cut")
    sights = (application, client) if row.who is Who.CLIENT else (client, application)
    return "; ".join(", ".join(sight) for sight in sights if sight)


def _cut(octets: int | None, expected: int | None) -> bool:
    return octets is not None and expected is not None and octets < expected


def _end(moment: Moment, client: str) -> list[str]:
    """
    Return what is said of the client's end: that of TCP only where it is the point, or has not come.
    """
    last, _, tcp = client.partition(", ")
    if moment.writes or tcp == OPEN:
        return [last, _TCP.get(tcp, "no reset")]
    return [_BARE.get(last, last)] if last else []


def cell(rows: Sequence[Row], seen: Sequence[Mapping[Row, Seen]]) -> str:
    """
    Return the cell of a program: what it does with each version, where that makes a difference.

    @param rows: those that differ in the version only.
    @param seen: what was seen, each time.
    """
    found = {row.version: list(dict.fromkeys(_marked(row, each[row]) for each in seen)) for row in rows}
    every = list(dict.fromkeys(text for texts in found.values() for text in texts))
    if len(every) == 1 or any(len(texts) > 1 for texts in found.values()):
        return " or ".join(every)
    return "; ".join(f"TLS {version}: {text}" for version, [text] in found.items())


def _marked(row: Row, seen: Seen) -> str:
    text = word(row, seen)
    return text if seen.fits(row.expected) else f"**{text}**"


def tables(rows: Iterable[Row], seen: Mapping[str, Sequence[Mapping[Row, Seen]]]) -> str:
    """
    Return the tables.  Moments that are alike to everybody share a line.

    @param seen: by other program, what was seen with each row, each time.
    """
    text = ""
    for who, ofWho in groupby(rows, lambda row: row.who):
        text += f"{TITLES[who]}\n" + _lines((f"{who.value}'s end", "when", "sslpool", *seen), ["---"] * (3 + len(seen)))
        lines: dict[tuple[str, ...], list[str]] = {}
        for _, same in groupby(ofWho, lambda row: row.name):
            group = list(same)
            others = (cell(group, found) for found in seen.values())
            line = (group[0].how, word(group[0], group[0].expected), *others)
            lines.setdefault(line, []).append(group[0].moment.name)
        text += _lines(*((how, BETWEEN.join(moments), *cells) for (how, *cells), moments in lines.items())) + "\n"
    return text


def lostTable(lost: Sequence[Lost]) -> str:
    """
    Return the table of lines.
    """
    programs = list(lost[0].lines)
    rows = [(each.end, *(NONE if each.lines[name] is None else each.lines[name] for name in programs)) for each in lost]
    return _lines(("end", *programs), ["---", *["--:"] * len(programs)], *rows)


def _lines(*rows: Iterable[object]) -> str:
    return "".join(f"| {' | '.join(map(str, row))} |\n" for row in rows)


def ours(page: str) -> set[tuple[str, str, str]]:
    """
    Return what the tables of ends say of us: ends, moments, and cells.
    """
    lines = [line.split(" | ") for line in page.partition("## Lines lost")[0].splitlines() if line.startswith("| ")]
    return {
        (how.removeprefix("| "), moment, cell)
        for how, moments, cell, *_ in lines
        if moments not in ("when", "---")
        for moment in moments.split(BETWEEN)
    }
