"""
Tests for L{sslpool.starttls.imap}.
"""

from __future__ import annotations

from sslpool.starttls.contract import Refusal, Security
from sslpool.starttls.imap import Imap
from tests.starttls.play import APPLICATION, CLIENT, Play
from tests.starttls.test_mail import ALLOWED, REQUIRED, DialogueCase, begun

FIRST = b" NO [PRIVACYREQUIRED] Must issue a STARTTLS command first\r\n"


class ImapTests(DialogueCase):
    """
    STARTTLS of IMAP.
    """

    def begun(self, security: Security = ALLOWED, greeting: bytes = b"* OK ready\r\n") -> Play:
        """
        Return a dialogue whose greeting has been said.
        """
        return begun(Imap(security), greeting)

    def test_capabilities(self) -> None:
        """
        STARTTLS is announced wherever capabilities are, and logins are not where they are refused.
        """
        greeting = b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN STARTTLS] ready\r\n"
        for security, expected in (
            (ALLOWED, b"IMAP4rev1 SASL-IR AUTH=PLAIN STARTTLS"),
            (REQUIRED, b"IMAP4rev1 STARTTLS LOGINDISABLED"),
        ):
            play = self.begun(security, greeting)
            self.assertEqual(play.client, b"* OK [CAPABILITY " + expected + b"] ready\r\n")
            self.check(
                play,
                ((CLIENT, b"a capability\r\n"), b"", b"a capability\r\n"),
                (
                    (APPLICATION, b"* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\na OK done\r\n"),
                    b"* CAPABILITY " + expected + b"\r\na OK done\r\n",
                    b"",
                ),
                ((CLIENT, b"b StartTLS\r\n"), b"b OK Begin TLS negotiation now\r\n", b""),
                ((CLIENT, b"c CAPABILITY\r\n"), b"", b"c CAPABILITY\r\n"),
                ((APPLICATION, b"* CAPABILITY X STARTTLS\r\nc OK\r\n"), b"* CAPABILITY X\r\nc OK\r\n", b""),
                ((CLIENT, b"d STARTTLS\r\n"), b"d BAD TLS is active already\r\n", b""),
            )

    def test_required(self) -> None:
        """
        Where TLS is required, nothing of a login gets to the application, in whatever form it comes.
        """
        self.check(
            self.begun(REQUIRED),
            ((CLIENT, b"a LOGIN me secret\r\n"), b"a" + FIRST, b""),
            ((CLIENT, b"b LOGIN {2}\r\n"), b"b" + FIRST, b""),
            ((CLIENT, b"c LOGIN {2+}\r\nme {6+}\r\nsecret\r\n"), b"c" + FIRST, b""),
            ((CLIENT, b"d AUTHENTICATE PLAIN AG1lAHNlY3JldA==\r\n"), b"d" + FIRST, b""),
            ((CLIENT, b"e NOOP\r\n\r\n"), b"e OK NOOP completed\r\n* BAD Invalid command\r\n", b""),
            ((CLIENT, b"f LOGOUT\r\n"), b"", b"f LOGOUT\r\n"),
        )
        play = self.begun(REQUIRED).play([(CLIENT, b"a LOGIN {999999999+}\r\n")])
        self.assertIs(play.refusal, Refusal.MALFORMED)

    def test_preauthenticated(self) -> None:
        """
        Where TLS is required, an application that lets everybody in lets nobody in.
        """
        play = self.begun(REQUIRED, b"* PREAUTH welcome\r\n")
        self.assertIs(play.refusal, Refusal.DECLINED)
        play = self.begun(ALLOWED, b"* PREAUTH welcome\r\n")
        self.check(play, ((CLIENT, b"a STARTTLS\r\n"), b"a BAD STARTTLS is not permitted after login\r\n", b""))

    def test_literals(self) -> None:
        """
        Literals are no commands; one that the application does not want is none.
        """
        self.check(
            self.begun(),
            ((CLIENT, b"a LOGIN {10}\r\n"), b"", b"a LOGIN {10}\r\n"),
            ((APPLICATION, b"a BAD no\r\n"), b"a BAD no\r\n", b""),
            ((CLIENT, b"b LOGIN {10}\r\n"), b"", b"b LOGIN {10}\r\n"),
            ((APPLICATION, b"+ go\r\n"), b"+ go\r\n", b""),
            ((CLIENT, b"x STARTTLS x\r\n"), b"", b"x STARTTLS x\r\n"),
            ((APPLICATION, b"b OK in\r\n"), b"b OK in\r\n", b""),
            ((CLIENT, b"c STARTTLS\r\n"), b"c BAD STARTTLS is not permitted after login\r\n", b""),
        )

    def test_login(self) -> None:
        """
        The lines of a login are no commands, and neither is the end of IDLE.
        """
        self.check(
            self.begun(),
            ((CLIENT, b"a AUTHENTICATE LOGIN\r\n"), b"", b"a AUTHENTICATE LOGIN\r\n"),
            ((APPLICATION, b"+ VXNlcg==\r\n"), b"+ VXNlcg==\r\n", b""),
            ((CLIENT, b"b STARTTLS\r\n"), b"", b"b STARTTLS\r\n"),
            ((APPLICATION, b"a NO\r\n"), b"a NO\r\n", b""),
            ((CLIENT, b"c IDLE\r\n"), b"", b"c IDLE\r\n"),
            ((APPLICATION, b"+ idling\r\n"), b"+ idling\r\n", b""),
            ((CLIENT, b"DONE\r\n"), b"", b"DONE\r\n"),
            ((CLIENT, b"d STARTTLS\r\n"), b"", b""),
            ((APPLICATION, b"c OK\r\n"), b"c OK\r\nd OK Begin TLS negotiation now\r\n", b""),
        )

    def test_between(self) -> None:
        """
        Our answers come between two replies, never within one.
        """
        play = self.begun().play([(CLIENT, b"a FETCH 1 BODY[]\r\n")])
        self.check(
            play,
            ((APPLICATION, b"* 1 FETCH (BODY[] {4}\r\nab"), b"* 1 FETCH (BODY[] {4}\r\nab", b""),
            ((CLIENT, b"b STARTTLS x\r\n"), b"", b""),
            ((APPLICATION, b"\r\n)"), b"\r\n", b""),
            ((APPLICATION, b"\r\n"), b")\r\nb BAD STARTTLS has no arguments\r\n", b""),
        )

    def test_compressed(self) -> None:
        """
        When both sides compress, nothing is understood any more.
        """
        play = self.begun().play([(CLIENT, b"a STARTTLS\r\n"), (CLIENT, b"b COMPRESS DEFLATE\r\n")])
        play.play([(APPLICATION, b"b OK\r\n\x78\x9c")])
        self.assertTrue(play.negotiator.transparent)
        self.assertEqual(play.client[-8:], b"b OK\r\n\x78\x9c")

    def test_outOfTurn(self) -> None:
        """
        A completion, or a request to go on, that nobody waits for ends the dialogue before TLS.
        """
        for octets in (b"x OK\r\n", b"+ go\r\n"):
            play = self.begun().play([(APPLICATION, octets)])
            self.assertIs(play.refusal, Refusal.APPLICATION, octets)
        self.assertIs(self.begun(ALLOWED, b"hello\r\n").refusal, Refusal.APPLICATION)
