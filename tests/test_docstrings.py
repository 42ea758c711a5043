# -*- test-case-name: tests.test_docstrings -*-
"""
Docstrings agree with the source, as far as can be told without pydoctor, which C{make api} runs and which takes
minutes: what they link to is there, and so are the parameters that they describe.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.test_layers import ROOT, modules, named, parsed

_LINK = re.compile(r"L{(?:[^}<]*<)?([\w.]+)>?}")
_PARAMETER = re.compile(r"^@param (\w+):", re.MULTILINE)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def brokenLinks(path: Path) -> Iterator[str]:
    """
    Yield the links of a module that lead nowhere, or out of the package: pydoctor knows no other.  It finds a name
    in any module, if the module itself does not have it.
    """
    known = _everyName() - (_foreign(parsed(path)) - _namesIn(parsed(path)))
    for match in _LINK.finditer(path.read_text("utf-8")):
        link = " ".join(match[1].split())
        if not (_isPlace(link) if link.startswith("sslpool.") else link.split(".")[0] in known):
            yield f"{path.relative_to(ROOT)}: {link}"


def _namesIn(tree: ast.AST) -> set[str]:
    """
    Return what a module defines, in its classes too, and what it has from other modules of the package.
    """
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                names.add(node.name)
            case ast.Assign():
                names.update(
                    each.id for target in node.targets for each in ast.walk(target) if isinstance(each, ast.Name)
                )
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Attribute(attr=name, ctx=ast.Store()):
                names.add(name)
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] == "sslpool":
                names.update(alias.asname or alias.name for alias in node.names)
    return names


@cache
def _everyName() -> frozenset[str]:
    return frozenset(name for path in modules() for name in _namesIn(parsed(path)))


def _foreign(tree: ast.AST) -> set[str]:
    """
    Return the names that a module has from outside the package.
    """
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        and not (getattr(node, "module", "") or "").startswith("sslpool")
        for alias in node.names
        if not alias.name.startswith("sslpool")
    }


def _isPlace(link: str) -> bool:
    """
    Whether there is a module by this name, or something in one.
    """
    rest: list[str] = []
    while link not in named():
        link, _, name = link.rpartition(".")
        rest.append(name)
    return not rest or rest[-1] in _namesIn(parsed(named()[link]))


def unknownParameters(path: Path) -> Iterator[str]:
    """
    Yield the parameters that docstrings of a module describe and that nobody has.  Those of a class are what it is
    made with.
    """
    for node in ast.walk(parsed(path)):
        if isinstance(node, Function | ast.ClassDef):
            known = _parametersOf(node)
            wrong = set(_PARAMETER.findall(ast.get_docstring(node) or "")) - known if known is not None else set()
            yield from (f"{path.relative_to(ROOT)}: {node.name}: {name}" for name in sorted(wrong))


def _parametersOf(node: Function | ast.ClassDef) -> set[str] | None:
    """
    Return what a function takes; of a class, what it is made with, or C{None} where another class says so.
    """
    if not isinstance(node, ast.ClassDef):
        return {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
    made = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
    fields = [each.target for each in node.body if isinstance(each, ast.AnnAssign)]
    own = {each.id for each in fields if isinstance(each, ast.Name)}
    return _parametersOf(made[0]) if made else (own if own or not node.bases else None)


class DocstringTests(SynchronousTestCase):
    """
    Docstrings of the package.
    """

    def test_links(self) -> None:
        """
        Every link leads to something of the package.
        """
        self.assertEqual([wrong for path in modules() for wrong in brokenLinks(path)], [])

    def test_parameters(self) -> None:
        """
        Every parameter that is described is there.
        """
        self.assertEqual([wrong for path in modules() for wrong in unknownParameters(path)], [])
