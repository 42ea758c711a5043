"""
Tests for the benchmarks: what they make of figures, and that their load generator counts what fails.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

from twisted.trial.unittest import SynchronousTestCase

from benchmarks.builds import NoBuild, wheelOf
from benchmarks.chart import bars
from benchmarks.check import Figures, chosen, order, paired
from benchmarks.check import table as checked
from benchmarks.compare import COLUMNS, relative, table
from benchmarks.running import ownProcessorTime
from sslpool.keydb.exchange import exportPem
from tests.doubles.certificates import makeAuthority

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


class CheckTests(SynchronousTestCase):
    """
    This checkout beside another build.
    """

    def test_least(self) -> None:
        """
        The least of each counts, wherever it is, and the median of what is beside each other.
        """
        figures = Figures([400.0, 300.0, 500.0], [440.0, 360.0, 315.0])
        self.assertAlmostEqual(figures.least, 1.05)
        self.assertAlmostEqual(figures.median, 1.1)

    def test_verdict(self) -> None:
        """
        More than 5 % worse is worse, if both ratios say so: a moment in which one was fast is none.
        """
        for base, this, worse in (
            ([300.0, 400.0], [316.0, 421.0], True),
            ([300.0, 400.0], [314.0, 419.0], False),
            ([400.0, 200.0, 400.0], [400.0, 400.0, 400.0], False),
            ([400.0, 400.0, 400.0], [440.0, 300.0, 440.0], False),
        ):
            self.assertEqual(Figures(base, this).worse, worse, (base, this))

    def test_unsettled(self) -> None:
        """
        A column needs more pairs until it has what was asked for, and one that is doubtful until it has four times
        that.
        """
        self.assertTrue(Figures([4.0, 2.0, 4.0], [4.0, 4.0, 4.0], 2).unsettled(2))
        for cost, pairs, wanted in ((1.0, 1, True), (1.0, 2, False), (1.1, 2, True), (1.1, 7, True), (1.1, 8, False)):
            self.assertEqual(Figures([1.0], [cost], pairs).unsettled(2), wanted, (cost, pairs))

    def test_order(self) -> None:
        """
        Each build is the first as often as the other.
        """
        self.assertEqual([order(number)[0] for number in range(4)], ["base", "this", "base", "this"])

    def paired(self, costs: dict[str, list[float]]) -> tuple[dict[str, Figures], list[str]]:
        """
        Return what comes of builds that cost this much from pair to pair, and which columns each pair was of.
        """
        asked: list[str] = []

        def measure(columns: Sequence[str], number: int) -> Iterator[tuple[str, str, float]]:
            asked.append(" ".join(columns))
            for name in columns:
                yield "base", name, 10.0
                yield "this", name, costs[name][number]

        self.patch(sys, "stderr", StringIO())
        return paired(measure, costs, 2), asked

    def test_disturbed(self) -> None:
        """
        Only the column that something has disturbed is measured again, until it is as good as the other build.
        """
        figures, asked = self.paired({"conn13": [11.0, 10.0], "ping": [13.0, 10.1, 10.1]})
        self.assertFalse(figures["ping"].worse)
        self.assertEqual(asked, ["conn13 ping", "conn13 ping", "ping"])

    def test_worse(self) -> None:
        """
        A column that stays worse gets eight pairs for two rounds, and is told in the table.
        """
        figures, asked = self.paired({"conn13": [10.0] * 2, "ping": [11.0] * 8})
        self.assertEqual(len(asked), 8)
        self.assertEqual(
            checked(figures).splitlines()[2:],
            [
                "| conn13 | 2 | 10.0 | 10.0 µs | 1.000 | 1.000 | ok |",
                "| ping | 8 | 10.0 | 11.0 µs | 1.100 | 1.100 | **worse** |",
            ],
        )

    def test_part(self) -> None:
        """
        A part of a column is fewer connections, or fewer octets, for as many operations fewer.
        """
        self.assertEqual(COLUMNS["ping"].part(5).load, ("ping", "-n", "10", "--pings", "300"))
        self.assertEqual(COLUMNS["ping"].part(5).operations, 3000)
        self.assertEqual(COLUMNS["up"].part(4).load, ("up", "-n", "6", "-c", "3", "--octets", str(1 << 25)))
        self.assertEqual(COLUMNS["up"].part(1), COLUMNS["up"])

    def test_chosen(self) -> None:
        """
        Columns are named with blanks or commas between them, and must exist.
        """
        self.assertEqual(chosen(""), list(COLUMNS))
        self.assertEqual(chosen("ping, conn13"), ["ping", "conn13"])
        with self.assertRaisesRegex(NoBuild, "no such column: pong; there are conn13 "):
            chosen("ping pong")

    def test_wheel(self) -> None:
        """
        What is no wheel of sslpool is refused in one line.
        """
        path = Path(self.mktemp())
        with self.assertRaisesRegex(NoBuild, "^.*: there is no such file; BASE=FILE.whl names the wheel"):
            wheelOf(path)
        path.write_text("no archive", "utf-8")
        with self.assertRaisesRegex(NoBuild, "is not a wheel$"):
            wheelOf(path)
        for name, good in (("other/__init__.py", False), ("sslpool/__init__.py", True)):
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr(name, "")
            if good:
                self.assertEqual(wheelOf(path), path)
            else:
                with self.assertRaisesRegex(NoBuild, "is not a wheel of sslpool$"):
                    wheelOf(path)

    def test_command(self) -> None:
        """
        The command says what is wrong on one line, with exit status 1.
        """
        command = [sys.executable, "-m", "benchmarks.check", self.mktemp()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (1, "", 1))
        self.assertTrue(done.stderr.startswith("bench-check: "), done.stderr)

    def test_processorTime(self) -> None:
        """
        The processor time of a process is what the kernel has counted, finer than hundredths of a second.
        """
        before = time.process_time()
        own = ownProcessorTime(os.getpid())
        self.assertTrue(before <= own <= time.process_time(), own)
