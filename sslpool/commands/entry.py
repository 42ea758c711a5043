# -*- test-case-name: tests.commands.test_entry -*-
"""
Where the programs begin that an operator types.  Each is imported here, so that an interrupt during that ends it as at
any other time: this module itself imports little.  In the process of each program.
"""

from __future__ import annotations

import os
import signal
from functools import partial
from importlib import import_module
from typing import NoReturn

INTERRUPTED = 130
"""
The exit code of a program that was interrupted: what a shell says of one that a signal has ended.
"""


def enter(module: str, function: str = "main") -> int:
    """
    Be a program; return the exit code.

    @param module: its module in this package.
    @param function: what does its work and returns the exit code.
    """
    # Where SIGINT is ignored, as behind nohup, it stays so.
    interrupts = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if interrupts:
        signal.signal(signal.SIGINT, _end)
    try:
        program = getattr(import_module(f"sslpool.commands.{module}"), function)
        from sslpool.commands.streams import conclude
        from sslpool.librarywarnings import hideLibraryWarnings

        if interrupts:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        hideLibraryWarnings()
        return conclude(program)
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        if interrupts:
            signal.signal(signal.SIGINT, _end)


def _end(number: int, frame: object) -> NoReturn:
    """
    End at once: nothing has been begun, or all is done.
    """
    os._exit(INTERRUPTED)


ssladmin = partial(enter, "ssladmin.main")
"""
The program C{ssladmin}; returns the exit code.
"""

sslnetstat = partial(enter, "netstat.main")
"""
The program C{sslnetstat}; returns the exit code.
"""

obeyfile = partial(enter, "netstat.main", "obeyfile")
"""
The program C{obeyfile}; returns the exit code.
"""

gskkyman = partial(enter, "gskkyman.main")
"""
The program C{gskkyman}; returns the exit code.
"""

sslpool = partial(enter, "pool.main")
"""
The program C{sslpool}; returns the exit code.
"""

vmssl = partial(enter, "vmssl")
"""
The program C{vmssl}; returns the exit code.
"""
