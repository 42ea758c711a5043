"""
Programs as their users run them: what they are called, what they write, how they end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from re import Match, search
from typing import IO, Any

from attrs import frozen

LIMIT = 60.0
"""
How long a test waits for what must happen, in seconds: for a machine with other work.
"""

CHECKOUT = Path(__file__).parents[2]


def program(name: str) -> str:
    """
    Return the path of a program that was installed with this Python.

    @raise FileNotFoundError: it was not; "pip install -e ." does that.
    """
    beside = os.path.join(os.path.dirname(sys.executable), name)
    if not os.path.exists(beside):
        raise FileNotFoundError(beside)
    return beside


def environment(**variables: str) -> dict[str, str]:
    """
    Return the environment for a program of this checkout.
    """
    path = os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **variables}


@frozen
class Outcome:
    """
    What a command did.

    @ivar code: its exit status.
    @ivar output: what it wrote.
    @ivar error: what it wrote as errors.
    """

    code: int
    output: str
    error: str

    def json(self) -> Any:
        """
        Return its output, one JSON document.
        """
        return json.loads(self.output)


def run(
    *command: str, input: str | None = None, shell: bool = False, limit: float = LIMIT, **variables: str
) -> Outcome:
    """
    Run a command to its end.

    @param input: what it reads.
    @param shell: the one word of C{command} is a line for the shell.
    @param limit: how long it may take, in seconds.
    """
    done = subprocess.run(
        command[0] if shell else command,
        input=input if input is not None else "",
        capture_output=True,
        text=True,
        timeout=limit,
        shell=shell,
        env=environment(**variables),
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


class Log:
    """
    What a process writes, line by line, while it writes.

    @param stream: the reading end of its output.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._lines: list[str] = []
        self._ended = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._reader.start()

    def _read(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                with self._changed:
                    self._lines.append(line.rstrip("\n"))
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @property
    def text(self) -> str:
        """
        All that was written until now.
        """
        with self._changed:
            return "\n".join(self._lines)

    def found(self, pattern: str) -> list[str]:
        """
        Return the lines in which the regular expression C{pattern} is found.
        """
        return [line for line in self.text.splitlines() if search(pattern, line)]

    def wait(self, pattern: str, count: int = 1, limit: float = LIMIT) -> Match[str]:
        """
        Wait until C{pattern} is found in C{count} lines, and return the last match.

        @raise AssertionError: the process has ended, or C{limit} has passed.
        """
        deadline = time.monotonic() + limit
        with self._changed:
            while True:
                matches = [match for line in self._lines if (match := search(pattern, line))]
                if len(matches) >= count:
                    return matches[count - 1]
                left = deadline - time.monotonic()
                if self._ended or left <= 0:
                    lines = "\n".join(self._lines[-25:])
                    when = "when the program ended" if self._ended else f"within {limit:.0f} s"
                    raise AssertionError(f"{pattern!r} was not written {count} times {when}, but:\n{lines}")
                self._changed.wait(left)

    def waitForEnd(self) -> None:
        """
        Wait until all has been read.
        """
        self._reader.join(LIMIT)
