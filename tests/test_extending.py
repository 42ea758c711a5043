"""
The examples of docs/examples/extending fit the tree, and are small.  C{make integration PART=extending} builds and
tests what they make of it.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.extending import FOLDER, patches

ROOT = Path(__file__).resolve().parent.parent

MOST = 5
"""
The most files that one touches besides documents and tests.
"""


class PatchTests(SynchronousTestCase):
    """
    The patches.
    """

    def test_fit(self) -> None:
        """
        Each can be applied to the tree as it is.
        """
        for name, patch in patches().items():
            command = ["git", "apply", "--check", str(patch.path)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""), name)

    def test_small(self) -> None:
        """
        Each touches few files besides documents and tests, and has both.
        """
        for name, patch in patches().items():
            self.assertLessEqual(len(patch.source), MOST, name)
            self.assertTrue(patch.tests, name)
            self.assertTrue(any(each.startswith("docs/") for each in patch.files), name)

    def test_described(self) -> None:
        """
        The page beside them describes these and no others.
        """
        page = (FOLDER / "README.md").read_text("utf-8")
        self.assertEqual({word for word in ("protocol", "word", "operand") if f"{word}.patch" in page}, set(patches()))
