"""
Tests for L{sslpool.starttls.telnet}.
"""

from __future__ import annotations

from sslpool.starttls.contract import Refusal, Security
from sslpool.starttls.telnet import Telnet
from tests.starttls.play import APPLICATION, CLIENT, Play
from tests.starttls.scripts import DO, FOLLOWS, WILL
from tests.starttls.test_mail import DialogueCase

ALLOWED, PREFERRED, REQUIRED = Security.ALLOWED, Security.PREFERRED, Security.REQUIRED
WONT, DONT = b"\xff\xfc\x2e", b"\xff\xfe\x2e"
OPTION = b"\xff\xfb\x18"


class TelnetTests(DialogueCase):
    """
    START_TLS of Telnet.
    """

    def test_asked(self) -> None:
        """
        The client is asked before the application is heard; options from before TLS are forgotten.
        """
        for security in (PREFERRED, REQUIRED):
            play = Play(Telnet(security))
            self.assertEqual((play.client, play.negotiator.deaf), (DO, True))
            self.check(
                play,
                ((CLIENT, OPTION + WILL), FOLLOWS, b""),
                ((CLIENT, FOLLOWS), b"", b""),
                ((CLIENT, b"me\xff\xff"), b"", b"me\xff\xff"),
                ((CLIENT, WILL + b"x" + FOLLOWS), DONT, b"x"),
            )
            self.assertEqual((play.secured, play.negotiator.deaf, play.anew), (1, False, False))

    def test_declined(self) -> None:
        """
        A client that declines goes on with PREFERRED, with all that it has said, and not with REQUIRED.
        """
        play = Play(Telnet(PREFERRED)).play([(CLIENT, OPTION + b"me" + WONT + b"!")])
        self.assertEqual((play.application, play.negotiator.deaf), (OPTION + b"me!", False))
        play = Play(Telnet(REQUIRED)).play([(CLIENT, b"me" + WONT)])
        self.assertEqual((play.refusal, play.application), (Refusal.DECLINED, b""))

    def test_silent(self) -> None:
        """
        A client that does not answer knows nothing of START_TLS.
        """
        play = Play(Telnet(PREFERRED)).play([(CLIENT, b"me")])
        self.assertTrue(play.negotiator.waiting)
        play._do(play.negotiator.late())
        self.assertEqual((play.application, play.refusal, play.negotiator.waiting), (b"me", None, False))
        play = Play(Telnet(REQUIRED))
        play._do(play.negotiator.late())
        self.assertIs(play.refusal, Refusal.LATE)

    def test_offered(self) -> None:
        """
        With ALLOWED a client may offer it; the application is then connected anew.
        """
        play = Play(Telnet(ALLOWED))
        self.check(
            play,
            ((APPLICATION, b"login: "), b"login: ", b""),
            ((CLIENT, b"m" + WILL), DO + FOLLOWS, b"m"),
            ((CLIENT, FOLLOWS), b"", b""),
        )
        self.assertEqual((play.secured, play.anew), (1, True))

    def test_application(self) -> None:
        """
        What the application says about the option is declined, before TLS and after it, wherever it is cut; all else
        goes through as it is.
        """
        option, other = b"\xff\xfd\x18", b"\xff\xfa\x18\1\xff\xff\xff\xf0\xff\xff.\xff\xf9"
        said = b"a" + DO + option + WILL + FOLLOWS + b"b" + WONT + DONT + other + b"c"
        for play in (Play(Telnet(ALLOWED)), Play(Telnet(REQUIRED)).play([(CLIENT, WILL + FOLLOWS)])):
            for position in range(1, len(said)):
                play.heard()
                play.play([(APPLICATION, said[:position]), (APPLICATION, said[position:])])
                self.assertEqual(play.heard(), (b"a" + option + b"b" + other + b"c", WONT + DONT), position)
            play.play([(APPLICATION, b"\xff\xfd")])
            play._do(play.negotiator.applicationEnded())
            self.assertEqual(play.client, b"\xff\xfd")

    def test_compressed(self) -> None:
        """
        What an application has compressed is not understood (MCCP), and neither is what has no end.
        """
        for begin in (b"\xff\xfa\x56\xff\xf0", b"\xff\xfa\x55\xfb\xf0"):
            play = Play(Telnet(ALLOWED)).play([(APPLICATION, b"a" + begin), (APPLICATION, DO + b"\xff")])
            self.assertEqual(play.client, b"a" + begin + DO + b"\xff")
        endless = b"\xff\xfa\x18" + b"x" * 5000
        self.assertEqual(Play(Telnet(ALLOWED)).play([(APPLICATION, endless)]).client, endless)

    def test_refused(self) -> None:
        """
        What does not fit is refused, and the application hears nothing of it.
        """
        for security, octets, refusal in [
            (REQUIRED, FOLLOWS, Refusal.MALFORMED),
            (REQUIRED, WILL + b"\xff\xfa\x2e\x02\xff\xf0", Refusal.MALFORMED),
            (REQUIRED, WILL + WONT, Refusal.DECLINED),
            (REQUIRED, b"\x16\x03\x01", Refusal.UNASKED),
            (ALLOWED, b"\x16\x03\x01", Refusal.UNASKED),
            (REQUIRED, OPTION * 2000, Refusal.MALFORMED),
            (REQUIRED, b"\xff\xfa" + b"x" * 5000, Refusal.MALFORMED),
        ]:
            play = Play(Telnet(security)).play([(CLIENT, octets)])
            self.assertEqual((play.refusal, play.application), (refusal, b""), octets[:9])

    def test_typed(self) -> None:
        """
        The first octet of TLS is a character as well, when no TLS follows it.
        """
        play = Play(Telnet(ALLOWED)).play([(CLIENT, b"\x16"), (CLIENT, b"v")])
        self.assertEqual(play.application, b"\x16v")

    def test_unavailable(self) -> None:
        """
        Where TLS cannot be had although it was agreed, the client is told and the session ends.
        """
        play = Play(Telnet(PREFERRED))
        play.available = False
        play.play([(CLIENT, WILL + FOLLOWS)])
        self.assertIn(b"SSL Server is not available on local system.\r\n", play.client)
        self.assertIs(play.refusal, Refusal.GONE)

    def test_large(self) -> None:
        """
        A subnegotiation may be large where nothing is waited for.
        """
        large = b"\xff\xfa\x18" + b"x" * 20000 + b"\xff\xf0"
        play = Play(Telnet(ALLOWED))
        for at in range(0, len(large), 1000):
            play.say(CLIENT, large[at : at + 1000])
        self.assertEqual(play.application, large)
