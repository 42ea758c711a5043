"""
Tests for L{sslpool.config.current}.
"""

from __future__ import annotations

import ast
from pathlib import Path

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

import sslpool
from sslpool.config.configuration import Application, Position
from tests.config.support import current

PACKAGE = Path(sslpool.__file__).parent


class CurrentTests(SynchronousTestCase):
    """
    Whoever asks is told what is in effect now.
    """

    def test_follows(self) -> None:
        """
        Every answer is that of the configuration that has come last.
        """
        now = current(administrators=frozenset({"A"}), obey=frozenset({"B"}), checks=(("L", "PREFERRED"),))
        self.assertEqual((now.authorized, now.applications, now.check("L")), ({"A", "B"}, set(), "PREFERRED"))
        application = Application("WEBSERV", None, None, Position("S", 1))
        now.configuration = evolve(now.configuration, obey=frozenset({"C"}), checks=(), applications=(application,))
        self.assertEqual((now.authorized, now.applications, now.check("L")), ({"A", "C"}, {"WEBSERV"}, "NONE"))

    def test_oneWriter(self) -> None:
        """
        The reconfiguration alone says what is in effect.
        """
        writers = {
            str(path.relative_to(PACKAGE))
            for path in PACKAGE.rglob("*.py")
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Attribute) and node.attr == "configuration" and isinstance(node.ctx, ast.Store)
        }
        self.assertEqual(writers, {"stack/configuration/reconfiguration.py"})
