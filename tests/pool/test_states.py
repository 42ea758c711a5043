# -*- test-case-name: tests.pool.test_states -*-
"""
Tests for L{sslpool.pool.states}: the table against what the source document and the design say.
"""

from __future__ import annotations

from itertools import product
from string import Formatter

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.messages import CATALOGUE, Severity, said
from sslpool.pool.states import TABLE, Action, Event, Refusal, State, Transition, follow

OPERATOR = (Event.START, Event.STOP, Event.RESTART)


class TableTests(SynchronousTestCase):
    """
    The table as a whole.
    """

    def test_complete(self) -> None:
        """
        Every state has an entry for every event, and there is no other entry.
        """
        self.assertEqual(set(TABLE), set(product(State, Event)))

    def test_refusals(self) -> None:
        """
        A refusal is an error message of the catalogue that needs nothing but
        the server's name; only an operator is refused anything.
        """
        refused = {key: entry for key, entry in TABLE.items() if isinstance(entry, Refusal)}
        for (_, event), refusal in refused.items():
            message = CATALOGUE[refusal.messageId]
            fields = {field for _, field, _, _ in Formatter().parse(message.text) if field is not None}
            self.assertEqual(fields, {"server"})
            self.assertIs(message.severity, Severity.ERROR)
            self.assertIn("SSL00001", str(said(refusal.messageId, server="SSL00001")))
            self.assertIn(event, OPERATOR)
        self.assertTrue(refused)

    def test_names(self) -> None:
        """
        The states are called what the source document calls them.
        """
        self.assertEqual([state.value for state in State], ["Active", "Eligible", "Starting", "Stopped"])

    def test_launches(self) -> None:
        """
        Whatever launches a process leads to Starting, except after a death: then
        the member is Eligible until the delay is over.
        """
        for entry in TABLE.values():
            if isinstance(entry, Transition) and entry.action is Action.LAUNCH:
                self.assertIs(entry.to, State.STARTING)
            if isinstance(entry, Transition) and entry.action is Action.RENEW:
                self.assertIs(entry.to, State.ACTIVE)
            if isinstance(entry, Transition) and entry.action is Action.RELAUNCH:
                self.assertIs(entry.to, State.ELIGIBLE)

    def test_activeOnlyWhenReady(self) -> None:
        """
        A member becomes Active when its server says that it serves, and by nothing else.
        """
        ways = {
            (state, event)
            for (state, event), entry in TABLE.items()
            if isinstance(entry, Transition) and entry.to is State.ACTIVE and state is not State.ACTIVE
        }
        self.assertEqual(ways, {(State.STARTING, Event.READY)})


class ProseTests(SynchronousTestCase):
    """
    What is said of each event.
    """

    def leads(self, state: State, event: Event, to: State, action: Action = Action.NOTHING) -> None:
        """
        See that C{event} leads from C{state} to C{to} with C{action}.
        """
        self.assertEqual(follow(state, event), Transition(to, action), (state, event))

    def refuses(self, state: State, event: Event, messageId: str) -> None:
        """
        See that C{event} is refused in C{state}.
        """
        self.assertEqual(follow(state, event), Refusal(messageId), (state, event))

    def test_activate(self) -> None:
        """
        The stack activates Eligible members; for the others it means nothing,
        in particular not for one that the operator has stopped.
        """
        self.leads(State.ELIGIBLE, Event.ACTIVATE, State.STARTING, Action.LAUNCH)
        for state in (State.STARTING, State.ACTIVE, State.STOPPED):
            self.leads(state, Event.ACTIVATE, state)

    def test_start(self) -> None:
        """
        The operator starts members that are Eligible or Stopped.
        """
        self.leads(State.ELIGIBLE, Event.START, State.STARTING, Action.LAUNCH)
        self.leads(State.STOPPED, Event.START, State.STARTING, Action.LAUNCH)
        self.refuses(State.ACTIVE, Event.START, "SSLP110E")
        self.refuses(State.STARTING, Event.START, "SSLP111E")

    def test_stop(self) -> None:
        """
        The operator stops members that are not Stopped; those that run quiesce.
        """
        self.leads(State.ACTIVE, Event.STOP, State.STOPPED, Action.QUIESCE)
        self.leads(State.STARTING, Event.STOP, State.STOPPED, Action.QUIESCE)
        self.leads(State.ELIGIBLE, Event.STOP, State.STOPPED)
        self.refuses(State.STOPPED, Event.STOP, "SSLP112E")

    def test_restart(self) -> None:
        """
        The operator restarts members that are Active.
        """
        self.leads(State.ACTIVE, Event.RESTART, State.ACTIVE, Action.RENEW)
        self.refuses(State.STARTING, Event.RESTART, "SSLP111E")
        self.refuses(State.ELIGIBLE, Event.RESTART, "SSLP113E")
        self.refuses(State.STOPPED, Event.RESTART, "SSLP113E")

    def test_died(self) -> None:
        """
        A member that dies is started again, unless nobody wants it to run.
        """
        self.leads(State.ACTIVE, Event.DIED, State.ELIGIBLE, Action.RELAUNCH)
        self.leads(State.STARTING, Event.DIED, State.ELIGIBLE, Action.RELAUNCH)
        self.leads(State.STOPPED, Event.DIED, State.STOPPED)
        self.leads(State.ELIGIBLE, Event.DIED, State.ELIGIBLE)

    def test_retire(self) -> None:
        """
        An Active member that has been empty for long goes back to Eligible.
        """
        self.leads(State.ACTIVE, Event.RETIRE, State.ELIGIBLE, Action.QUIESCE)
        for state in (State.STARTING, State.STOPPED, State.ELIGIBLE):
            self.leads(state, Event.RETIRE, state)

    def test_lateReady(self) -> None:
        """
        A server that is ready when nobody wants it any more is sent away.
        """
        self.leads(State.STOPPED, Event.READY, State.STOPPED, Action.QUIESCE)
        self.leads(State.ELIGIBLE, Event.READY, State.ELIGIBLE, Action.QUIESCE)


class StoppedTests(SynchronousTestCase):
    """
    Over any sequence of events.
    """

    @given(st.lists(st.sampled_from(list(Event))))
    def test_onlyOperators(self, events: list[Event]) -> None:
        """
        A member is Stopped only by an operator, and leaves Stopped only by an operator.
        """
        state = State.ELIGIBLE
        for event in events:
            entry = follow(state, event)
            following = entry.to if isinstance(entry, Transition) else state
            if State.STOPPED in (state, following) and state is not following:
                self.assertIn(event, (Event.STOP, Event.START))
            state = following
