"""
What holds for every negotiator: pieces make no difference, nothing is injected, nothing grows without limit.
"""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from sslpool.starttls.contract import Refusal, Security
from sslpool.starttls.protocols import PROTOCOLS
from tests.starttls.play import APPLICATION, CLIENT, Play, Step
from tests.starttls.scripts import GARBAGE, INJECTIONS, SCRIPTS, Script

LARGE = 1 << 20
MOST_KEPT = 1 << 17


def outcome(script: Script, security: Security, pieces: Iterator[list[Step]]) -> tuple[object, ...]:
    """
    Play a script whose steps come in pieces; return what each side has heard after each step.
    """
    play = Play(PROTOCOLS[script.protocol](security))
    heard: list[object] = []
    for step in pieces:
        for side, octets in step:
            if not (play.starting and side == CLIENT):
                play.say(side, octets)
        play.handshake()
        heard.append((play.client, play.application, play.secured, play.refusal, play.anew, play.denied))
    return tuple(heard)


def cut(octets: bytes, positions: list[int]) -> list[bytes]:
    """
    Return C{octets} cut at C{positions}.
    """
    ends = [0, *sorted(positions), len(octets)]
    return [octets[start:end] for start, end in zip(ends, ends[1:], strict=False) if end > start]


class PieceTests(SynchronousTestCase):
    """
    It makes no difference in which pieces the dialogue comes.
    """

    def test_everyPosition(self) -> None:
        """
        Each step of each dialogue, cut in two at every position, and octet by octet.
        """
        for script in SCRIPTS:
            for security in script.securities:
                whole = outcome(script, security, ([step] for step in script.steps))
                for number, (side, octets) in enumerate(script.steps):
                    before = [[each] for each in script.steps[:number]]
                    after = [[each] for each in script.steps[number + 1 :]]
                    for position in range(1, len(octets)):
                        pieces = [(side, octets[:position]), (side, octets[position:])]
                        self.assertEqual(
                            outcome(script, security, iter([*before, pieces, *after])),
                            whole,
                            (script.name, security, step_text(pieces)),
                        )
                single = [[(side, octets[i : i + 1]) for i in range(len(octets))] for side, octets in script.steps]
                self.assertEqual(outcome(script, security, iter(single)), whole, script.name)

    @settings(max_examples=200)
    @given(st.data())
    def test_anyPieces(self, data: st.DataObject) -> None:
        """
        All steps cut anywhere.
        """
        script = data.draw(st.sampled_from(SCRIPTS))
        security = data.draw(st.sampled_from(script.securities))
        pieces = [
            [(side, piece) for piece in cut(octets, data.draw(st.lists(st.integers(0, len(octets)), max_size=5)))]
            for side, octets in script.steps
        ]
        whole = outcome(script, security, ([step] for step in script.steps))
        self.assertEqual(outcome(script, security, iter(pieces)), whole)


def step_text(pieces: list[Step]) -> str:
    """
    Return pieces as a failure shows them.
    """
    return " | ".join(repr(octets) for _, octets in pieces)


class InjectionTests(SynchronousTestCase):
    """
    Nothing that came in cleartext together with the request for TLS has any effect.
    """

    def test_everyProtocol(self) -> None:
        """
        There is a dialogue, and an injection, for each protocol.
        """
        self.assertEqual({script.protocol for script in SCRIPTS}, set(PROTOCOLS))
        self.assertEqual({injection.protocol for injection in INJECTIONS}, set(PROTOCOLS))

    def test_refused(self) -> None:
        """
        Octets after the request, in the same piece or in any later one before the handshake, are
        refused, and the application hears nothing of them.
        """
        for injection in INJECTIONS:
            for security in injection.securities:
                for position in range(len(injection.request), len(injection.request + injection.extra)):
                    self.checkRefused(injection, security, position)

    def checkRefused(self, injection: Script, security: Security, position: int) -> None:
        """
        See L{test_refused}.
        """
        play = Play(PROTOCOLS[injection.protocol](security)).play(injection.steps)
        play.application = b""
        stream = injection.request + injection.extra
        play.say(CLIENT, stream[:position])
        play.say(CLIENT, stream[position:])
        play.handshake()
        about = (injection.name, security, position)
        self.assertIs(play.refusal, Refusal.INJECTION, about)
        self.assertNotIn(injection.extra, play.application, about)
        self.assertEqual(play.secured, 0, about)


class LimitTests(SynchronousTestCase):
    """
    What a stranger can send is kept within limits.
    """

    def test_garbage(self) -> None:
        """
        A megabyte of anything that has no end is refused, or goes through; it is not kept.
        """
        for protocol, make in PROTOCOLS.items():
            for octets in GARBAGE:
                for security in (Security.ALLOWED, Security.REQUIRED):
                    play = Play(make(security))
                    sent = 0
                    while sent < LARGE and play.refusal is None and not play.negotiator.paused:
                        play.say(CLIENT, octets)
                        sent += len(octets)
                    kept = sent - len(play.application)
                    self.assertTrue(play.refusal or kept < MOST_KEPT, (protocol, octets[:20], security))

    def test_application(self) -> None:
        """
        The same from the application.
        """
        for protocol, make in PROTOCOLS.items():
            for octets in GARBAGE:
                play = Play(make(Security.ALLOWED))
                sent = 0
                while sent < LARGE and play.refusal is None:
                    play.say(APPLICATION, octets)
                    sent += len(octets)
                self.assertTrue(play.refusal or sent - len(play.client) < MOST_KEPT, (protocol, octets[:20]))

    @settings(max_examples=300)
    @given(
        st.sampled_from(sorted(PROTOCOLS)),
        st.sampled_from([Security.ALLOWED, Security.PREFERRED, Security.REQUIRED]),
        st.lists(st.tuples(st.sampled_from([CLIENT, APPLICATION]), st.binary(min_size=1, max_size=40)), max_size=12),
    )
    def test_anything(self, protocol: str, security: Security, steps: list[Step]) -> None:
        """
        Whatever comes, no negotiator fails.
        """
        Play(PROTOCOLS[protocol](security)).play(steps)
