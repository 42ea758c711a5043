# -*- test-case-name: tests.sessions.test_phases -*-
"""
The stages of a session as one table: which of them follows which event.  Server processes; pure.

What a session does at each stage is in the stage of that name; this says where it can go from there.
"""

from __future__ import annotations

from enum import Enum


class Phase(Enum):
    """
    A stage by its name.

    @cvar NEW: nothing has been done yet.
    @cvar HELLO: the client's first message is looked at, which chooses context and ticket key.
    @cvar HANDSHAKE: the TLS library shakes hands.
    @cvar DIALLING: the application, or the remote host, is connected to.
    @cvar CLEARTEXT: both sides talk in cleartext, and may begin TLS on the way.
    @cvar DIALOGUE: the client's side is secured, and the dialogue is still understood.
    @cvar RELAYING: what one side sends goes to the other.
    @cvar CLOSING: the same, and one side has ended.
    @cvar DRAINING: we have closed; what the client still sends is dropped.
    @cvar ENDED: both sockets are closed.
    """

    NEW = "new"
    HELLO = "hello"
    HANDSHAKE = "handshake"
    DIALLING = "dialling"
    CLEARTEXT = "cleartext"
    DIALOGUE = "dialogue"
    RELAYING = "relaying"
    CLOSING = "closing"
    DRAINING = "draining"
    ENDED = "ended"

    # An enumeration's own hash is that of the name, by way of Python.
    __hash__ = object.__hash__

    @property
    def shown(self) -> str:
        """
        What reports and traces call it.
        """
        return _SHOWN[self]


class Event(Enum):
    """
    What can happen to a session.

    @cvar LOOK: TLS is to begin, and depends on what the client says first.
    @cvar BEGIN: TLS begins: context and ticket key are known.
    @cvar DIAL: the other side is to be connected to; after a handshake, or before it.
    @cvar CONVERSE: both sides are there, in cleartext, and their dialogue is understood.
    @cvar GO_ON: both sides are there, the client's is secured, and their dialogue is understood.
    @cvar RELAY: both sides are there, and nothing is to be understood any more.
    @cvar HALF: one of the two sides has ended.
    @cvar LEAVE: we close of our own accord.
    @cvar END: both sockets are closed.
    """

    LOOK = "look"
    BEGIN = "begin"
    DIAL = "dial"
    CONVERSE = "converse"
    GO_ON = "go on"
    RELAY = "relay"
    HALF = "half"
    LEAVE = "leave"
    END = "end"

    __hash__ = object.__hash__


_SHOWN = {
    Phase.NEW: "new",
    Phase.HELLO: "Handshake",
    Phase.HANDSHAKE: "Handshake",
    Phase.DIALLING: "Connecting",
    Phase.CLEARTEXT: "Cleartext",
    Phase.DIALOGUE: "Established",
    Phase.RELAYING: "Established",
    Phase.CLOSING: "Closing",
    Phase.DRAINING: "Closing",
    Phase.ENDED: "Ended",
}

_LAST = {Event.LEAVE: Phase.DRAINING, Event.END: Phase.ENDED}

TABLE: dict[Phase, dict[Event, Phase]] = {
    Phase.NEW: {
        Event.LOOK: Phase.HELLO,
        Event.BEGIN: Phase.HANDSHAKE,
        Event.DIAL: Phase.DIALLING,
        Event.END: Phase.ENDED,
    },
    Phase.HELLO: {Event.LOOK: Phase.HELLO, Event.BEGIN: Phase.HANDSHAKE, **_LAST},
    Phase.HANDSHAKE: {
        Event.DIAL: Phase.DIALLING,
        Event.GO_ON: Phase.DIALOGUE,
        Event.RELAY: Phase.RELAYING,
        Event.HALF: Phase.CLOSING,
        **_LAST,
    },
    Phase.DIALLING: {
        Event.LOOK: Phase.HELLO,
        Event.BEGIN: Phase.HANDSHAKE,
        Event.DIAL: Phase.DIALLING,
        Event.CONVERSE: Phase.CLEARTEXT,
        Event.GO_ON: Phase.DIALOGUE,
        Event.RELAY: Phase.RELAYING,
        Event.HALF: Phase.CLOSING,
        **_LAST,
    },
    Phase.CLEARTEXT: {Event.LOOK: Phase.HELLO, Event.BEGIN: Phase.HANDSHAKE, Event.HALF: Phase.CLOSING, **_LAST},
    Phase.DIALOGUE: {Event.RELAY: Phase.RELAYING, Event.HALF: Phase.CLOSING, **_LAST},
    Phase.RELAYING: {Event.HALF: Phase.CLOSING, **_LAST},
    Phase.CLOSING: {**_LAST},
    Phase.DRAINING: {Event.END: Phase.ENDED},
    Phase.ENDED: {},
}
"""
What follows; where nothing is written the event cannot happen.
"""


def follow(phase: Phase, event: Event) -> Phase:
    """
    Return the stage that follows.

    @raise ValueError: the event cannot happen there, which is a fault of ours.
    """
    following = TABLE[phase].get(event)
    if following is None:
        raise ValueError(f"{event.value} at the stage {phase.value}")
    return following
