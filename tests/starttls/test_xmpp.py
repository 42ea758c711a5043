"""
Tests for L{sslpool.starttls.xmpp}.
"""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

from sslpool.starttls.contract import Refusal
from sslpool.starttls.xmpp import Xmpp
from tests.starttls.play import APPLICATION, CLIENT, Play, Step
from tests.starttls.scripts import FEATURES, STARTTLS, STREAM
from tests.starttls.test_mail import ALLOWED, REQUIRED, DialogueCase

PROCEED = b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
BEGUN: tuple[Step, ...] = ((CLIENT, STREAM), (APPLICATION, STREAM + FEATURES))


class XmppTests(DialogueCase):
    """
    STARTTLS of XMPP.
    """

    def test_features(self) -> None:
        """
        TLS is the only feature where it is required, and one of them otherwise; the stream stays
        well-formed, and an announcement of the application's own is not repeated.
        """
        theirs = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><optional/></starttls>"
        for features in (FEATURES, b"<stream:features/>", FEATURES.replace(b"<mechanisms", theirs + b"<mechanisms")):
            for security in (ALLOWED, REQUIRED):
                play = Play(Xmpp(security)).play([(CLIENT, STREAM), (APPLICATION, STREAM + features)])
                root = fromstring(play.client + b"</stream:stream>")
                tags = [child.tag.rpartition("}")[2] for child in root[0]]
                alone = security is REQUIRED or b"mech" not in features
                expected = ["starttls"] if alone else ["starttls", "mechanisms"]
                self.assertEqual(tags, expected, features)
                self.assertEqual(len(root[0][0]), security is REQUIRED)

    def test_upgrade(self) -> None:
        """
        After TLS the application gets the client's second stream on a new connection.
        """
        for request in (STARTTLS, STARTTLS.replace(b"/>", b"></starttls>"), b"\n" + STARTTLS):
            play = Play(Xmpp(REQUIRED)).play(BEGUN)
            self.check(play, ((CLIENT, request), PROCEED, b""), ((CLIENT, STREAM), b"", STREAM))
            self.assertEqual((play.secured, play.anew), (1, True))

    def test_early(self) -> None:
        """
        A request before the features waits for them.
        """
        play = Play(Xmpp(ALLOWED)).play([(CLIENT, STREAM + STARTTLS)])
        self.assertEqual((play.secured, play.negotiator.paused), (0, True))
        play.play([(APPLICATION, STREAM + FEATURES)])
        self.assertEqual((play.secured, play.client[-len(PROCEED) :]), (1, PROCEED))

    def test_declined(self) -> None:
        """
        A client that begins with something else is refused where TLS is required, and relayed otherwise.
        """
        play = Play(Xmpp(REQUIRED)).play([*BEGUN, (CLIENT, b"<auth mechanism='PLAIN'>AG1lAHg=</auth>")])
        self.assertEqual((play.refusal, play.application), (Refusal.DECLINED, STREAM))
        self.assertTrue(play.client.endswith(b"</stream:error></stream:stream>"))
        play = Play(Xmpp(ALLOWED)).play([*BEGUN, (CLIENT, b"<auth>AG1lAHg=</auth>")])
        self.assertEqual(play.application, STREAM + b"<auth>AG1lAHg=</auth>")
        self.assertTrue(play.negotiator.transparent)

    def test_refused(self) -> None:
        """
        What is no stream, or nothing that XMPP permits, is refused with a stream error.
        """
        for steps, refusal in [
            ([(CLIENT, b"GET / HTTP/1.0 <x>")], Refusal.MALFORMED),
            ([(CLIENT, b"<?xml?><?xml?>")], Refusal.MALFORMED),
            ([(CLIENT, b"<stream:stream " + b"x" * 9000)], Refusal.MALFORMED),
            ([(CLIENT, b"<!DOCTYPE x [<!ENTITY a 'b'>]>")], Refusal.MALFORMED),
            ([(CLIENT, b"\x16\x03\x01")], Refusal.UNASKED),
            ([*BEGUN, (CLIENT, STARTTLS + b" ")], Refusal.INJECTION),
            ([*BEGUN, (CLIENT, STARTTLS.replace(b"/>", b"><x/></starttls>"))], Refusal.MALFORMED),
            ([(APPLICATION, STREAM)], Refusal.APPLICATION),
            ([(CLIENT, STREAM), (APPLICATION, b"<stream:features>" + b"<x/>" * 20000)], Refusal.APPLICATION),
        ]:
            play = Play(Xmpp(ALLOWED)).play(steps)
            self.assertIs(play.refusal, refusal, steps[-1][1][:30])
            self.assertIn(b"<stream:error>", play.client)

    def test_waiting(self) -> None:
        """
        The client's time runs before its stream and within a tag, not between two.
        """
        play = Play(Xmpp(ALLOWED))
        self.assertTrue(play.negotiator.waiting)
        play.play([*BEGUN, (CLIENT, b" \n ")])
        self.assertFalse(play.negotiator.waiting)
        play.play([(CLIENT, b"<sta")])
        self.assertTrue(play.negotiator.waiting)
