"""
What the stack and the agent say to each other: records, which travel as
L{sslpool.wire.datagrams}.  Stack and agent; pure.
"""

from __future__ import annotations

from attrs import frozen

from sslpool.config.configuration import Machine, ServerParameters


@frozen
class Sandbox:
    """
    What the processes may still do when they have given up what they do not need.

    @ivar keyFile: the key file that servers read, with what belongs to it; empty is none.
    """

    keyFile: str = ""


@frozen
class Beginning:
    """
    Stack to agent, first.

    @ivar parameters: the VMSSL operands of the pool.
    @ivar slots: sessions for each server that a seat has room for.
    @ivar machine: what the CP directory grants each server.
    @ivar sandbox: what agent and servers may still do; C{None} is all that their user may.
    """

    parameters: ServerParameters
    slots: int
    machine: Machine = Machine()
    sandbox: Sandbox | None = None


@frozen
class Launch:
    """
    Stack to agent: fork a server; with the descriptors of the server's ends of handoff and control, of its seat in the
    shared segment, and of what it serves where it cannot read the key database, if there is any.

    @ivar number: of this launch; no other launch of this stack has it.
    """

    number: int


@frozen
class Ready:
    """
    Agent to stack: the ticket keys are there; it can fork.

    @ivar lacking: what the system does not let it give up, and why.
    """

    lacking: tuple[str, ...] = ()


@frozen
class Launched:
    """
    Agent to stack: the server's process exists.

    @ivar number: of the launch.
    @ivar pid: its process id.
    """

    number: int
    pid: int


@frozen
class Ended:
    """
    Agent to stack: a server's process has ended, or could not be made.

    @ivar number: of the launch.
    @ivar reason: how, as an operator would say it.
    """

    number: int
    reason: str
