"""
Tests for the benchmarks: what they make of figures, and that their load generator
counts what fails.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from twisted.trial.unittest import SynchronousTestCase

from benchmarks.chart import bars
from benchmarks.compare import COLUMNS, relative, table
from sslpool.keydb.operations import exportPem
from sslpool.testing.certificates import makeAuthority

MEDIANS = {"nginx": {"conn13": 400.0, "hold": 30.0}, "hitch": {"conn13": 500.0, "hold": 40.0}}
OURS = {"sslpool": {"conn13": 480.0, "hold": 21.0}}


class FiguresTests(SynchronousTestCase):
    """
    What is made of medians.
    """

    def test_relative(self) -> None:
        """
        Each figure is divided by that of the best peer, which we are not.
        """
        ratios = relative({**MEDIANS, **OURS})
        self.assertEqual(ratios["conn13"], {"nginx": 1.0, "hitch": 1.25, "sslpool": 1.2})
        self.assertEqual(ratios["hold"]["sslpool"], 0.7)

    def test_table(self) -> None:
        """
        The table ends with what we are in relation to the best.
        """
        lines = table({**MEDIANS, **OURS}).splitlines()
        self.assertEqual(lines[0], "| | conn13, µs | hold, kB |")
        self.assertEqual(lines[-1], "| sslpool/best | 1.20 | 0.70 |")

    def test_alone(self) -> None:
        """
        Without a peer there is nothing to be divided by.
        """
        self.assertNotIn("best", table(OURS))

    def test_picture(self) -> None:
        """
        The picture is SVG and has a bar for each figure.
        """
        ratios = relative({**MEDIANS, **OURS})
        titles = {name: (COLUMNS[name].title, COLUMNS[name].unit) for name in ratios}
        picture = bars("Cost & more", ratios, titles, ["a note"])
        texts = [each.text or "" for each in ElementTree.fromstring(picture).iter() if each.tag.endswith("text")]
        self.assertIn("Cost & more", texts)
        self.assertEqual([text for text in texts if text.startswith("sslpool")], ["sslpool 1.20", "sslpool 0.70"])


class LoadTests(SynchronousTestCase):
    """
    The load generator.
    """

    def test_failures(self) -> None:
        """
        Connections that get no TLS are counted as failed, and the others are still tried.
        """
        trusted = Path(self.mktemp())
        trusted.write_bytes(exportPem([makeAuthority().certificate]))
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
            command = [sys.executable, "-m", "benchmarks.load", "conn", str(port), str(trusted), "-n", "3", "-c", "1"]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as load:
                for _ in range(3):
                    listening.accept()[0].close()
                output, _ = load.communicate(timeout=60)
        figures = json.loads(output)
        self.assertEqual((figures["done"], figures["failed"]), (0, 3))
