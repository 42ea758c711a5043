"""
Tests for L{sslpool.server.figures}.
"""

from __future__ import annotations

import gc
import os

from twisted.trial.unittest import SynchronousTestCase

from sslpool.server import figures
from sslpool.server.figures import PERIOD, Figures
from sslpool.wire.segment import BEAT


class FiguresTests(SynchronousTestCase):
    """
    What a process says of itself.
    """

    def setUp(self) -> None:
        """
        Have figures of this process.
        """
        self.figures = Figures()

    def beats(self, *moments: float) -> float:
        """
        Beat at these times, and return the lag after that.
        """
        for moment in moments:
            self.figures.beat(moment)
        return self.figures.lag()

    def test_memory(self) -> None:
        """
        Memory that is used is counted.
        """
        # What others have left would be given back meanwhile; so much is never taken from what had been freed.
        gc.collect()
        before = self.figures.memory()
        used = b"x" * (64 << 20)
        self.assertGreaterEqual(self.figures.memory(), before + (len(used) >> 1))

    def test_descriptors(self) -> None:
        """
        Descriptors that are opened and closed are counted, also where the system does not say their number.
        """
        real = os.fstat
        for size in (lambda descriptor: real(descriptor), lambda descriptor: os.stat_result([0] * 10)):
            self.patch(os, "fstat", size)
            before = self.figures.descriptors()
            pair = os.pipe()
            self.assertEqual(self.figures.descriptors(), before + 2)
            for descriptor in pair:
                os.close(descriptor)
            self.assertEqual(self.figures.descriptors(), before)

    def test_unknown(self) -> None:
        """
        Where the system does not show it, nothing is known.
        """
        self.patch(figures, "_opened", lambda path, flags: None)
        found = Figures()
        self.assertEqual((found.memory(), found.descriptors(), found.lag()), (0, 0, 0.0))

    def test_lag(self) -> None:
        """
        The lag is the greatest lateness of the last minute; to be early, or in time, is none.
        """
        self.assertEqual(self.beats(0.0, BEAT, 2 * BEAT), 0.0)
        now = 3 * BEAT + 2
        self.assertEqual(self.beats(now), 2.0)
        self.assertEqual(self.beats(now + BEAT + 1), 2.0)
        later = now + BEAT + 1
        self.assertEqual(self.beats(*(later + BEAT * number for number in range(1, 9))), 2.0)
        self.assertEqual(self.beats(*(later + BEAT * number for number in range(9, int((PERIOD - 0.5) / BEAT)))), 1.0)
        self.assertEqual(self.beats(later + 2 * PERIOD), 2 * PERIOD - (int((PERIOD - 0.5) / BEAT) - 1) * BEAT - BEAT)
