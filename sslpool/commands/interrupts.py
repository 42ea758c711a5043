# -*- test-case-name: tests.commands.test_entry -*-
"""
What Ctrl-C does while a reactor works for a command: it cancels that.  An exception instead would
end in the reactor's hands.  In the process of the command.
"""

from __future__ import annotations

import signal
from collections.abc import Callable

from attrs import define, field


@define
class Interrupts:
    """
    Interrupts, from when it is entered until it is left.  Where they are ignored they stay so.
    """

    _happened: bool = field(default=False, init=False)
    _cancel: Callable[[], object] | None = field(default=None, init=False)
    _installed: bool = field(default=False, init=False)

    def __enter__(self) -> Interrupts:
        self._installed = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if self._installed:
            signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(self, *error: object) -> None:
        if self._installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def cancelling(self, cancel: Callable[[], object]) -> None:
        """
        Say what an interrupt does; one that has come before does it at once.
        """
        self._cancel = cancel
        if self._happened:
            cancel()

    def _interrupt(self, number: int, frame: object) -> None:
        self._happened = True
        if self._cancel is not None:
            self._cancel()
