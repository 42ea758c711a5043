"""
Writes down the text of each message that is made, in every process of a recording: see L{tests.recording}.  Loaded by
Python itself, by way of PYTHONPATH.

A process that is confined, or another user, can open no file.  So lines go into memory that is shared with a file and
is inherited over C{fork}: chunks, each taken by one process, whose number is at the beginning.
"""

from __future__ import annotations

import mmap
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = "SSLPOOL_RECORDING"
"""
The environment variable with the folder of the recording's files.
"""

CHUNK, CHUNKS = 1 << 16, 1 << 10

HOOKED = "sslpool.messages.said"


class Lines:
    """
    What a process, and those that it forks, have recorded.
    """

    def __init__(self, folder: str) -> None:
        descriptor, _ = tempfile.mkstemp(dir=folder)
        os.truncate(descriptor, CHUNK * CHUNKS)
        self._memory = mmap.mmap(descriptor, CHUNK * CHUNKS)
        os.close(descriptor)
        self._seen: set[str] = set()
        self._place = self._end = 0
        os.register_at_fork(after_in_child=self._take)
        self._take()

    def _take(self) -> None:
        """
        Take the next chunk.
        """
        number = int.from_bytes(self._memory[:4], "little") + 1
        if number < CHUNKS:
            self._memory[:4] = number.to_bytes(4, "little")
            self._place, self._end = number * CHUNK, (number + 1) * CHUNK
        else:
            self._place = self._end = 0

    def add(self, text: str) -> None:
        """
        Record a text, once.
        """
        if text in self._seen:
            return
        self._seen.add(text)
        line = text.encode("utf-8", "backslashreplace")[: CHUNK // 2] + b"\0"
        if self._place + len(line) >= self._end:
            self._take()
        if self._end:
            self._memory[self._place : self._place + len(line)] = line
            self._place += len(line)


def recorded(folder: Path) -> Iterator[str]:
    """
    Yield what has been recorded.
    """
    for path in folder.iterdir():
        with open(path, "rb") as file:
            for number in range(1, int.from_bytes(file.read(4), "little") + 1):
                file.seek(number * CHUNK)
                lines = file.read(CHUNK).partition(b"\0\0")[0]
                yield from (line.decode("utf-8", "replace") for line in lines.split(b"\0") if line)


def hook(said: Any, lines: Lines) -> None:
    """
    Have each C{said} that is made recorded.
    """
    initialised = said.__init__

    def init(self: Any, *arguments: Any, **fields: Any) -> None:
        initialised(self, *arguments, **fields)
        with suppress(Exception):  # one that cannot be rendered is missing, and nobody's concern before it is read
            lines.add(str(self))

    said.__init__ = init


class Finder(MetaPathFinder):
    """
    Hooks the module of messages when it is imported.
    """

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """
        Find it as Python does, and add the hook.
        """
        if fullname != HOOKED:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def executed(module: ModuleType) -> None:
                execute(module)
                hook(module.Said, self._lines)

            spec.loader.exec_module = executed  # type: ignore[method-assign]
        return spec


if FOLDER in os.environ and Path(os.environ[FOLDER]).is_dir():
    sys.meta_path.insert(0, Finder(Lines(os.environ[FOLDER])))
