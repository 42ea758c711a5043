"""
Tests for L{sslpool.starttls.postgresql} and L{sslpool.starttls.mysql}.
"""

from __future__ import annotations

from sslpool.starttls.contract import Refusal, StartTls
from sslpool.starttls.mysql import MySql
from sslpool.starttls.postgresql import ALPN, PostgreSql, errorResponse
from tests.starttls.play import APPLICATION, CLIENT, Play
from tests.starttls.scripts import (
    GSS_REQUEST,
    SSL_REQUEST,
    STARTUP,
    TLS12_HELLO,
    mysqlAnswer,
    mysqlGreeting,
    packet,
    startup,
)
from tests.starttls.test_mail import ALLOWED, REQUIRED, DialogueCase

CANCEL = startup(80877102, b"\0\0\0\1\0\0\0\2")


class PostgreSqlTests(DialogueCase):
    """
    The beginning of a connection to PostgreSQL.
    """

    def test_upgrade(self) -> None:
        """
        GSS is declined, TLS accepted; the application's first packet is the start-up packet.
        """
        for security in (ALLOWED, REQUIRED):
            play = Play(PostgreSql(security))
            self.check(
                play,
                ((CLIENT, GSS_REQUEST), b"N", b""),
                ((CLIENT, SSL_REQUEST), b"S", b""),
                ((CLIENT, STARTUP), b"", STARTUP),
                ((CLIENT, SSL_REQUEST), b"", SSL_REQUEST),
            )
            self.assertTrue(play.negotiator.transparent)

    def test_direct(self) -> None:
        """
        TLS at once is accepted from a client that names the protocol; nothing is said in cleartext.
        """
        negotiator = PostgreSql(REQUIRED)
        expected = [StartTls(b"", b"", unread=len(TLS12_HELLO), alpn=ALPN)]
        self.assertEqual(negotiator.fromClient(TLS12_HELLO), expected)

    def test_required(self) -> None:
        """
        Where TLS is required, the start-up packet is refused without it, a request to cancel is not.
        """
        play = Play(PostgreSql(REQUIRED)).play([(CLIENT, STARTUP)])
        self.assertEqual(play.heard(), (errorResponse("28000", "SSL connection is required"), b""))
        longer = startup(80877102, b"\0\0\0\1" + bytes(256))
        for cancel in (CANCEL, longer):
            play = Play(PostgreSql(REQUIRED))
            self.check(play, ((CLIENT, cancel), b"", cancel))
            self.assertEqual(play.negotiator.applicationEnded(), [])

    def test_afterCancel(self) -> None:
        """
        Where TLS is required, a request to cancel is the last that the application gets, and it has nothing to say.
        """
        for steps in ([(CLIENT, CANCEL + STARTUP)], [(CLIENT, CANCEL), (CLIENT, STARTUP)]):
            play = Play(PostgreSql(REQUIRED)).play(steps)
            self.assertIs(play.refusal, Refusal.MALFORMED)
            self.assertNotIn(STARTUP, play.application)
        play = Play(PostgreSql(REQUIRED)).play([(CLIENT, CANCEL), (APPLICATION, b"R")])
        self.assertIs(play.refusal, Refusal.APPLICATION)
        self.assertNotIn(b"R", play.client[:1])
        self.assertTrue(Play(PostgreSql(ALLOWED)).play([(CLIENT, CANCEL)]).negotiator.transparent)

    def test_twice(self) -> None:
        """
        TLS in TLS, and any second request, is refused.
        """
        for steps, refusal in (
            ([(CLIENT, SSL_REQUEST), (CLIENT, SSL_REQUEST)], Refusal.AGAIN),
            ([(CLIENT, SSL_REQUEST), (CLIENT, GSS_REQUEST)], Refusal.AGAIN),
            ([(CLIENT, GSS_REQUEST), (CLIENT, GSS_REQUEST)], Refusal.MALFORMED),
        ):
            play = Play(PostgreSql(ALLOWED)).play(steps)
            self.assertEqual((play.refusal, play.application), (refusal, b""))

    def test_malformed(self) -> None:
        """
        What cannot be a first packet, or comes with a request for encryption, is refused.
        """
        for octets, refusal in [
            (b"GET / HTTP/1.0\r\n\r\n", Refusal.MALFORMED),
            (startup(196608)[:4] + b"\0\2\0\0", Refusal.MALFORMED),
            ((20000).to_bytes(4, "big") + startup(196608)[4:], Refusal.MALFORMED),
            (GSS_REQUEST + SSL_REQUEST, Refusal.INJECTION),
        ]:
            play = Play(PostgreSql(ALLOWED)).play([(CLIENT, octets)])
            self.assertIs(play.refusal, refusal, octets)

    def test_unavailable(self) -> None:
        """
        Where TLS cannot be had, the client may go on without where it is not required.
        """
        play = Play(PostgreSql(ALLOWED))
        play.available = False
        self.check(play, ((CLIENT, SSL_REQUEST), b"N", b""), ((CLIENT, STARTUP), b"", STARTUP))

    def test_application(self) -> None:
        """
        An application that speaks first does not speak PostgreSQL.
        """
        self.assertIs(Play(PostgreSql(ALLOWED)).play([(APPLICATION, b"R")]).refusal, Refusal.APPLICATION)

    def test_waiting(self) -> None:
        """
        The client's time runs from the beginning until the start-up packet is complete.
        """
        play = Play(PostgreSql(ALLOWED))
        self.assertTrue(play.negotiator.waiting)
        play.play([(CLIENT, STARTUP[:9])])
        self.assertTrue(play.negotiator.waiting)
        play.play([(CLIENT, STARTUP[9:])])
        self.assertFalse(play.negotiator.waiting)


class MySqlTests(DialogueCase):
    """
    The beginning of a connection to MySQL.
    """

    def test_upgrade(self) -> None:
        """
        The flag is set in the greeting, the application gets one answer without it, and the numbers
        of packets fit on both sides until the login is over.
        """
        self.check(
            Play(MySql(REQUIRED)),
            ((APPLICATION, mysqlGreeting(0xF7FF)), mysqlGreeting(0xFFFF), b""),
            ((CLIENT, mysqlAnswer(1, 0x8FF, b"")), b"", b""),
            ((CLIENT, mysqlAnswer(2, 0x8FF)), b"", mysqlAnswer(1, 0x0FF)),
            ((APPLICATION, packet(2, b"\xfeother")), packet(3, b"\xfeother"), b""),
            ((CLIENT, packet(4, b"digest")), b"", packet(3, b"digest")),
            ((APPLICATION, packet(4, b"\0")), packet(5, b"\0"), b""),
            ((CLIENT, packet(0, b"\3SELECT 1")), b"", packet(0, b"\3SELECT 1")),
            ((APPLICATION, packet(1, b"\1")), packet(1, b"\1"), b""),
        )

    def test_atOnce(self) -> None:
        """
        There is no answer to the request, so that TLS may follow at once.
        """
        play = Play(MySql(ALLOWED)).play([(APPLICATION, mysqlGreeting(0))])
        play.play([(CLIENT, mysqlAnswer(1, 0x8FF, b"") + TLS12_HELLO)])
        self.assertEqual((play.kept, play.secured), (TLS12_HELLO, 1))

    def test_required(self) -> None:
        """
        Where TLS is required, a login without it is refused in MySQL's words.
        """
        play = Play(MySql(REQUIRED)).play([(APPLICATION, mysqlGreeting(0)), (CLIENT, mysqlAnswer(1, 0xFF))])
        self.assertEqual((play.refusal, play.application), (Refusal.DECLINED, b""))
        self.assertIn(b"#HY000Connections using insecure transport are prohibited", play.client)

    def test_numbers(self) -> None:
        """
        Last words have the number after that of the client's packet, since clients believe no other; who has been
        greeted sends one before it reads on.
        """
        greeted, answer = (APPLICATION, mysqlGreeting(0)), mysqlAnswer(1, 0xFF)
        asked = (CLIENT, mysqlAnswer(1, 0x8FF, b""))
        for steps, number in [
            ([(APPLICATION, packet(0, b"\x09old"))], 0),
            ([greeted], 2),
            ([greeted, (APPLICATION, packet(1, b"\0"))], 2),
            ([greeted, (CLIENT, answer[:3])], 2),
            ([greeted, (CLIENT, answer[:4])], 2),
            ([greeted, (CLIENT, answer)], 2),
            ([greeted, (CLIENT, mysqlAnswer(3, 0xFF))], 4),
            ([greeted, asked], 2),
            ([greeted, asked, (CLIENT, mysqlAnswer(2, 0x8FF, b""))], 3),
            ([greeted, asked, (CLIENT, mysqlAnswer(4, 0x8FF))], 5),
        ]:
            play = Play(MySql(REQUIRED)).play(steps[:-1])
            play.heard()
            play.play(steps[-1:])
            words = play.client if play.negotiator.over else play.negotiator.lastWords(Refusal.LATE)
            self.assertEqual(words[3:5], bytes([number, 0xFF]), steps)

    def test_refused(self) -> None:
        """
        What does not fit is refused: a second request, the flag without TLS, a wrong number, TLS unasked.
        """
        asked = (CLIENT, mysqlAnswer(1, 0x8FF, b""))
        for steps, refusal in [
            ([asked, (CLIENT, mysqlAnswer(2, 0x8FF, b""))], Refusal.AGAIN),
            ([(CLIENT, mysqlAnswer(1, 0x8FF))], Refusal.MALFORMED),
            ([(CLIENT, mysqlAnswer(3, 0xFF))], Refusal.MALFORMED),
            ([(CLIENT, TLS12_HELLO)], Refusal.UNASKED),
            ([(APPLICATION, packet(1, b"\0"))], Refusal.APPLICATION),
        ]:
            play = Play(MySql(ALLOWED)).play([(APPLICATION, mysqlGreeting(0)), *steps])
            self.assertEqual((play.refusal, play.application), (refusal, b""), steps)

    def test_application(self) -> None:
        """
        An application that lets nobody in is relayed; one that greets otherwise is refused.  Where TLS is
        required, it gets nothing of the client.
        """
        refusing = packet(0, b"\xff\x69\x04Host is blocked")
        for security, application in ((ALLOWED, b"x"), (REQUIRED, b"")):
            play = Play(MySql(security)).play(
                [(APPLICATION, refusing[:9]), (APPLICATION, refusing[9:]), (CLIENT, b"x")]
            )
            self.assertEqual(play.heard(), (refusing, application))
        for octets in (packet(0, b"\x09old"), b"220 mail\r\n", mysqlGreeting(0) + b"x", packet(0, b"\x0ano end")):
            self.assertIs(Play(MySql(ALLOWED)).play([(APPLICATION, octets)]).refusal, Refusal.APPLICATION, octets)
