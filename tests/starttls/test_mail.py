"""
Tests for L{sslpool.starttls.smtp}, L{sslpool.starttls.pop3} and L{sslpool.starttls.nntp}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.starttls.contract import Negotiator, Refusal, Security
from sslpool.starttls.nntp import Nntp
from sslpool.starttls.pop3 import Pop3
from sslpool.starttls.smtp import Lmtp, Smtp
from tests.starttls.play import APPLICATION, CLIENT, Play, Step

ALLOWED, REQUIRED = Security.ALLOWED, Security.REQUIRED
EHLO_REPLY = b"250-mail\r\n250-AUTH PLAIN\r\n250 SIZE 1000\r\n"


class DialogueCase(SynchronousTestCase):
    """
    A test of dialogues.
    """

    def check(self, play: Play, *turns: tuple[Step, bytes, bytes]) -> None:
        """
        Let each turn be played, and see what client and application hear.
        """
        for step, client, application in turns:
            play.heard()
            play.play([step])
            self.assertEqual(play.heard(), (client, application), step)


def begun(negotiator: Negotiator, greeting: bytes) -> Play:
    """
    Return a dialogue whose greeting has been said.
    """
    return Play(negotiator).play([(APPLICATION, greeting)])


class SmtpTests(DialogueCase):
    """
    STARTTLS of SMTP.
    """

    def begun(self, security: Security = ALLOWED) -> Play:
        """
        Return a dialogue whose greeting has been said.
        """
        return begun(Smtp(security), b"220 mail ESMTP\r\n")

    def secured(self, security: Security = ALLOWED) -> Play:
        """
        Return a dialogue that has become secure.
        """
        play = self.begun(security)
        self.check(
            play,
            ((CLIENT, b"EHLO c\r\n"), b"", b"EHLO c\r\n"),
            (
                (APPLICATION, EHLO_REPLY),
                b"250-mail\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"
                if security is REQUIRED
                else b"250-mail\r\n250-AUTH PLAIN\r\n250-SIZE 1000\r\n250 STARTTLS\r\n",
                b"",
            ),
            ((CLIENT, b"StartTLS\r\n"), b"220 2.0.0 Ready to start TLS\r\n", b""),
        )
        self.assertEqual(play.secured, 1)
        return play

    def test_upgrade(self) -> None:
        """
        STARTTLS is announced; after TLS it is not any more, and nothing goes on before another EHLO.
        """
        for security in (ALLOWED, REQUIRED):
            self.check(
                self.secured(security),
                ((CLIENT, b"MAIL FROM:<a>\r\n"), b"503 5.5.1 Send EHLO first\r\n", b""),
                ((CLIENT, b"EHLO c\r\n"), b"", b"EHLO c\r\n"),
                ((APPLICATION, EHLO_REPLY), EHLO_REPLY, b""),
                ((CLIENT, b"MAIL FROM:<a>\r\n"), b"", b"MAIL FROM:<a>\r\n"),
                ((APPLICATION, b"250 ok\r\n"), b"250 ok\r\n", b""),
                ((CLIENT, b"STARTTLS\r\n"), b"503 5.5.1 TLS is active already\r\n", b""),
            )

    def test_required(self) -> None:
        """
        Where TLS is required, the application gets only EHLO and QUIT before it.
        """
        refusal = b"530 5.7.0 Must issue a STARTTLS command first\r\n"
        self.check(
            self.begun(REQUIRED),
            ((CLIENT, b"MAIL FROM:<a>\r\nRCPT TO:<b>\r\n"), refusal * 2, b""),
            ((CLIENT, b"AUTH PLAIN AGEAYg==\r\n"), refusal, b""),
            ((CLIENT, b"\r\n"), refusal, b""),
            ((CLIENT, b"noop\r\n"), b"250 2.0.0 OK\r\n", b""),
            ((CLIENT, b"QUIT\r\n"), b"", b"QUIT\r\n"),
            ((APPLICATION, b"221 bye\r\n"), b"221 bye\r\n", b""),
        )

    def test_order(self) -> None:
        """
        Our answers come in their turn, after those to requests before them; TLS as well.
        """
        play = self.begun()
        self.check(
            play,
            ((CLIENT, b"NOOP\r\nSTARTTLS x\r\nNOOP\r\nSTARTTLS\r\n"), b"", b"NOOP\r\nNOOP\r\n"),
            ((APPLICATION, b"250 1\r\n"), b"250 1\r\n501 5.5.4 Syntax error (no parameters allowed)\r\n", b""),
            ((APPLICATION, b"250 2\r\n"), b"250 2\r\n220 2.0.0 Ready to start TLS\r\n", b""),
        )
        self.assertEqual(play.secured, 1)

    def test_message(self) -> None:
        """
        A message goes through as it is, whatever its lines look like; a refused one is none.
        """
        play = self.begun()
        self.check(
            play,
            ((CLIENT, b"DATA\r\n"), b"", b"DATA\r\n"),
            ((APPLICATION, b"503 no\r\n"), b"503 no\r\n", b""),
            ((CLIENT, b"DATA\r\n"), b"", b"DATA\r\n"),
            ((APPLICATION, b"354 go\r\n"), b"354 go\r\n", b""),
            ((CLIENT, b"STARTTLS\r\n..\r\n.\r\n"), b"", b"STARTTLS\r\n..\r\n.\r\n"),
            ((APPLICATION, b"250 taken\r\n"), b"250 taken\r\n", b""),
            ((CLIENT, b"BDAT 12 LAST\r\nSTARTTLS\r\n\r\n"), b"", b"BDAT 12 LAST\r\nSTARTTLS\r\n\r\n"),
            ((APPLICATION, b"250 taken\r\n"), b"250 taken\r\n", b""),
            ((CLIENT, b"RSET\r\n"), b"", b"RSET\r\n"),
        )

    def test_reset(self) -> None:
        """
        A transaction that was begun in cleartext is reset at the application, unseen.
        """
        play = self.begun()
        self.check(
            play,
            ((CLIENT, b"MAIL FROM:<a>\r\n"), b"", b"MAIL FROM:<a>\r\n"),
            ((APPLICATION, b"250 ok\r\n"), b"250 ok\r\n", b""),
            ((CLIENT, b"STARTTLS\r\n"), b"220 2.0.0 Ready to start TLS\r\n", b"RSET\r\n"),
            ((CLIENT, b"EHLO c\r\n"), b"", b"EHLO c\r\n"),
            ((APPLICATION, b"250 reset\r\n250 mail\r\n"), b"250 mail\r\n", b""),
        )

    def test_authenticated(self) -> None:
        """
        A login in cleartext could not be forgotten: no TLS after it.  Its responses are no commands.
        """
        self.check(
            self.begun(),
            ((CLIENT, b"AUTH LOGIN\r\n"), b"", b"AUTH LOGIN\r\n"),
            ((APPLICATION, b"334 VXNlcg==\r\n"), b"334 VXNlcg==\r\n", b""),
            ((CLIENT, b"STARTTLS\r\n"), b"", b"STARTTLS\r\n"),
            ((APPLICATION, b"235 welcome\r\n"), b"235 welcome\r\n", b""),
            ((CLIENT, b"STARTTLS\r\n"), b"503 5.5.1 STARTTLS not permitted after AUTH\r\n", b""),
            ((CLIENT, b"EHLO c\r\n"), b"", b"EHLO c\r\n"),
            ((APPLICATION, EHLO_REPLY), EHLO_REPLY, b""),
        )

    def test_unavailable(self) -> None:
        """
        Where TLS cannot be had, the client is told so and goes on in cleartext.
        """
        play = self.begun()
        play.available = False
        self.check(
            play,
            ((CLIENT, b"STARTTLS\r\n"), b"454 4.7.0 TLS not available due to temporary reason\r\n", b""),
            ((CLIENT, b"NOOP\r\n"), b"", b"NOOP\r\n"),
        )

    def test_applicationOutOfTurn(self) -> None:
        """
        What the application says unasked before TLS ends the dialogue, but for a word of farewell.
        """
        for octets, refusal in [
            (b"421 down\r\n", None),
            (b"250 what\r\n", Refusal.APPLICATION),
            (b"hello\r\n", Refusal.APPLICATION),
            (b"2" * 20000, Refusal.APPLICATION),
        ]:
            play = self.begun()
            play.say(APPLICATION, octets)
            self.assertIs(play.refusal, refusal, octets[:20])

    def test_applicationLeaves(self) -> None:
        """
        An application that leaves in the middle is said to have; one that was told to quit is not.
        """
        play = self.begun()
        play.play([(CLIENT, b"NOOP\r\n")])
        play._do(play.negotiator.applicationEnded())
        self.assertIs(play.refusal, Refusal.GONE)
        self.assertTrue(play.client.endswith(b"421 4.3.0 Mail system not available, closing connection\r\n"))
        play = self.begun()
        play.play([(CLIENT, b"QUIT\r\n"), (APPLICATION, b"221 bye\r\n")])
        play._do(play.negotiator.applicationEnded())
        self.assertIsNone(play.refusal)


class LmtpTests(DialogueCase):
    """
    STARTTLS of LMTP.
    """

    def test_recipients(self) -> None:
        """
        A message gets a reply for each recipient that was taken.
        """
        play = begun(Lmtp(ALLOWED), b"220 mail LMTP\r\n")
        recipients = b"RCPT TO:<a>\r\nRCPT TO:<b>\r\nRCPT TO:<c>\r\n"
        self.check(
            play,
            ((CLIENT, b"LHLO c\r\n"), b"", b"LHLO c\r\n"),
            ((APPLICATION, b"250 mail\r\n"), b"250-mail\r\n250 STARTTLS\r\n", b""),
            ((CLIENT, recipients), b"", recipients),
            ((APPLICATION, b"250 a\r\n550 b\r\n250 c\r\n"), b"250 a\r\n550 b\r\n250 c\r\n", b""),
            ((CLIENT, b"DATA\r\n"), b"", b"DATA\r\n"),
            ((APPLICATION, b"354 go\r\n"), b"354 go\r\n", b""),
            ((CLIENT, b"x\r\n.\r\n"), b"", b"x\r\n.\r\n"),
            ((CLIENT, b"STARTTLS\r\n"), b"", b""),
            ((APPLICATION, b"250 a\r\n"), b"250 a\r\n", b""),
            ((APPLICATION, b"250 c\r\n"), b"250 c\r\n220 2.0.0 Ready to start TLS\r\n", b"RSET\r\n"),
        )


class Pop3Tests(DialogueCase):
    """
    STLS of POP3.
    """

    def begun(self, security: Security = ALLOWED) -> Play:
        """
        Return a dialogue whose greeting has been said.
        """
        return begun(Pop3(security), b"+OK ready\r\n")

    def test_upgrade(self) -> None:
        """
        STLS is announced before TLS and not after it.
        """
        capabilities = b"+OK\r\nUSER\r\nTOP\r\nSTLS\r\n.\r\n"
        for security, user in ((ALLOWED, b"USER\r\n"), (REQUIRED, b"")):
            play = self.begun(security)
            self.check(
                play,
                ((CLIENT, b"CAPA\r\n"), b"", b"CAPA\r\n"),
                ((APPLICATION, capabilities), b"+OK Capability list follows\r\n" + user + b"TOP\r\nSTLS\r\n.\r\n", b""),
                ((CLIENT, b"stls\r\n"), b"+OK Begin TLS negotiation\r\n", b""),
                ((CLIENT, b"CAPA\r\n"), b"", b"CAPA\r\n"),
                ((APPLICATION, capabilities), b"+OK Capability list follows\r\nUSER\r\nTOP\r\n.\r\n", b""),
                ((CLIENT, b"STLS\r\n"), b"-ERR Command not permitted when TLS active\r\n", b""),
            )
            self.assertEqual(play.secured, 1)

    def test_noCapabilities(self) -> None:
        """
        An application without CAPA gets STLS announced all the same.
        """
        self.check(
            self.begun(),
            ((CLIENT, b"CAPA\r\n"), b"", b"CAPA\r\n"),
            ((APPLICATION, b"-ERR what\r\n"), b"+OK Capability list follows\r\nSTLS\r\n.\r\n", b""),
        )

    def test_required(self) -> None:
        """
        Where TLS is required, no name and no password gets to the application before it.
        """
        refusal = b"-ERR Must issue a STLS command first\r\n"
        self.check(self.begun(REQUIRED), ((CLIENT, b"USER a\r\nPASS b\r\n"), refusal * 2, b""))

    def test_named(self) -> None:
        """
        STLS is refused once a name has been given, and is understood in the midst of texts.
        """
        refusal = b"-ERR STLS is permitted before a name is given\r\n"
        self.check(
            self.begun(),
            ((CLIENT, b"USER a\r\n"), b"", b"USER a\r\n"),
            ((APPLICATION, b"+OK\r\n"), b"+OK\r\n", b""),
            ((CLIENT, b"STLS\r\n"), refusal, b""),
            ((CLIENT, b"PASS b\r\nRETR 1\r\nSTLS\r\nLIST 1\r\n"), b"", b"PASS b\r\nRETR 1\r\nLIST 1\r\n"),
            ((APPLICATION, b"+OK\r\n+OK\r\nx\r\n+OK\r\n."), b"+OK\r\n+OK\r\nx\r\n+OK\r", b""),
            ((APPLICATION, b"\r\n+OK 1 2\r\n"), b"\n.\r\n" + refusal + b"+OK 1 2\r\n", b""),
        )

    def test_nameRefused(self) -> None:
        """
        A name that is not accepted leaves nothing to be forgotten; a login is not forgotten with it.
        """
        refusal = b"-ERR STLS is permitted before a name is given\r\n"
        no, yes = b"-ERR\r\n", b"+OK\r\n"
        self.check(
            self.begun(),
            ((CLIENT, b"USER a\r\n"), b"", b"USER a\r\n"),
            ((APPLICATION, no), no, b""),
            ((CLIENT, b"PASS b\r\n"), b"", b"PASS b\r\n"),
            ((APPLICATION, yes), yes, b""),
            ((CLIENT, b"STLS\r\nUSER c\r\n"), refusal, b"USER c\r\n"),
            ((APPLICATION, no), no, b""),
            ((CLIENT, b"STLS\r\n"), refusal, b""),
        )
        self.check(
            self.begun(),
            ((CLIENT, b"USER a\r\n"), b"", b"USER a\r\n"),
            ((APPLICATION, no), no, b""),
            ((CLIENT, b"STLS\r\n"), b"+OK Begin TLS negotiation\r\n", b""),
        )

    def test_mechanism(self) -> None:
        """
        The responses of a login are no commands.
        """
        self.check(
            self.begun(),
            ((CLIENT, b"AUTH PLAIN\r\n"), b"", b"AUTH PLAIN\r\n"),
            ((APPLICATION, b"+ \r\n"), b"+ \r\n", b""),
            ((CLIENT, b"STLS\r\n"), b"", b"STLS\r\n"),
            ((APPLICATION, b"-ERR\r\n"), b"-ERR\r\n", b""),
        )


class NntpTests(DialogueCase):
    """
    STARTTLS of NNTP.
    """

    def begun(self, security: Security = ALLOWED) -> Play:
        """
        Return a dialogue whose greeting has been said.
        """
        return begun(Nntp(security), b"200 news\r\n")

    def test_upgrade(self) -> None:
        """
        STARTTLS is announced before TLS and not after it.
        """
        play = self.begun()
        self.check(
            play,
            ((CLIENT, b"CAPABILITIES\r\n"), b"", b"CAPABILITIES\r\n"),
            (
                (APPLICATION, b"101 list\r\nVERSION 2\r\n.\r\n"),
                b"101 Capability list follows\r\nVERSION 2\r\nSTARTTLS\r\n.\r\n",
                b"",
            ),
            ((CLIENT, b"STARTTLS\r\n"), b"382 Continue with TLS negotiation\r\n", b""),
            ((CLIENT, b"STARTTLS\r\n"), b"502 TLS is active already\r\n", b""),
            ((CLIENT, b"POST\r\n"), b"", b"POST\r\n"),
            ((APPLICATION, b"340 go\r\n"), b"340 go\r\n", b""),
            ((CLIENT, b"STARTTLS\r\n.\r\nDATE\r\n"), b"", b"STARTTLS\r\n.\r\nDATE\r\n"),
            ((APPLICATION, b"240 taken\r\n111 now\r\n"), b"240 taken\r\n111 now\r\n", b""),
        )
        self.assertEqual(play.secured, 1)

    def test_required(self) -> None:
        """
        Where TLS is required, nothing else gets to the application before it.
        """
        self.check(
            self.begun(REQUIRED), ((CLIENT, b"GROUP a\r\n"), b"483 Must issue a STARTTLS command first\r\n", b"")
        )

    def test_memory(self) -> None:
        """
        After the choice of a newsgroup STARTTLS is refused, and is understood in the midst of texts.
        """
        refusal = b"502 STARTTLS is permitted before other commands\r\n"
        self.check(
            self.begun(),
            ((CLIENT, b"LISTGROUP a\r\nSTARTTLS\r\n"), b"", b"LISTGROUP a\r\n"),
            ((APPLICATION, b"211 1\r\n1\r\n"), b"211 1\r\n1\r", b""),
            ((APPLICATION, b".\r\n"), b"\n.\r\n" + refusal, b""),
            ((CLIENT, b"TAKETHIS <a>\r\nSTARTTLS\r\n.\r\nSTARTTLS\r\n"), b"", b"TAKETHIS <a>\r\nSTARTTLS\r\n.\r\n"),
            ((APPLICATION, b"239 <a>\r\n"), b"239 <a>\r\n" + refusal, b""),
        )
