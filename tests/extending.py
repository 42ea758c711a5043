"""
The patches of docs/examples/extending.
"""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "examples" / "extending"

ALWAYS = ("tests.test_documents", "tests.test_layers")
"""
The tests of what concerns every change.
"""


@frozen
class Patch:
    """
    A patch.

    @ivar path: where it is.
    @ivar files: the files that it changes or adds.
    """

    path: Path
    files: tuple[str, ...]

    @property
    def programs(self) -> list[str]:
        """
        Those in Python.
        """
        return [name for name in self.files if name.endswith(".py")]

    @property
    def tests(self) -> list[str]:
        """
        The modules with tests among them.
        """
        names = [Path(name) for name in self.programs]
        return [".".join(name.with_suffix("").parts) for name in names if name.name.startswith("test_")]

    @property
    def source(self) -> list[str]:
        """
        Those that are neither documents nor tests.
        """
        return [name for name in self.files if name.split("/")[0] not in ("docs", "tests")]


def patches() -> dict[str, Patch]:
    """
    Return all of them by name.
    """
    return {path.stem: Patch(path, _files(path.read_text("utf-8"))) for path in sorted(FOLDER.glob("*.patch"))}


def _files(text: str) -> tuple[str, ...]:
    return tuple(line.removeprefix("+++ b/") for line in text.splitlines() if line.startswith("+++ b/"))
