# -*- test-case-name: tests.pool.test_states -*-
"""
The states of a pool member as one table: every state, every event, what follows.

Used in the stack process; pure.  The states are those of the source document ("Server States"); an event that a state
does not allow is a refusal with a message id, never an exception in a log.
"""

from __future__ import annotations

from enum import Enum

from attrs import frozen


class State(Enum):
    """
    The states of a pool member (source document, "Server States").

    @cvar ACTIVE: running and talking to the stack; may be able to take connections.
    @cvar ELIGIBLE: defined, and takes no sessions; the stack may activate it.
    @cvar STARTING: initializing.
    @cvar STOPPED: stopped by an operator or a lower POOL HIGH; only an operator or a higher POOL HIGH starts it.
    """

    ACTIVE = "Active"
    ELIGIBLE = "Eligible"
    STARTING = "Starting"
    STOPPED = "Stopped"


class Event(Enum):
    """
    What can happen to a pool member.

    @cvar ACTIVATE: the stack prompts it: start-up, no room in active members, or after it died.
    @cvar START: the operator starts it, or POOL HIGH is higher again.
    @cvar READY: its server says that it serves.
    @cvar STOP: the operator stops it, or POOL HIGH is lower now.
    @cvar RESTART: the operator restarts it.
    @cvar DIED: its process ended though nobody had asked for that.
    @cvar RETIRE: it has been empty for so long that its process may go.
    """

    ACTIVATE = "activate"
    START = "start"
    READY = "ready"
    STOP = "stop"
    RESTART = "restart"
    DIED = "died"
    RETIRE = "retire"


class Action(Enum):
    """
    What the stack does about an event.

    @cvar NOTHING: nothing.
    @cvar LAUNCH: have the agent fork a server; an earlier process goes on until it has quiesced.
    @cvar RELAUNCH: the same after a delay that grows with each death.
    @cvar QUIESCE: no new sessions; end all its processes when the running ones are done or time is up.
    @cvar RENEW: launch another process; when it serves, the present one quiesces.
    """

    NOTHING = "nothing"
    LAUNCH = "launch"
    RELAUNCH = "relaunch"
    QUIESCE = "quiesce"
    RENEW = "renew"


@frozen
class Transition:
    """
    The event is allowed.

    @ivar to: the state that follows.
    @ivar action: what is to be done.
    """

    to: State
    action: Action = Action.NOTHING


@frozen
class Refusal:
    """
    The event is not allowed; the state stays.

    @ivar messageId: the message that says why; its only field is C{server}.
    """

    messageId: str


_ACTIVE, _ELIGIBLE, _STARTING, _STOPPED = State.ACTIVE, State.ELIGIBLE, State.STARTING, State.STOPPED

TABLE: dict[tuple[State, Event], Transition | Refusal] = {
    (_ELIGIBLE, Event.ACTIVATE): Transition(_STARTING, Action.LAUNCH),
    (_ELIGIBLE, Event.START): Transition(_STARTING, Action.LAUNCH),
    (_ELIGIBLE, Event.READY): Transition(_ELIGIBLE, Action.QUIESCE),
    (_ELIGIBLE, Event.STOP): Transition(_STOPPED),
    (_ELIGIBLE, Event.RESTART): Refusal("SSLP113E"),
    (_ELIGIBLE, Event.DIED): Transition(_ELIGIBLE),
    (_ELIGIBLE, Event.RETIRE): Transition(_ELIGIBLE),
    (_STARTING, Event.ACTIVATE): Transition(_STARTING),
    (_STARTING, Event.START): Refusal("SSLP111E"),
    (_STARTING, Event.READY): Transition(_ACTIVE),
    (_STARTING, Event.STOP): Transition(_STOPPED, Action.QUIESCE),
    (_STARTING, Event.RESTART): Refusal("SSLP111E"),
    (_STARTING, Event.DIED): Transition(_ELIGIBLE, Action.RELAUNCH),
    (_STARTING, Event.RETIRE): Transition(_STARTING),
    (_ACTIVE, Event.ACTIVATE): Transition(_ACTIVE),
    (_ACTIVE, Event.START): Refusal("SSLP110E"),
    (_ACTIVE, Event.READY): Transition(_ACTIVE),
    (_ACTIVE, Event.STOP): Transition(_STOPPED, Action.QUIESCE),
    (_ACTIVE, Event.RESTART): Transition(_ACTIVE, Action.RENEW),
    (_ACTIVE, Event.DIED): Transition(_ELIGIBLE, Action.RELAUNCH),
    (_ACTIVE, Event.RETIRE): Transition(_ELIGIBLE, Action.QUIESCE),
    (_STOPPED, Event.ACTIVATE): Transition(_STOPPED),
    (_STOPPED, Event.START): Transition(_STARTING, Action.LAUNCH),
    (_STOPPED, Event.READY): Transition(_STOPPED, Action.QUIESCE),
    (_STOPPED, Event.STOP): Refusal("SSLP112E"),
    (_STOPPED, Event.RESTART): Refusal("SSLP113E"),
    (_STOPPED, Event.DIED): Transition(_STOPPED),
    (_STOPPED, Event.RETIRE): Transition(_STOPPED),
}


def follow(state: State, event: Event) -> Transition | Refusal:
    """
    Return what C{event} means to a member in C{state}.
    """
    return TABLE[state, event]
