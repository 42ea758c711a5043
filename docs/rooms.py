# -*- test-case-name: tests.test_rooms -*-
"""
The rooms of the package as the imports have them: what L{docs.roompicture} draws, and the table of
C{architecture.md}.  Levels are those of L{tests.test_layers}.  For developers, from C{docs/generate.py}.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache

from attrs import frozen

from tests.test_layers import LINES, PACKAGE, arrows, folderOf, named, parsed


@frozen
class Room:
    """
    A folder of the package, or the modules of one level that stand in no folder.

    @ivar name: its path below C{sslpool}; the names of the modules, with commas, where there is no folder.
    @ivar level: its level in the plan, from 0 at the ground.
    @ivar purpose: what its docstring says in its first sentence.
    @ivar size: how many modules it has, without C{__init__.py}.
    @ivar uses: the names of the rooms that it imports from.
    @ivar circle: how many modules within it import themselves by way of others.
    """

    name: str
    level: int
    purpose: str
    size: int
    uses: frozenset[str]
    circle: int


def reached(uses: Mapping[str, Iterable[str]], start: str) -> set[str]:
    """
    Return everything that can be reached from a place by at least one arrow.
    """
    found: set[str] = set()
    ahead = list(uses[start])
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += uses[name]
    return found


@cache
def circular() -> frozenset[str]:
    """
    Return the modules that import themselves by way of others.
    """
    left = dict(arrows())
    while ends := [name for name, used in left.items() if not used & left.keys()]:
        for name in ends:
            del left[name]
    inner = {name: used & left.keys() for name, used in left.items()}
    return frozenset(name for name in inner if name in reached(inner, name))


@cache
def rooms() -> tuple[Room, ...]:
    """
    Return all rooms, from the ground up, those of one level by name.
    """
    members: dict[str, list[str]] = defaultdict(list)
    for name in arrows():
        if name != "sslpool":
            members[_roomOf(name)].append(name)
    found = (_room(name, found) for name, found in members.items())
    return tuple(sorted(found, key=lambda each: (each.level, each.name)))


def _room(name: str, found: list[str]) -> Room:
    uses = {_roomOf(other) for module in found for other in arrows()[module] if other != "sslpool"} - {name}
    circle = len(circular().intersection(found))
    files = [module for module in found if not (PACKAGE / name / "__init__.py").exists() or module != _dotted(name)]
    return Room(name, _level(found[0]), _purpose(name), len(files), frozenset(uses), circle)


def _dotted(room: str) -> str:
    return f"sslpool.{room.replace('/', '.')}"


def _level(module: str) -> int:
    """
    Return the level of a module.
    """
    top = module.split(".")[1]
    return next(number for number, line in enumerate(LINES) if top in line)


@cache
def _roomOf(module: str) -> str:
    """
    Return the name of the room that a module is in.
    """
    folder = folderOf(named()[module])
    if (PACKAGE / folder).is_dir():
        return folder
    return ", ".join(sorted(name for name in LINES[_level(module)] if (PACKAGE / f"{name}.py").exists()))


def _purpose(room: str) -> str:
    """
    Return the first sentence of a room's docstring as Markdown, without what is to be read in code.
    """
    file = PACKAGE / room / "__init__.py"
    text = ast.get_docstring(parsed(file)) if file.exists() else "Small modules that stand by themselves."
    sentence = re.split(r"(?<=\.)\s|\n\n", " ".join((text or "").split("\n\n")[0].split()))[0]
    return re.sub(r"[CL]{([^}]*)}", r"`\1`", sentence)


def table() -> str:
    """
    Return the rooms as a table of Markdown, the highest level first, as the picture has them.
    """
    rows = []
    for room in sorted(rooms(), key=lambda each: (-each.level, each.name)):
        names = ", ".join(f"`{name}`" for name in room.name.split(", "))
        rows.append(f"| {room.level} | {names} | {room.size} | {room.purpose} |\n")
    return "".join(["| Level | Room | Modules | What it is for |\n| --- | --- | --- | --- |\n", *rows])
