# -*- test-case-name: tests.live.operator.test_facts -*-
"""
What cannot be the same twice in an answer, and what stands for it in a file of expectations.

Nothing is replaced because it looks right: a port or a process id must be one that the test knows, and a
moment must lie between the beginning of the test and now.  Everything else stays as it was said, and differs.
"""

from __future__ import annotations

import re

from tests.live.operator.moments import Moments

PID_WIDTH = 5
"""
Columns that a process id gets in a table, whatever the machine's process ids have.
"""

_PID = r'(?:process |Process |pid |PROCESS=|"pid": |"agentPid": )'
_PLACES = {"pid": rf"({_PID}){{}}(?!\w)", "port": r"((?<![\w-])){}(?!\w)", "text": r"(){}"}


class Facts:
    """
    What a test knows.

    @param begun: when it began, in seconds since the epoch.
    """

    def __init__(self, begun: float) -> None:
        self._moments = Moments(begun)
        self._known: dict[tuple[str, str], str] = {}

    @property
    def zone(self) -> str:
        """
        The environment variable TZ in which it is noon.
        """
        return self._moments.zone

    def pid(self, number: int, name: str) -> None:
        """
        Know a process; C{name} has three characters.  It is replaced where a process id is named as one.
        """
        self._known.setdefault(("pid", str(number)), f"‹{name}›")

    def port(self, number: int, name: str) -> None:
        """
        Know a port; C{name} has three characters.
        """
        self._known["port", str(number)] = f"‹{name}›"

    def days(self, number: int) -> None:
        """
        Know that something ends so many days after it was made.
        """
        self._moments.days(number)

    def digest(self, digest: str, name: str) -> None:
        """
        Know a digest, octets with colons between, which may stand in two lines.
        """
        middle = len(digest) // 2
        self.text(digest[:middle], f"‹digest of {name}›")
        self.text(digest[middle + 1 :], "‹its rest›")

    def text(self, text: str, mark: str) -> None:
        """
        Know a text that the test has made.
        """
        self._known["text", text] = mark

    def marked(self, text: str, now: float) -> str:
        """
        Return a text with marks for what is known.

        @raise AssertionError: the text has a mark already, so that it could not be told from ours.
        """
        if "‹" in text or "›" in text:
            raise AssertionError(f"a mark of expectations in an answer: {text!r}")
        # A process may have the number of a port.
        text = self._replaced(self._tables(self._replaced(text, "pid")), "port", "text")
        return self._moments.marked(text, now)

    def _replaced(self, text: str, *kinds: str) -> str:
        for (kind, known), mark in self._known.items():
            if kind in kinds:
                text = re.sub(_PLACES[kind].format(re.escape(known)), rf"\g<1>{mark}", text)
        return text

    def _tables(self, text: str) -> str:
        """
        Give every column of process ids the same width.
        """
        lines = text.split("\n")
        for number, line in enumerate(lines):
            if (title := re.search(r" Pid( |$)", line)) and set(lines[number + 1]) == {"-", " "}:
                self._column(lines, number, title.start() + len(" Pid"))
        return "\n".join(lines)

    def _column(self, lines: list[str], first: int, end: int) -> None:
        width = len(lines[first + 1][:end].rpartition(" ")[2])
        for number in range(first, len(lines)):
            if not lines[number]:
                break
            before, cell, after = lines[number][: end - width], lines[number][end - width : end], lines[number][end:]
            if cell:
                lines[number] = before + self._cell(cell) + after

    def _cell(self, cell: str) -> str:
        if set(cell) == {"-"} and len(cell) > 1:
            return "-" * PID_WIDTH
        return self._known.get(("pid", cell.strip()), cell.strip()).rjust(PID_WIDTH)
