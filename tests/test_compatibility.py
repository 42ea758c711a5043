# -*- test-case-name: tests.test_compatibility -*-
"""
Tests for L{tests.compatibility}, and for the bounds of C{setup.cfg}.
"""

from __future__ import annotations

import re

from twisted.python.reflect import namedAny
from twisted.trial.unittest import SynchronousTestCase

from tests.compatibility import IMPORTED, ROOT, TESTS, nameOf, requirements, wanted


class OldestTests(SynchronousTestCase):
    """
    The lowest releases.
    """

    def test_floors(self) -> None:
        """
        Those that C{setup.cfg} permits are those that are tried.
        """
        dev = wanted("options.extras_require", "dev")
        permitted = wanted("options", "install_requires") | {name: dev[name] for name in IMPORTED}
        floors = {name: re.findall(r">=\s*([\d.]+)", line) for name, line in permitted.items()}
        lines = (ROOT / "tests" / "oldest.txt").read_text("ascii").splitlines()
        tried = {nameOf(line): [line.partition("==")[2]] for line in lines if not line.startswith("#")}
        self.assertEqual(floors, tried)


class EnvironmentTests(SynchronousTestCase):
    """
    What an environment is made of.
    """

    def test_given(self) -> None:
        """
        What is given counts instead of the bounds, with the extras that are needed.
        """
        bounds = requirements(())
        made = requirements(["twisted==27.1.0", "pyOpenSSL>=1"])
        self.assertEqual(len(made), len(bounds))
        self.assertIn("twisted[tls,conch]==27.1.0", made)
        self.assertIn("pyOpenSSL>=1", made)
        self.assertEqual({nameOf(each) for each in made}, {nameOf(each) for each in bounds})

    def test_tests(self) -> None:
        """
        The tests that are run are there.
        """
        for name in TESTS:
            self.assertTrue(namedAny(name))
