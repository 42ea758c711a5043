"""
What the tests of the configuration share: the configuration that comes with the product, and
short ways to read pieces of text.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase, TestCase

from sslpool.config.assembly import assemble
from sslpool.config.configuration import Assembly, Configuration, Position, ServerParameters
from sslpool.config.current import Current
from sslpool.config.exposure import LocalSystem
from sslpool.config.limits import Limits
from sslpool.config.tokens import Findings, TokenReader, tokenize
from sslpool.stack.front import localsystem

ETC = Path(__file__).resolve().parents[2] / "etc"
SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "zvm"


def etc() -> dict[str, str]:
    """
    Return the texts of the configuration that comes with the product.
    """
    return {path.name: path.read_text() for path in sorted(ETC.iterdir()) if path.is_file() and path.name.isupper()}


def zvm() -> dict[str, str]:
    """
    Return the texts of the files of a z/VM system.
    """
    return {path.name: path.read_text() for path in sorted(SAMPLES.iterdir()) if path.is_file()}


def assembled(changes: Mapping[str, str | None] | None = None, stack: str | None = None) -> Assembly:
    """
    Assemble that configuration with some files changed, or left out where C{None}.
    """
    files: dict[str, str | None] = {**etc(), **(changes or {})}
    return assemble({name: text for name, text in files.items() if text is not None}, "/conf", stack, "NODE1")


def current(**fields: Any) -> Current:
    """
    Return what is in effect where nothing is configured but C{fields}.
    """
    nobody: frozenset[str] = frozenset()
    parameters = ServerParameters()
    least = Configuration(
        "TCPIP", "*", 30, Limits(), "SSL", 5, "SSLDCSSM", nobody, nobody, (), (), (), parameters, parameters.keyFile
    )
    return Current(evolve(least, **fields))


def places(assembly: Assembly | Findings) -> list[tuple[str, str, int]]:
    """
    Return id, file and line of each finding.
    """
    found = assembly.all() if isinstance(assembly, Findings) else assembly.findings
    return [(each.said.id, each.file, each.line) for each in found]


def idsAndLines(findings: Findings) -> list[tuple[str, int]]:
    """
    Return id and line of each finding.
    """
    return [(each.said.id, each.line) for each in findings.all()]


def readerOf(text: str) -> TokenReader:
    """
    Return a reader of the words of C{text}.
    """
    return TokenReader(tokenize("F", text), Findings(), Position("F", 0))


def unprivileged(case: SynchronousTestCase | TestCase) -> None:
    """
    Have what is said of a configuration not depend on who runs the test, and on which machine.
    """
    case.patch(localsystem, "localSystem", lambda configuration: LocalSystem(others={4: "192.0.2.2"}))
