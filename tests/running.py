"""
What tests with real processes wait for first.
"""

from __future__ import annotations

from typing import cast

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater


def running() -> Deferred[None]:
    """
    Return what fires when the reactor runs.

    A process that is started before, and has ended when it begins to run, is reaped while it begins; where that
    ends the test, Twisted 26.10 does not install its signal handlers for the next one, which hears of no process.
    """
    return deferLater(cast(IReactorTime, reactor), 0, lambda: None)
