"""
Clients at a bounded rate: each visit has a thread, and its outcome is in the book.
"""

from __future__ import annotations

import threading
import time
import traceback
from random import Random

from tests.chaos.accounting import Book, Loss
from tests.chaos.clients import BROKEN, PATIENCE, PROTOCOLS, Places, Visit, Wrong

RATE = 6.0
"""
How many visits begin in a second.
"""

MOST = 30
"""
The most visits at once: fewer than the pool has room for while some of its servers are away.
"""


class Traffic(threading.Thread):
    """
    Begins visits until it is told to end.

    @ivar faults: tracebacks of clients that have made a mistake of their own.
    @param seed: what chooses protocols, octets and pauses.
    """

    def __init__(self, seed: int, places: Places, book: Book) -> None:
        super().__init__(daemon=True)
        self.faults: list[str] = []
        self._seed = seed
        self._places = places
        self._book = book
        self._ending = threading.Event()
        self._room = threading.Semaphore(MOST)
        self._visits: list[threading.Thread] = []

    def run(self) -> None:
        """
        Begin one visit after another.
        """
        number = 0
        while not self._ending.wait(1 / RATE):
            self._room.acquire()
            number += 1
            visit = threading.Thread(target=self._visit, args=(number,), daemon=True)
            self._visits = [each for each in self._visits if each.is_alive()] + [visit]
            visit.start()

    def complete(self) -> None:
        """
        Begin no more, and wait until the last visit has ended, as it must by its time limits.
        """
        self._ending.set()
        self.join()
        deadline = time.monotonic() + 2 * PATIENCE
        for each in self._visits:
            each.join(max(0.0, deadline - time.monotonic()))
            if each.is_alive():
                self.faults.append("a visit has no end")

    def _visit(self, number: int) -> None:
        random = Random(f"{self._seed}/{number}")
        protocol = random.choice(PROTOCOLS)
        name, began = f"{number} ({protocol.__name__})", time.monotonic()
        visit = Visit(number, random, self._book, self._places)
        try:
            protocol(visit)
        except Wrong as error:
            self._book.lost(Loss(name, began, time.monotonic(), str(error), wrong=True))
        except BROKEN as error:
            reason = f"{type(error).__name__}: {error}"
            self._book.lost(Loss(name, began, time.monotonic(), reason))
        except Exception:
            self.faults.append(traceback.format_exc())
        finally:
            visit.answered()
            self._room.release()
