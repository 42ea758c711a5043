# -*- test-case-name: tests.pool.test_exits -*-
"""
How a process ended, in an operator's words.  Agent and stack; pure.
"""

from __future__ import annotations

import os
import signal


def exitReason(status: int) -> str:
    """
    Return how a process ended whose C{waitpid} status is C{status}.
    """
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return f"killed by signal {number} ({_signalName(number)})"
    code = os.WEXITSTATUS(status)
    return "ended by itself" if code == 0 else f"ended with exit status {code}"


def _signalName(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "a real-time signal"
