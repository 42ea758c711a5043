# -*- test-case-name: tests.test_signals -*-
"""
Signals that are to end no process of sslpool, though the system would end one by default.  Stack, agent and servers.

What remains are SIGTERM and SIGINT, SIGKILL, and those with which the system reports a fault of the
process itself (SIGSEGV and its like), which are better seen than hidden.
"""

from __future__ import annotations

import signal
from collections.abc import Collection, Iterator
from contextlib import contextmanager

HARMLESS = frozenset(
    {
        signal.SIGHUP,
        signal.SIGQUIT,
        signal.SIGUSR1,
        signal.SIGUSR2,
        signal.SIGPIPE,
        signal.SIGALRM,
        signal.SIGVTALRM,
        signal.SIGPROF,
        signal.SIGSTKFLT,
        signal.SIGPOLL,
        signal.SIGPWR,
        signal.SIGXCPU,
        signal.SIGXFSZ,
        *range(signal.SIGRTMIN, signal.SIGRTMAX + 1),
    }
)
"""
These signals.
"""


def hold() -> None:
    """
    Keep L{HARMLESS} signals back until L{release}: a process that begins cannot follow them yet.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, HARMLESS)


def release() -> None:
    """
    Deliver those that were kept back, and keep back none any more.
    """
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HARMLESS)


@contextmanager
def held() -> Iterator[None]:
    """
    Keep them back for a while.  A process that is made meanwhile keeps them back until it calls L{release}.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HARMLESS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ignore(excepted: Collection[int] = ()) -> None:
    """
    Have them do nothing, except those for which something else has been arranged already.
    Programs that Twisted starts do not inherit that.

    @param excepted: those that are left as they are.
    """
    for number in HARMLESS.difference(excepted):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.SIG_IGN)
