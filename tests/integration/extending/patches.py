"""
Every patch of docs/examples/extending, applied to a copy of the tree.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree

from twisted.trial.unittest import SynchronousTestCase

from tests.extending import ALWAYS, patches

ROOT = Path(__file__).resolve().parents[3]
LEFT_OUT = ignore_patterns(".*", "_trial_temp*", "__pycache__", "build", "dist", "*.egg-info")
LONGEST = 150.0
"""
How long one step may take, in seconds.
"""


class ExtendingTests(SynchronousTestCase):
    """
    The patches.
    """

    def test_protocol(self) -> None:
        """
        One more protocol of dynamic SSL.
        """
        self.tryOut("protocol", "tests.starttls.test_properties", "tests.starttls.test_protocols")

    def test_word(self) -> None:
        """
        One more word of SSLADMIN.
        """
        self.tryOut("word", "tests.control.test_client", "tests.test_jsonnames")

    def test_operand(self) -> None:
        """
        One more operand of PORT.
        """
        self.tryOut("operand", "tests.config.test_changes", "tests.stack.configuration.test_oneline")

    def tryOut(self, name: str, *modules: str) -> None:
        """
        Apply a patch, check and test the tree, and build its wheel.
        """
        patch = patches()[name]
        # Not below the checkout: git would take what is to be changed for a part of it.
        folder = Path(tempfile.mkdtemp())
        self.addCleanup(rmtree, folder)
        tree = folder / "tree"
        copytree(ROOT, tree, ignore=LEFT_OUT)
        self.run_(tree, "git", "apply", str(patch.path))
        self.run_(tree, sys.executable, "docs/generate.py", PYTHONPATH=str(tree))
        self.run_(tree, sys.executable, "-m", "ruff", "check", "--no-cache", *patch.programs)
        self.run_(tree, sys.executable, "-m", "twisted.trial", *dict.fromkeys((*patch.tests, *modules, *ALWAYS)))
        self.run_(tree, sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", "dist", ".")
        self.assertEqual(len(list((tree / "dist").glob("*.whl"))), 1)

    def run_(self, folder: Path, *command: str, **environment: str) -> None:
        """
        Run a program there, which is to succeed.
        """
        run = partial(subprocess.run, capture_output=True, text=True, timeout=LONGEST, check=False)
        done = run(command, cwd=folder, env={**os.environ, **environment})
        self.assertEqual(done.returncode, 0, f"{command[1:4]}: {(done.stdout + done.stderr)[-4000:]}")
