# -*- test-case-name: tests.test_packaging -*-
"""
What C{setup.cfg} says about the project is so: the list of packages is explicit
(C{twisted.plugins} could not be found otherwise) and would else be forgotten.
"""

from __future__ import annotations

import re
import subprocess
from configparser import ConfigParser
from importlib import import_module
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

ROOT = Path(__file__).resolve().parent.parent


class PackagingTests(SynchronousTestCase):
    """
    The metadata of the project.
    """

    def setUp(self) -> None:
        self.metadata = ConfigParser(interpolation=None)
        self.metadata.read(ROOT / "setup.cfg", "utf-8")

    def test_packages(self) -> None:
        """
        Every folder with modules is a package of the project, and no other is named.
        """
        folders = {path.parent for path in (ROOT / "sslpool").rglob("*.py")}
        found = {".".join(folder.relative_to(ROOT).parts) for folder in folders} | {"twisted.plugins"}
        self.assertEqual(found, set(self.metadata["options"]["packages"].split()))

    def test_typed(self) -> None:
        """
        Whoever imports the package is checked with its annotations: the mark is there, and goes with it.
        """
        self.assertTrue((ROOT / "sslpool" / "py.typed").is_file())
        self.assertEqual(self.metadata["options.package_data"]["sslpool"].split(), ["py.typed"])

    def test_programs(self) -> None:
        """
        Every console script is a function that exists.
        """
        scripts = self.metadata["options.entry_points"]["console_scripts"].strip().splitlines()
        for script in scripts:
            module, _, function = script.partition("=")[2].strip().partition(":")
            self.assertTrue(callable(getattr(import_module(module), function)), script)


class MakeTests(SynchronousTestCase):
    """
    What C{Makefile} would do.
    """

    def planned(self, target: str, environment: str) -> str:
        """
        Return the commands for a target.
        """
        return subprocess.run(
            ["make", "--dry-run", "--always-make", target, f"venv={environment}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def test_demo(self) -> None:
        """
        The demonstration installs what the program needs, and uses what has been installed for tests.
        """
        environment = Path(self.mktemp())
        environment.mkdir()
        self.assertIn("--editable '.'\n", self.planned("demo", str(environment.resolve())))
        (environment / "made").touch()
        self.assertIn("--editable '.[dev]'\n", self.planned("demo", str(environment.resolve())))

    def test_coverage(self) -> None:
        """
        What is measured is every test but those with processes of the product, and those of C{make integration}.
        """
        commands = self.planned("coverage", self.mktemp())
        ran = set(re.findall(r"twisted\.trial (.*)", commands)[0].split())
        folders = {path.parent for path in (ROOT / "tests").glob("*/test_*.py")} - {ROOT / "tests" / "live"}
        places = [*folders, *(path.with_suffix("") for path in (ROOT / "tests").glob("test_*.py"))]
        self.assertEqual(ran, {f"tests.{place.name}" for place in places})
