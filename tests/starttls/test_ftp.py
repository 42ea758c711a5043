"""
Tests for L{sslpool.starttls.ftp}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from sslpool.starttls.contract import Listen, Refusal, Security
from sslpool.starttls.ftp import Ftp
from tests.starttls.play import APPLICATION, CLIENT, Play, Step

NEVER, ALLOWED, PREFERRED, REQUIRED = Security
GREETING = b"220 files\r\n"
FEATURES = b"211-Features:\r\n AUTH TLS\r\n PBSZ\r\n PROT\r\n211 End\r\n"
NO_PROT = b"521 Data connection cannot be opened with this PROT setting, use PROT P\r\n"
FOREIGN = b"504 Data connections go to the client's own address, and to no reserved port\r\n"


class FtpCase(SynchronousTestCase):
    """
    A test with a dialogue.
    """

    def begun(self, security: Security = ALLOWED, data: Security = PREFERRED, implicit: bool = False) -> Play:
        """
        Return a dialogue whose greeting has been said.
        """
        return Play(Ftp(security, data, implicit)).play([(APPLICATION, GREETING)])

    def secured(self, data: Security = PREFERRED, mechanism: bytes = b"TLS") -> Play:
        """
        Return a dialogue that has become secure.
        """
        play = self.begun(data=data)
        self.asks(play, (b"AUTH " + mechanism, b"234 Proceed with TLS negotiation\r\n"))
        self.assertEqual(play.secured, 1)
        return play

    def asks(self, play: Play, *turns: tuple[bytes, bytes]) -> None:
        """
        Let the client ask; it gets these answers, and the application hears nothing.
        """
        for command, answer in turns:
            play.heard()
            play.play([(CLIENT, command + b"\r\n")])
            self.assertEqual(play.heard(), (answer, b""), command)

    def passes(self, play: Play, command: bytes, reply: bytes, heard: bytes = b"", said: bytes = b"") -> None:
        """
        Let the client ask and the application reply.

        @param heard: what the application hears, where it is not the same.
        @param said: what the client is told, where it is not the same.
        """
        play.heard()
        play.play([(CLIENT, command + b"\r\n"), (APPLICATION, reply)])
        self.assertEqual(play.heard(), (said or reply, heard or command + b"\r\n"))


class SecurityTests(FtpCase):
    """
    The commands about security.
    """

    def test_auth(self) -> None:
        """
        The mechanisms are those of RFC 4217; a second time is refused.
        """
        for mechanism in (b"TLS", b"tls-c", b"SSL", b"TLS-P"):
            self.asks(self.secured(mechanism=mechanism), (b"AUTH TLS", b"534 TLS is active already\r\n"))
        self.asks(
            self.begun(),
            (b"AUTH", b"501 Which mechanism?\r\n"),
            (b"AUTH GSSAPI", b"504 Mechanism not known, use AUTH TLS\r\n"),
            (b"PBSZ 0", b"503 AUTH TLS comes before PBSZ\r\n"),
            (b"PROT P", b"503 AUTH TLS and PBSZ come before PROT\r\n"),
            (b"CCC", b"533 Command protection level denied for policy reasons\r\n"),
        )

    def test_prot(self) -> None:
        """
        PBSZ comes before PROT; levels are C and P; there is no way back to cleartext.
        """
        self.asks(
            self.secured(),
            (b"PROT P", b"503 AUTH TLS and PBSZ come before PROT\r\n"),
            (b"PBSZ many", b"501 Which size?\r\n"),
            (b"PBSZ 1024", b"200 PBSZ=0\r\n"),
            (b"PROT S", b"536 TLS has levels C and P\r\n"),
            (b"PROT E", b"536 TLS has levels C and P\r\n"),
            (b"PROT X", b"504 Level not known, use PROT P\r\n"),
            (b"prot p", b"200 Protection level set to P\r\n"),
            (b"PROT C", b"200 Protection level set to C\r\n"),
            (b"CCC", b"533 Command protection level denied for policy reasons\r\n"),
            (b"ADAT x", b"502 Command not implemented\r\n"),
            (b"MIC x", b"502 Command not implemented\r\n"),
            (b"REIN", b"502 Command not implemented\r\n"),
        )

    def test_required(self) -> None:
        """
        Where TLS is required the application hears of nothing but FEAT and QUIT before it.
        """
        play = self.begun(REQUIRED)
        refusal = b"530 Must issue AUTH TLS first\r\n"
        for command in (b"USER a", b"PASS b", b"PASV", b"PORT 192,0,2,1,19,137", b"STAT", b"", b"\xffUSER a"):
            self.asks(play, (command, refusal))
        self.asks(play, (b"NOOP", b"200 OK\r\n"))
        self.passes(play, b"FEAT", b"502 no\r\n", said=FEATURES)
        self.passes(play, b"QUIT", b"221 bye\r\n")

    def test_user(self) -> None:
        """
        AUTH is refused after a name has been accepted: that could not be forgotten.
        """
        play = self.begun()
        self.passes(play, b"USER a", b"530 no\r\n")
        self.passes(play, b"USER b", b"331 word\r\n")
        self.asks(play, (b"AUTH TLS", b"534 AUTH is permitted before USER\r\n"))

    def test_unavailable(self) -> None:
        """
        Where TLS cannot be had the client is told so, and the connection is closed, as that reply says.
        """
        play = self.begun()
        play.available = False
        self.asks(play, (b"AUTH TLS", b"421 Temporarily unable to process security\r\n"))
        self.assertIs(play.refusal, Refusal.UNAVAILABLE)

    def test_features(self) -> None:
        """
        FEAT says what there is here: no other security, and no other addresses.
        """
        play = self.begun()
        theirs = b"211-Have:\r\n SIZE\r\n AUTH GSSAPI;SSL\r\n PROT C;\r\n LPSV\r\n CCC\r\n MLST a*;b;\r\n211 done\r\n"
        ours = FEATURES.replace(b"\r\n AUTH", b"\r\n SIZE\r\n MLST a*;b;\r\n AUTH")
        self.passes(play, b"FEAT", theirs, said=ours)
        self.passes(play, b"FEAT", b"211 none\r\n", said=FEATURES)
        self.passes(
            play, b"FEAT", b"211-Have:\r\n211-UTF8\r\n211 done\r\n", said=FEATURES.replace(b" AUTH", b" UTF8\r\n AUTH")
        )


class DataTests(FtpCase):
    """
    Data connections.
    """

    def test_passive(self) -> None:
        """
        The reply names a place of ours, whatever the application has called its own.
        """
        for command, reply, said in [
            (b"PASV", b"227 go (10,0,0,1,7,208)\r\n", b"227 Entering Passive Mode (192,0,2,9,15,161).\r\n"),
            (b"EPSV", b"229 go (|||2000|)\r\n", b"229 Entering Extended Passive Mode (|||4001|)\r\n"),
        ]:
            play = self.begun()
            self.passes(play, command, reply, said=said)
            self.assertEqual(play.listens, [Listen(2000, True, False)])

    def test_active(self) -> None:
        """
        The application is told a place of ours, and the client gets the application's reply.
        """
        for command in (b"PORT 192,0,2,1,19,137", b"EPRT |1|192.0.2.1|5001|"):
            play = self.begun()
            self.passes(play, command, b"200 ok\r\n", heard=b"PORT 192,0,2,9,15,161\r\n")
            self.assertEqual(play.listens, [Listen(5001, False, False)])

    def test_foreign(self) -> None:
        """
        No data connection goes to a third address, nor to a service.
        """
        play = self.begun()
        self.asks(
            play,
            (b"PORT 192,0,2,2,19,137", FOREIGN),
            (b"PORT 127,0,0,1,19,137", FOREIGN),
            (b"PORT 192,0,2,1,0,25", FOREIGN),
            (b"EPRT |1|192.0.2.2|5001|", FOREIGN),
            (b"EPRT |2|::ffff:192.0.2.1|5001|", FOREIGN),
            (b"PORT 192,0,2,1", b"501 Not an address\r\n"),
            (b"EPRT |3|x|1|", b"522 Network protocol not supported, use (1)\r\n"),
            (b"EPSV 2", b"522 Network protocol not supported, use (1)\r\n"),
            (b"LPRT 4,4,192,0,2,2,2,4,1", b"502 Command not implemented\r\n"),
            (b"CPSV", b"502 Command not implemented\r\n"),
        )
        self.assertEqual(play.listens, [])
        self.assertEqual(play.denied, 5)

    def test_protection(self) -> None:
        """
        Data is protected as PROT says; before that not, unless the connection was secure from the
        beginning or the mechanism says so.
        """
        for play, expected in [
            (self.begun(), False),
            (self.secured(), False),
            (self.secured(mechanism=b"SSL"), True),
            (self.secured(NEVER, mechanism=b"SSL"), False),
            (self.begun(implicit=True), True),
            (self.begun(data=REQUIRED, implicit=True), True),
            (self.begun(data=ALLOWED, implicit=True), False),
            (self.begun(data=NEVER, implicit=True), False),
        ]:
            play.play([(CLIENT, b"PASV\r\n"), (APPLICATION, b"227 (1,1,1,1,7,208)\r\n")])
            self.assertEqual(play.listens, [Listen(2000, True, expected)])
        play = self.secured()
        play.play([(CLIENT, b"PBSZ 0\r\nPROT P\r\nPASV\r\n"), (APPLICATION, b"227 (1,1,1,1,7,208)\r\n")])
        self.assertEqual(play.listens, [Listen(2000, True, True)])

    def test_levels(self) -> None:
        """
        SECUREDATA REQUIRED: no data without PROT P.  NEVER: no PROT P.
        """
        play = self.begun(data=REQUIRED)
        for command in (b"PASV", b"EPSV", b"PORT 192,0,2,1,19,137", b"EPRT |1|192.0.2.1|5001|"):
            self.asks(play, (command, NO_PROT))
        play = self.secured(REQUIRED)
        denied = b"534 Level denied for policy reasons\r\n"
        self.asks(play, (b"PASV", NO_PROT), (b"PBSZ 0", b"200 PBSZ=0\r\n"), (b"PROT C", denied))
        self.asks(play, (b"PROT P", b"200 Protection level set to P\r\n"))
        self.passes(play, b"EPSV", b"229 (|||1|)\r\n", said=b"229 Entering Extended Passive Mode (|||4001|)\r\n")
        self.asks(self.secured(NEVER), (b"PBSZ 0", b"200 PBSZ=0\r\n"), (b"PROT P", denied))

    def test_none(self) -> None:
        """
        Where no data connection can be had, or the reply names no place, the client is told so and goes on.
        """
        play = self.begun()
        self.passes(play, b"PASV", b"227 somewhere\r\n", said=b"425 Cannot open data connection\r\n")
        ftp = Ftp(ALLOWED)
        ftp.client = "192.0.2.1"
        ftp.fromApplication(GREETING)
        for command, reply in ((b"EPSV\r\n", b"229 (|||2000|)\r\n"), (b"PORT 192,0,2,1,19,137\r\n", b"")):
            ftp.fromClient(command)
            if reply:
                ftp.fromApplication(reply)
            (said,) = ftp.notListening()
            self.assertIn(b"425 ", said.octets)  # type: ignore[union-attr]
            self.assertFalse(ftp.paused)

    def test_upload(self) -> None:
        """
        It is known which way the data goes.
        """
        play = self.begun()
        assert isinstance(play.negotiator, Ftp)
        for verb, expected in ((b"STOR", True), (b"RETR", False), (b"APPE", True), (b"LIST", False), (b"STOU", True)):
            self.passes(play, verb + b" x", b"226 done\r\n")
            self.assertIs(play.negotiator.uploading, expected, verb)


class OrderTests(FtpCase):
    """
    One request at a time.
    """

    def check(self, play: Play, *turns: tuple[Step, bytes, bytes]) -> None:
        """
        Let each turn be played, and see what client and application hear.
        """
        for step, client, application in turns:
            play.heard()
            play.play([step])
            self.assertEqual(play.heard(), (client, application), step)

    def test_pipelined(self) -> None:
        """
        What comes together is passed on one by one, and our answers come in their turn.
        """
        self.check(
            self.begun(),
            ((CLIENT, b"PWD\r\nPROT P\r\nSYST\r\n"), b"", b"PWD\r\n"),
            ((APPLICATION, b"257 here\r\n"), b"257 here\r\n503 AUTH TLS and PBSZ come before PROT\r\n", b"SYST\r\n"),
            ((APPLICATION, b"215 UNIX\r\n"), b"215 UNIX\r\n", b""),
        )

    def test_during(self) -> None:
        """
        During a transfer the client may abort it and ask for its state; anything else waits.
        """
        self.check(
            self.begun(),
            ((CLIENT, b"RETR x\r\n"), b"", b"RETR x\r\n"),
            ((APPLICATION, b"150 here\r\n"), b"150 here\r\n", b""),
            ((CLIENT, b"STAT\r\n"), b"", b"STAT\r\n"),
            ((APPLICATION, b"213-so\r\nfar\r\n213 end\r\n"), b"213-so\r\nfar\r\n213 end\r\n", b""),
            ((CLIENT, b"\xff\xf4\xff\xf2ABOR\r\nPWD\r\n"), b"", b"ABOR\r\n"),
            ((APPLICATION, b"426 no\r\n"), b"426 no\r\n", b"PWD\r\n"),
        )

    def test_greeting(self) -> None:
        """
        Nothing is passed on before the greeting, be it late.
        """
        play = Play(Ftp(REQUIRED))
        self.check(
            play,
            ((APPLICATION, b"120 soon\r\n"), b"120 soon\r\n", b""),
            ((CLIENT, b"STAT\r\n"), b"", b""),
            ((APPLICATION, GREETING), GREETING + b"530 Must issue AUTH TLS first\r\n", b""),
        )

    def test_injection(self) -> None:
        """
        Nothing may follow AUTH in cleartext, even behind a request that has not been answered.
        """
        play = self.begun()
        self.check(play, ((CLIENT, b"FEAT\r\nAUTH TLS\r\nUSER evil\r\n"), b"", b"FEAT\r\n"))
        self.check(
            play,
            (
                (APPLICATION, b"502 no\r\n"),
                FEATURES + b"421 Nothing may follow AUTH, closing control connection\r\n",
                b"",
            ),
        )
        self.assertIs(play.refusal, Refusal.INJECTION)

    def test_lineEnd(self) -> None:
        """
        A line end within a line, which some applications would take for one, is refused.
        """
        play = self.begun(REQUIRED)
        self.asks(play, (b"FEAT\rUSER evil", b"530 Must issue AUTH TLS first\r\n"))
        self.asks(self.begun(), (b"NOOP\rUSER evil", b"501 A line end within a line\r\n"))
        self.passes(self.begun(), b"DELE a\r\0b", b"250 ok\r\n")
        self.check(
            self.begun(),
            ((CLIENT, b"RETR x\r\n"), b"", b"RETR x\r\n"),
            ((APPLICATION, b"150 here\r\n"), b"150 here\r\n", b""),
            ((CLIENT, b"STAT\rDELE y\r\n"), b"", b""),
            ((APPLICATION, b"226 done\r\n"), b"226 done\r\n501 A line end within a line\r\n", b""),
        )

    def test_half(self) -> None:
        """
        Half a command at the end of the client's output is no command.
        """
        play = self.begun()
        play.say(CLIENT, b"DELE im")
        self.assertTrue(play.negotiator.waiting)
        self.assertEqual(play.negotiator.clientEnded(), [])

    def test_overlong(self) -> None:
        """
        A line without end is refused, before TLS and after it.
        """
        for play in (self.begun(), self.secured()):
            play.play([(CLIENT, b"x" * 20000)])
            self.assertIs(play.refusal, Refusal.MALFORMED)
            self.assertIn(b"500 Line too long", play.client)

    def test_outOfTurn(self) -> None:
        """
        An application that says what nobody asked ends the dialogue before TLS, but for its farewell.
        """
        for octets, refusal in [
            (b"421 idle\r\n", None),
            (b"200 what\r\n", Refusal.APPLICATION),
            (b"x\r\n", Refusal.APPLICATION),
        ]:
            play = self.begun().play([(APPLICATION, octets)])
            self.assertIs(play.refusal, refusal, octets)
