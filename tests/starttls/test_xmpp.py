"""
Tests for L{sslpool.starttls.xmpp}.
"""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

from sslpool.starttls.contract import Refusal
from sslpool.starttls.xmpp import NAMESPACE, Xmpp
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
        A client that begins with something else is refused where TLS is required, and relayed otherwise;
        its stream may end.
        """
        play = Play(Xmpp(REQUIRED)).play([*BEGUN, (CLIENT, b"</stream:stream>\n")])
        self.assertEqual((play.refusal, play.application), (None, STREAM + b"</stream:stream>"))
        play.play([(CLIENT, b"<message/>")])
        self.assertEqual((play.refusal, play.application), (Refusal.DECLINED, STREAM + b"</stream:stream>"))
        play = Play(Xmpp(REQUIRED)).play([*BEGUN, (CLIENT, b"<auth mechanism='PLAIN'>AG1lAHg=</auth>")])
        self.assertEqual((play.refusal, play.application), (Refusal.DECLINED, STREAM))
        self.assertTrue(play.client.endswith(b"</stream:error></stream:stream>"))
        play = Play(Xmpp(ALLOWED)).play([*BEGUN, (CLIENT, b"<auth>AG1lAHg=</auth>")])
        self.assertEqual(play.application, STREAM + b"<auth>AG1lAHg=</auth>")

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


class AgainTests(DialogueCase):
    """
    What is understood where TLS is not to be asked for any more.
    """

    def secured(self) -> Play:
        """
        Return a dialogue that is secure, in which nothing has been said since.
        """
        play = Play(Xmpp(REQUIRED)).play([*BEGUN, (CLIENT, STARTTLS)])
        play.heard()
        return play

    def begun(self) -> tuple[Play, Play]:
        """
        Return two dialogues in which the client has begun a stream: over TLS, and without it.
        """
        clear = Play(Xmpp(ALLOWED)).play([(CLIENT, STREAM + b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")])
        secured = self.secured().play([(CLIENT, STREAM)])
        clear.heard()
        secured.heard()
        return secured, clear

    def test_offer(self) -> None:
        """
        What the application offers is not in the features, however it is written and wherever it is cut; all
        else is as it was.
        """
        inside = b"<required/><x:y xmlns:x='z'>&lt;</x:y><![CDATA[</starttls>]]>"
        offers = (
            STARTTLS,
            STARTTLS.replace(b"/>", b">" + inside + b"</starttls>"),
            b"<t:starttls xmlns:t='urn:ietf:params:xml:ns:xmpp-tls'><t:required/></t:starttls>",
            b'<starttls a=">"\nxmlns = "&#117;rn:ietf:params:xml:ns:xmpp-tls" ></starttls >',
            b"<tls:starttls/>",
        )
        header = STREAM.replace(b" to=", b" xmlns:tls='urn:ietf:params:xml:ns:xmpp-tls' to=")
        named = NAMESPACE.encode()
        others = b"<starttls xmlns='urn:other'/><starttls a=\" xmlns='%s'\"/> \n" % named
        others += b"<m xmlns='n'>&amp;<starttls xmlns='%s'/></m>" % named
        for offer in offers:
            for before, after in ((b"", b""), (others, b""), (b"", others)):
                parts = (header, b"<stream:features>", before, offer, after, b"</stream:features>", b"<x/>")
                octets = b"".join(parts)
                expected = b"".join(parts[:3] + parts[4:])
                for play in self.begun():
                    play.play([(APPLICATION, octets)])
                    self.assertEqual(play.client, expected)
                for position in range(len(octets)):
                    play = self.begun()[0]
                    play.play([(APPLICATION, octets[:position]), (APPLICATION, octets[position:])])
                    self.assertEqual(play.client, expected, position)

    def test_everyStream(self) -> None:
        """
        A login begins another stream, and its features have no offer either.
        """
        features = b"<stream:features>%s<bind/></stream:features>"
        success = b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
        for play in self.begun():
            play.play([(APPLICATION, STREAM + features % STARTTLS + success)])
            self.check(
                play,
                ((CLIENT, STREAM), b"", STREAM),
                ((APPLICATION, STREAM + features % STARTTLS), STREAM + features % b"", b""),
                ((CLIENT, b"<iq><bind/></iq>"), b"", b"<iq><bind/></iq>"),
                ((APPLICATION, b"<iq><bind/></iq>"), b"<iq><bind/></iq>", b""),
            )
            self.assertTrue(play.negotiator.transparent)

    def test_pipelined(self) -> None:
        """
        The features that come after a client's hasty stanza have no offer, and nothing is understood after them.
        """
        play = self.begun()[0]
        self.check(
            play,
            ((CLIENT, b"<iq/>" + STARTTLS), b"", b"<iq/>" + STARTTLS),
            (
                (APPLICATION, STREAM + b"<stream:features>%s</stream:features><iq/>" % STARTTLS),
                STREAM + b"<stream:features></stream:features><iq/>",
                b"",
            ),
        )
        self.assertTrue(play.negotiator.transparent)

    def test_refused(self) -> None:
        """
        A second request is answered with a failure, the end of the stream and of the connection, and is not relayed.
        """
        failure = b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></%s>"
        prefixed = b"<t:starttls xmlns:t='urn:ietf:params:xml:ns:xmpp-tls'></t:starttls>"
        for request in (STARTTLS, prefixed, b"\n" + STARTTLS):
            for play in self.begun():
                play.play([(APPLICATION, STREAM + FEATURES)])
                play.heard()
                play.play([(CLIENT, request)])
                self.assertEqual(play.heard(), (failure % b"stream:stream", request[: request.index(b"<")]))
                self.assertIs(play.refusal, Refusal.AGAIN)
        play = self.begun()[0].play([(CLIENT, STARTTLS)])
        self.assertEqual(len(fromstring(play.client)), 1)
        play = self.begun()[0].play(
            [(APPLICATION, b"<s xmlns='http://etherx.jabber.org/streams'>"), (CLIENT, STARTTLS)]
        )
        self.assertTrue(play.client.endswith(failure % b"s"))

    def test_afterLogin(self) -> None:
        """
        A request between a login and what follows it is a second one as well.
        """
        play = self.begun()[0]
        login = b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AG1l</auth>"
        play.play([(CLIENT, login), (CLIENT, STREAM), (CLIENT, STARTTLS)])
        self.assertEqual((play.refusal, play.application), (Refusal.AGAIN, login + STREAM))

    def test_notUnderstood(self) -> None:
        """
        What is no XMPP, or has no end, is between the two, and is not kept.
        """
        for octets in (b"<!-- x -->", b"<x " + b"y" * 100000, b"<!DOCTYPE a>", b"<![CDATA[" + b"]" * 200000, b"<<<"):
            for side in (CLIENT, APPLICATION):
                play = self.begun()[0]
                for position in range(0, len(octets), 1000):
                    play.say(side, octets[position : position + 1000])
                heard = play.application if side == CLIENT else play.client
                self.assertLess(len(octets) - len(heard), 4, octets[:9])

    def test_compressed(self) -> None:
        """
        What is compressed (XEP-0138) goes through.
        """
        compress = b"<compress xmlns='http://jabber.org/protocol/compress'/>"
        compressed = b"<compressed xmlns='http://jabber.org/protocol/compress'/>\x78\x9c<"
        self.check(
            self.begun()[0].play([(APPLICATION, STREAM + FEATURES)]),
            ((CLIENT, compress), b"", compress),
            ((APPLICATION, compressed), compressed, b""),
            ((CLIENT, b"\x78\x9c<"), b"", b"\x78\x9c<"),
        )
