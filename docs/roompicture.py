# -*- test-case-name: tests.test_rooms -*-
"""
Draws the rooms of the package and the arrows of their imports as SVG: levels are bands, arrows point to what
is used.  An arrow is left out where other arrows lead the same way.  For developers, from C{docs/generate.py}.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from attrs import define, field

from docs.rooms import Room, reached, rooms

LEFT = 60
ROW = 92
BOX = 42
GAP = 16
LETTER = 7.9
SMALL = 6.3
WRAP = 36
SWEEPS = 24
"""
Measures in pixels; how many letters go into a line of a box, and how often the layout is improved.
"""

STYLE = """<style>
text { font: 12px sans-serif; fill: #1c2733 } .name { font-weight: bold } .small { font-size: 10.5px; fill: #4a5663 }
.room { fill: #ffffff; stroke: #4a5663 } .circle { fill: #fff0f0; stroke: #d1242f; stroke-width: 2 }
path { fill: none; stroke: #1f6feb; stroke-opacity: 0.55; stroke-width: 1.2; marker-end: url(#head) }
.back { stroke: #d1242f }
</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<polygon points="0,0 8,4 0,8" fill="#1f6feb"/></marker></defs>
"""


@define(eq=False)
class Node:
    """
    A place that a row has: a room, or where an arrow crosses the row.

    @ivar row: its row, from 0 at the bottom.
    @ivar room: the room; C{None} for a crossing.
    @ivar x: its center.
    @ivar above: the nodes of the next row that lead here.
    @ivar below: the nodes of the row below to which it leads.
    """

    row: int
    room: Room | None = None
    x: float = 0.0
    above: list[Node] = field(factory=list)
    below: list[Node] = field(factory=list)

    @property
    def lines(self) -> list[str]:
        """
        The name, in lines that fit into a box.
        """
        found: list[str] = []
        for word in self.room.name.split(" ") if self.room else ():
            if found and len(found[-1]) + len(word) < WRAP:
                found[-1] += f" {word}"
            else:
                found.append(word)
        return found

    @property
    def note(self) -> str:
        """
        What stands below the name.
        """
        if self.room is None:
            return ""
        circle = f", {self.room.circle} in circles" if self.room.circle else ""
        return f"modules: {self.room.size}{circle}"

    @property
    def width(self) -> float:
        """
        Its width in pixels.
        """
        widths = [*(len(line) * LETTER for line in self.lines), len(self.note) * SMALL]
        return max(widths) + 16 if self.room else 4.0

    @property
    def height(self) -> float:
        """
        Its height in pixels.
        """
        return BOX + 14 * (len(self.lines) - 1) if self.room else 0.0


@define(eq=False)
class Arrow:
    """
    An arrow and what it passes.

    @ivar way: the nodes from the room that uses to the room that is used.
    @ivar back: it does not point downwards, and so is part of a circle.
    """

    way: list[Node]
    back: bool


def reduced(uses: Mapping[str, frozenset[str]]) -> dict[str, list[str]]:
    """
    Return the arrows without those that follow from others.
    """
    far = {name: reached(uses, name) for name in uses}
    return {
        name: sorted(
            each
            for each in used
            if not any(each in far[other] and name not in far[other] for other in used if other != each)
        )
        for name, used in uses.items()
    }


def rowsOf(found: Sequence[Room]) -> dict[str, int]:
    """
    Return the row of each room: a level has as many as it needs for its arrows to point downwards.
    """
    known = {room.name: room for room in found}
    rows: dict[str, int] = {}
    first = 0
    for level in sorted({room.level for room in found}):
        same = {room.name for room in found if room.level == level}
        depths = {name: _depth(name, known, same, frozenset()) for name in same}
        used = sorted(set(depths.values()))  # without gaps: the rooms of a circle are all as deep as it is long
        rows.update({name: first + used.index(depth) for name, depth in depths.items()})
        first += len(used)
    return rows


def _depth(name: str, known: Mapping[str, Room], same: set[str], passed: frozenset[str]) -> int:
    """
    Return how many rooms of its own level are below a room at most; a circle is followed once.
    """
    used = known[name].uses & same - passed - {name}
    return max((1 + _depth(each, known, same, passed | {name}) for each in used), default=0)


def layout(found: Sequence[Room]) -> tuple[list[list[Node]], list[Arrow]]:
    """
    Return the nodes of each row, from the bottom and from the left, and the arrows.
    """
    places = rowsOf(found)
    nodes = {room.name: Node(places[room.name], room) for room in found}
    rows: list[list[Node]] = [[] for _ in range(max(places.values()) + 1)]
    for node in nodes.values():
        rows[node.row].append(node)
    uses = reduced({room.name: room.uses for room in found})
    drawn = [_arrow(nodes[name], nodes[each], rows) for name, used in uses.items() for each in used]
    for sweep in range(SWEEPS):
        _order(rows, down=bool(sweep % 2))
    for row in rows:
        _place(row, [index * 80.0 for index in range(len(row))])
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 else reversed(rows):
            _place(row, [_middle(node.above + node.below, node.x) for node in row])
    _center(rows)
    return rows, drawn


def _arrow(start: Node, end: Node, rows: list[list[Node]]) -> Arrow:
    """
    Return the arrow between two rooms, and put it into the rows that it crosses.
    """
    if start.row <= end.row:
        return Arrow([start, end], True)
    crossings = [Node(row) for row in range(start.row - 1, end.row, -1)]
    for node in crossings:
        rows[node.row].append(node)
    way = [start, *crossings, end]
    for upper, lower in pairwise(way):
        upper.below.append(lower)
        lower.above.append(upper)
    return Arrow(way, False)


def _order(rows: list[list[Node]], *, down: bool) -> None:
    """
    Sort each row by where its neighbors are, which takes crossings away.
    """
    for row in reversed(rows) if down else rows:
        order = {id(node): float(index) for each in rows for index, node in enumerate(each)}
        middles = {}
        for node in row:
            near = [order[id(each)] / len(rows[each.row]) for each in (node.above if down else node.below)]
            middles[id(node)] = sum(near) / len(near) if near else order[id(node)] / len(row)
        row.sort(key=lambda node: middles[id(node)])


def _middle(near: Sequence[Node], otherwise: float) -> float:
    return sum(node.x for node in near) / len(near) if near else otherwise


def _place(row: Sequence[Node], wanted: Iterable[float]) -> None:
    """
    Put the nodes of a row as near as possible to where each should be, in their order and without overlap:
    the least squares under that condition, found by joining neighbors that would overlap to blocks.
    """
    offsets = [0.0]
    for left, right in pairwise(row):
        offsets.append(offsets[-1] + (left.width + right.width) / 2 + GAP)
    blocks: list[tuple[float, int]] = []
    for at, offset in zip(wanted, offsets, strict=False):
        total, count = at - offset, 1
        while blocks and blocks[-1][0] / blocks[-1][1] >= total / count:
            before, more = blocks.pop()
            total, count = total + before, count + more
        blocks.append((total, count))
    places = [total / count for total, count in blocks for _ in range(count)]
    for node, place, offset in zip(row, places, offsets, strict=False):
        node.x = place + offset


def _center(rows: Sequence[Sequence[Node]]) -> None:
    """
    Move the picture into its frame.
    """
    nodes = [node for row in rows for node in row]
    left = min(node.x - node.width / 2 for node in nodes)
    for node in nodes:
        node.x += LEFT + GAP - left


def picture(found: Sequence[Room] | None = None) -> str:
    """
    Return the picture.

    @param found: the rooms; those of the package if there are none.
    """
    rows, drawn = layout(found or rooms())
    height = len(rows) * ROW + GAP
    width = max(node.x + node.width / 2 for row in rows for node in row) + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}"'
        f' viewBox="0 0 {width:.0f} {height}">\n{STYLE}<rect width="100%" height="100%" fill="#ffffff"/>\n',
        *_bands(rows, width),
        *_paths(drawn, len(rows)),
        *(_box(node, len(rows)) for row in rows for node in row if node.room),
        "</svg>\n",
    ]
    return "".join(parts)


def _bands(rows: Sequence[Sequence[Node]], width: float) -> Iterable[str]:
    """
    Yield the background of each level.
    """
    levels = defaultdict(list)
    for number, row in enumerate(rows):
        levels[next(node.room.level for node in row if node.room)].append(number)
    for level, numbers in levels.items():
        top = _middleOf(max(numbers), len(rows)) - ROW / 2
        fill = "#f3f6f9" if level % 2 else "#e9eef3"
        yield f'<rect x="0" y="{top:.0f}" width="{width:.0f}" height="{ROW * len(numbers)}" fill="{fill}"/>\n'
        yield f'<text x="8" y="{top + 18:.0f}" class="small">level {level}</text>\n'


def _middleOf(row: int, count: int) -> float:
    """
    Return the height at which the middle of a row is drawn.
    """
    return (count - 1 - row) * ROW + ROW / 2 + GAP / 2


def _paths(drawn: Sequence[Arrow], count: int) -> Iterable[str]:
    """
    Yield the arrows.  They leave and reach a box side by side, in the order of where they come from.
    """
    starts, ends = defaultdict(list), defaultdict(list)
    for arrow in drawn:
        starts[id(arrow.way[0])].append(arrow)
        ends[id(arrow.way[-1])].append(arrow)
    for arrow in drawn:
        leaving = sorted(starts[id(arrow.way[0])], key=lambda each: each.way[1].x)
        coming = sorted(ends[id(arrow.way[-1])], key=lambda each: each.way[-2].x)
        first = _port(arrow.way[0], leaving.index(arrow), len(leaving))
        last = _port(arrow.way[-1], coming.index(arrow), len(coming))
        yield _path(arrow, first, last, count)


def _port(node: Node, number: int, count: int) -> float:
    """
    Return where on the width of a box an arrow touches it.
    """
    return node.x + (number + 1) / (count + 1) * node.width - node.width / 2


def _path(arrow: Arrow, first: float, last: float, count: int) -> str:
    start, *crossings, end = arrow.way
    x, y = first, _middleOf(start.row, count) + start.height / 2
    text = f"M{x:.1f},{y:.1f}"
    points = [(node.x, _middleOf(node.row, count), BOX / 2) for node in crossings]
    points.append((last, _middleOf(end.row, count) - end.height / 2, 0))
    for nextX, nextY, straight in points:
        top = nextY - straight
        half = (y + top) / 2
        text += f"C{x:.1f},{half:.1f} {nextX:.1f},{half:.1f} {nextX:.1f},{top:.1f}"
        x, y = nextX, nextY + straight
        text += f"V{y:.1f}" if straight else ""
    back = ' class="back"' if arrow.back else ""
    return f'<path d="{text}"{back}/>\n'


def _box(node: Node, count: int) -> str:
    assert node.room is not None
    y = _middleOf(node.row, count) - node.height / 2
    kind = "circle" if node.room.circle else "room"
    text = (
        f'<rect x="{node.x - node.width / 2:.1f}" y="{y:.1f}" width="{node.width:.1f}" height="{node.height}"'
        f' rx="5" class="{kind}"/>\n'
    )
    for number, line in enumerate(node.lines):
        text += _text(node.x, y + 17 + 14 * number, "name", line)
    return text + _text(node.x, y + node.height - 9, "small", node.note)


def _text(x: float, y: float, kind: str, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" class="{kind}">{text}</text>\n'
