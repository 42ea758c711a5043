# -*- test-case-name: tests.commands.test_entry -*-
"""
Where the programs begin that an operator types.  Each is imported here, so that an
interrupt during that ends it as at any other time: this module itself imports little.
In the process of each program.
"""

from __future__ import annotations

import os
import signal
from importlib import import_module
from typing import NoReturn

INTERRUPTED = 130
"""
The exit code of a program that was interrupted: what a shell says of one that a signal has ended.
"""


def ssladmin() -> int:
    """
    The program C{ssladmin}; return the exit code.
    """
    return enter("ssladmin.main")


def sslnetstat() -> int:
    """
    The program C{sslnetstat}; return the exit code.
    """
    return enter("netstat.main")


def obeyfile() -> int:
    """
    The program C{obeyfile}; return the exit code.
    """
    return enter("netstat.main", "obeyfile")


def gskkyman() -> int:
    """
    The program C{gskkyman}; return the exit code.
    """
    return enter("gskkyman.main")


def sslpool() -> int:
    """
    The program C{sslpool}; return the exit code.
    """
    return enter("pool.main")


def vmssl() -> int:
    """
    The program C{vmssl}; return the exit code.
    """
    return enter("vmssl")


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
