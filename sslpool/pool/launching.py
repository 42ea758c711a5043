"""
What the stack and the agent say to each other: records, which travel as
L{sslpool.datagrams}.  Stack and agent; pure.
"""

from __future__ import annotations

from attrs import frozen

from sslpool.config.configuration import ServerParameters


@frozen
class Beginning:
    """
    Stack to agent, first.

    @ivar parameters: the VMSSL operands of the pool.
    @ivar slots: sessions for each member that the segment has room for.
    """

    parameters: ServerParameters
    slots: int


@frozen
class Launch:
    """
    Stack to agent: fork a server; with the two descriptors of the server's ends
    of handoff and control.

    @ivar member: the member's index; 0 is the first.
    """

    member: int


@frozen
class Ready:
    """
    Agent to stack: segment and ticket keys are there; it can fork.
    """


@frozen
class Launched:
    """
    Agent to stack: the server's process exists.

    @ivar member: the member's index.
    @ivar pid: its process id.
    """

    member: int
    pid: int


@frozen
class Ended:
    """
    Agent to stack: a server's process has ended.

    @ivar member: the member's index.
    @ivar pid: its process id.
    @ivar reason: how, as an operator would say it.
    """

    member: int
    pid: int
    reason: str
