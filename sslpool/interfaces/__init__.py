"""
The seams between the roles: what each may ask of another without importing it.

The roles meet in L{sslpool.composition} (stack process) and L{sslpool.ssldcssm} (agent
and server processes), which hand the real objects to those who need them.
"""

from __future__ import annotations

from sslpool.interfaces.administration import (
    IConsoles,
    IKeyFile,
    IPoolAdministration,
    IProspects,
    IReconfigurable,
    IReconfiguration,
    IReloadable,
    IRollback,
    Preparation,
)
from sslpool.interfaces.connections import Arrival, Asker, IAcceptor, IChosen, IHandoff, IRouter
from sslpool.interfaces.servers import IPool, IPorts, IServer, IServerLink, IStarter, IStarterClient, NoAnswer
from sslpool.interfaces.stackreactor import IControlReactor, IStackReactor

__all__ = [
    "Arrival",
    "Asker",
    "IChosen",
    "IConsoles",
    "IControlReactor",
    "IHandoff",
    "IKeyFile",
    "IPool",
    "IPoolAdministration",
    "IPorts",
    "IProspects",
    "IReconfigurable",
    "IReconfiguration",
    "IReloadable",
    "IRollback",
    "IAcceptor",
    "IRouter",
    "IServer",
    "IServerLink",
    "IStackReactor",
    "IStarter",
    "IStarterClient",
    "NoAnswer",
    "Preparation",
]
