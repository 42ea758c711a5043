"""
What the parts want of a reactor.  Stack and commands.
"""

from __future__ import annotations

from twisted.internet.interfaces import (
    IReactorCore,
    IReactorFDSet,
    IReactorProcess,
    IReactorSocket,
    IReactorTCP,
    IReactorThreads,
    IReactorTime,
    IReactorUNIX,
)


class IControlReactor(IReactorUNIX, IReactorSocket, IReactorTime):
    """
    What the control socket wants of a reactor: UNIX sockets and time.  Stack and commands.
    """


class IStackReactor(IControlReactor, IReactorCore, IReactorFDSet, IReactorProcess, IReactorTCP, IReactorThreads):
    """
    What the stack wants of a reactor.
    """
