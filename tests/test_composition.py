"""
Tests for L{sslpool.composition}: the whole stack is made on a reactor in memory, and every wire in it
leads to where it should.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from twisted.application.service import IService
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import Interface, Invalid
from zope.interface.verify import verifyObject

from sslpool.composition.runmodes import RunMode
from sslpool.composition.stack import Stack, makeStack, services
from sslpool.interfaces import (
    IAcceptor,
    IPool,
    IPorts,
    IReconfigurable,
    IReconfiguration,
    IReloadable,
    IRollback,
    IStackReactor,
    IStarterClient,
)
from sslpool.stack.orderedservices import OrderedServices
from tests.config.support import current
from tests.doubles.reactor import FakeReactor
from tests.test_layers import PACKAGE, modules, parsed

LONGEST = 30
COMPOSED = [*modules(PACKAGE / "composition"), PACKAGE / "ssldcssm.py", PACKAGE / "tap.py"]

Wire = tuple[object, str, type[Interface], object]
"""
Who has it, as which attribute, what it is to provide, and what it is.
"""


def wires(stack: Stack) -> list[Wire]:
    """
    Return every wire of a stack.
    """
    pool, control, front = stack.pool.pool, stack.control, stack.front
    return [
        (stack.logs.logs, "_pool", IPool, pool),
        (stack.pool.limit, "_pool", IPool, pool),
        (stack.pool.starter, "_client", IStarterClient, pool.processes),
        (pool, "room", IAcceptor, front.acceptor),
        (pool, "_ports", IPorts, front.listening),
        (pool._seats, "_room", IAcceptor, front.acceptor),
        (pool.processes, "_ports", IPorts, front.listening),
        (front.renewal, "_others", IReloadable, (front.lookups, control.remote)),
        (control.administration, "_reconfiguration", IReconfiguration, control.reconfiguration),
        (control.administration, "_back", IRollback, control.rollback),
    ]


def broken(stack: Stack) -> list[str]:
    """
    Return the wires that lead nowhere, or elsewhere.
    """
    wrong = []
    for owner, attribute, interface, wanted in wires(stack):
        found = getattr(owner, attribute, None)
        ends = found if isinstance(found, tuple) else (found,)
        try:
            right = all(verifyObject(interface, each) for each in ends)
        except Invalid:
            right = False
        if not right or ends != (wanted if isinstance(wanted, tuple) else (wanted,)):
            wrong.append(f"{type(owner).__name__}.{attribute}")
    return wrong


def attributesIn(method: ast.FunctionDef) -> Iterator[str]:
    """
    Yield the attributes of itself that a method sets.
    """
    for node in ast.walk(method):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def early(function: ast.AST) -> Iterator[str]:
    """
    Yield the names that functions within a function use before they are bound in it.
    """
    bound: dict[str, int] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.FunctionDef):
            bound.setdefault(node.name, node.lineno)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound[node.id] = min(node.lineno, bound.get(node.id, node.lineno))
    for inner in ast.walk(function):
        if isinstance(inner, ast.Lambda | ast.FunctionDef) and inner is not function:
            within = [each for each in ast.walk(inner) if isinstance(each, ast.Name)]
            own = {each.arg for each in ast.walk(inner) if isinstance(each, ast.arg)}
            own |= {each.id for each in within if isinstance(each.ctx, ast.Store)}
            names = {each.id for each in within} - own
            yield from (f"{name}, line {inner.lineno}" for name in names if bound.get(name, 0) > inner.lineno)


class StackCase(SynchronousTestCase):
    """
    Tests with a stack that is not started.
    """

    def make(self) -> Stack:
        """
        Make a stack, on a reactor of its own.
        """
        self.reactor = cast(IStackReactor, FakeReactor())
        self.served: list[bool] = []
        configuration = current(keyFile="/nowhere.pem").configuration
        self.mode = RunMode(configuration, "/nowhere", serving=lambda: self.served.append(True))
        return makeStack(self.reactor, self.mode)


class WiringTests(StackCase):
    """
    Each wire leads to the very object, which provides what is wanted of it.
    """

    def test_wires(self) -> None:
        """
        So it is in a stack.
        """
        self.assertEqual(broken(self.make()), [])

    def test_all(self) -> None:
        """
        No wire is forgotten here: what any C{wire} method sets is looked at, but for a server's own
        (L{tests.control.test_serverlink}).
        """
        found = {
            f"{owner.name}.{attribute}"
            for path in modules()
            for owner in ast.walk(parsed(path))
            if isinstance(owner, ast.ClassDef) and path.name not in ("servers.py", "serverlink.py")
            for method in owner.body
            if isinstance(method, ast.FunctionDef) and method.name == "wire"
            for attribute in attributesIn(method)
        }
        known = {f"{type(owner).__name__}.{attribute}" for owner, attribute, *_ in wires(self.make())}
        self.assertEqual(found, known)

    def test_cut(self) -> None:
        """
        A wire that is cut is noticed, whichever it is.
        """
        for owner, attribute, *_ in wires(self.make()):
            kind = type(owner)
            cut = self.patch(kind, "wire", lambda owner, *ends: None)
            self.assertIn(f"{kind.__name__}.{attribute}", broken(self.make()))
            cut.restore()

    def test_crossed(self) -> None:
        """
        Who is wired to something else says so at once.
        """
        calls: list[tuple[Any, tuple[object, ...]]] = []
        for kind in {type(owner) for owner, *_ in wires(self.make())}:
            wire = cast(Any, kind).wire

            def kept(owner: object, *ends: object, wire: Any = wire) -> None:
                calls.append((owner, ends))
                wire(owner, *ends)

            self.patch(kind, "wire", kept)
        self.make()
        self.assertEqual(len(calls), 8)
        for owner, ends in list(calls):
            for index in range(len(ends)):
                self.assertRaises(Invalid, owner.wire, *ends[:index], object(), *ends[index + 1 :])


class StackTests(StackCase):
    """
    What is made of the parts.
    """

    def test_services(self) -> None:
        """
        All are services, of one collection, and the last one follows signals.
        """
        stack = self.make()
        made = services(self.reactor, self.mode, stack, [])
        self.assertTrue(all(verifyObject(IService, each) for each in made))
        collection = OrderedServices(made)
        self.assertIs(collection.getServiceNamed("control"), stack.control.local)
        self.assertEqual(type(made[-1]).__name__, "Signals")

    def test_subjects(self) -> None:
        """
        Who takes a change of the configuration is an L{IReconfigurable}.
        """
        subjects = self.make().control.reconfiguration._subjects
        self.assertEqual(len(subjects), 6)
        self.assertTrue(all(verifyObject(IReconfigurable, each) for each in subjects))

    def test_serving(self) -> None:
        """
        When the first server is Active that is said, after the ports are served (L{WiringTests}).
        """
        stack = self.make()
        self.assertEqual((stack.front.listening._serving, self.served), (False, []))
        stack.pool.pool.firstActive.callback(None)
        self.assertEqual(self.served, [True])


class SourceTests(SynchronousTestCase):
    """
    How the places are written where the roles meet.
    """

    def each(self) -> Iterator[tuple[Path, ast.AST]]:
        """
        Yield every node of the syntax there.
        """
        for path in COMPOSED:
            for node in ast.walk(parsed(path)):
                yield path, node

    def test_short(self) -> None:
        """
        What makes a part has at most 30 lines.
        """
        lengths = {
            node.name: 1 + (node.end_lineno or 0) - node.lineno
            for _, node in self.each()
            if isinstance(node, ast.FunctionDef) and node.name.startswith("make") and node.name[4].isupper()
        }
        self.assertLessEqual({"makeLogs", "makePool", "makeFront", "makeControl", "makeStack"}, lengths.keys())
        self.assertEqual({name: length for name, length in lengths.items() if length > LONGEST}, {})

    def test_complete(self) -> None:
        """
        No part is completed by setting its attributes.  The agent's words are memory that it shares.
        """
        wrong = [
            f"{path.name}, line {node.lineno}: {ast.unparse(node)}"
            for path, node in self.each()
            if (isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store))
            or (isinstance(node, ast.Name) and node.id == "setattr")
            if ast.unparse(node) not in ("self.logs", "agent.keys", "agent.progress")
        ]
        self.assertEqual(wrong, [])

    def test_bound(self) -> None:
        """
        No function uses what its surroundings make only later.
        """
        wrong = [
            f"{path.name}: {name}"
            for path, node in self.each()
            if isinstance(node, ast.FunctionDef)
            for name in early(node)
        ]
        self.assertEqual(wrong, [])
