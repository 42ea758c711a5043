"""
Tests for L{sslpool.starttls.ftpcommands}: a data connection is opened by the reply to PASV or EPSV, by PORT
and EPRT, and by nothing else that an application may know.
"""

from __future__ import annotations

import random

from sslpool.starttls import ftpcommands
from sslpool.starttls.contract import Listen, Refusal, Security
from sslpool.starttls.ftp import Ftp
from tests.starttls.play import APPLICATION, CLIENT, Play
from tests.starttls.test_ftp import GREETING, FtpCase
from tests.starttls.test_required import mutated, pieces

NEVER, ALLOWED, PREFERRED, REQUIRED = Security
PLACE = b"10,9,8,7,7,208"
PLACES = (
    b"227 Entering Passive Mode (%s).\r\n" % PLACE,
    b"227 =%s\r\n" % PLACE,
    b"228 Entering Long Passive Mode (4,4,%s)\r\n" % PLACE,
    b"229 Entering Extended Passive Mode (|||2000|)\r\n",
    b"227-Entering\r\n %s\r\n227 (%s)\r\n" % (PLACE, PLACE),
    b"229-Entering Striped Passive Mode\r\n %s\r\n229 End\r\n" % PLACE,
)
NOT_IMPLEMENTED = b"502 Command not implemented\r\n"
NO_DATA = b"425 Cannot open data connection\r\n"
OTHER_NAMES = (
    b"P@SW",
    b"XPASV",
    b"LPSV",
    b"SPSV",
    b"SPAS",
    b"CPSV",
    b"ESTP",
    b" PASV",
    b"\tPASV",
    b"PASV\t",
    b"PA\0SV",
    b"\xffPASV",
    b"\xff\xfb\x01PASV",
    b"P@RT 192,0,2,1,19,137",
    b"XPORT 192,0,2,1,19,137",
    b" PORT 192,0,2,1,19,137",
    b"PORT\t192,0,2,1,19,137",
    b"LPRT 4,4,192,0,2,1,2,19,137",
    b"SPOR 192,0,2,1,19,137",
    b"EPRT\0|1|192.0.2.1|5001|",
    b"NOOP\r\0PASV",
    b"NOOP\0PORT 192,0,2,1,19,137",
    b"NOOP\x0bPASV",
    b"HELP \x1ePORT 192,0,2,1,19,137",
    b"RETR a\rPASV",
    b"",
)


class OpeningTests(FtpCase):
    """
    What opens a data connection.
    """

    def required(self) -> Play:
        """
        Return a dialogue over TLS in which data has to be secured and is not yet.
        """
        play = self.secured(REQUIRED)
        play.heard()
        return play

    def test_otherNames(self) -> None:
        """
        Where data has to be secured, no command goes on that may open a connection under another name, before PROT P
        and after it.
        """
        for name in OTHER_NAMES:
            for prepared in ((), (b"PBSZ 0\r\n", b"PROT P\r\n")):
                play = self.required().play([(CLIENT, each) for each in prepared])
                play.heard()
                play.play([(CLIENT, name + b"\r\n")])
                if name[:1] != b"\xff" or not prepared:
                    self.assertEqual((play.application, play.listens), (b"", []), name)
                    self.assertRegex(play.client, rb"^5[0-9][0-9] [ -~]+\r\n$", name)

    def test_known(self) -> None:
        """
        What is known goes on, in capitals or not, with arguments that are text.
        """
        for verb in sorted(ftpcommands.KNOWN - {b"REIN", b"FEAT"}):
            self.passes(self.required(), verb.lower() + b" caf\xc3\xa9 (1)", b"200 ok\r\n")

    def test_random(self) -> None:
        """
        Whatever is said, nothing is passed on in which some application may see a command that opens a connection.
        """
        dice = random.Random(674)
        opening = (b"PASV", b"EPSV", b"PORT 192,0,2,1,19,137", b"EPRT |1|192.0.2.1|5001|", *OTHER_NAMES)
        for _ in range(2000):
            said = b"".join(mutated(dice.choice(opening) + b"\r\n", dice) for _ in range(dice.randint(1, 3)))
            play = self.required()
            for piece in pieces(said, dice):
                play.play([(CLIENT, piece)])
                if play.application:
                    play.play([(APPLICATION, dice.choice(PLACES))])
            self.assertEqual(play.listens, [], said)
            self.assertNotIn(PLACE, play.client, said)
            verbs = {line.split(b" ")[0].upper() for line in play.application.split(b"\r\n")[:-1]}
            self.assertLessEqual(verbs, ftpcommands.KNOWN, said)
            self.assertNotRegex(play.application.replace(b"\r\n", b""), rb"[\0-\x1f\x7f]", said)

    def test_elsewhere(self) -> None:
        """
        A command that nobody knows goes on where data need not be secured.  A place in its reply opens nothing, and
        is not told.
        """
        for reply in PLACES:
            for play in (self.begun(), self.secured(), self.begun(implicit=True)):
                self.passes(play, b"P@SW", reply, said=NOT_IMPLEMENTED)
                self.assertEqual(play.listens, [])
                self.passes(play, b"PWD", b"257 here\r\n")
                self.assertEqual(play.denied, 1)

    def test_wrongReply(self) -> None:
        """
        PASV is answered with 227, and EPSV with 229; other places are none.
        """
        for command in (b"PASV", b"EPSV"):
            for reply in PLACES:
                play = self.begun()
                if reply[:3] != ftpcommands.OPENING[command.decode()]:
                    self.passes(play, command, reply, said=NO_DATA)
                    self.assertEqual(play.listens, [])

    def test_second(self) -> None:
        """
        A second place, in the same piece or later, opens nothing and is not told.  Before TLS it ends the dialogue,
        as all does that nobody has asked for.
        """
        for reply in PLACES:
            for pieces_ in ((b"227 (1,1,1,1,7,208)\r\n" + reply,), (b"227 (1,1,1,1,7,208)\r\n", reply)):
                play = self.secured()
                play.play([(CLIENT, b"PASV\r\n"), *((APPLICATION, each) for each in pieces_)])
                self.assertEqual(play.listens, [Listen(2000, True, False)])
                self.assertNotRegex(play.client.partition(b").\r\n")[2], rb"22[789]", reply)
                play = self.begun()
                play.play([(CLIENT, b"PASV\r\n"), *((APPLICATION, each) for each in pieces_)])
                self.assertIs(play.refusal, Refusal.APPLICATION)
                self.assertNotIn(PLACE, play.client)

    def test_within(self) -> None:
        """
        A place in a line of another reply, which some clients take for a reply of its own, is left out.
        """
        for inner in (b"227 (%s)", b" 227 (%s)", b"\xff\xf1227 (%s)", b"x\r227 (%s)", b"227-(%s)", b"229 (|||%s|)"):
            for verb in (b"STAT", b"HELP", b"PASV"):
                play = self.begun()
                reply = b"211-so\r\n 1.2.3.4\r\n" + inner % PLACE + b"\r\n211 end\r\n"
                self.passes(play, verb, reply, said=b"211-so\r\n 1.2.3.4\r\n211 end\r\n")
                self.assertEqual(play.listens, [])
        play = self.begun()
        play.play(
            [(CLIENT, b"FEAT\r\n"), (APPLICATION, b"211-so\r\n 227 (%s)\r\n227 (%s)\r\n211 x\r\n" % (PLACE, PLACE))]
        )
        self.assertNotIn(PLACE, play.client)

    def test_transfer(self) -> None:
        """
        The same during a transfer, at its end, and as the reply to STAT meanwhile.
        """
        for reply in PLACES:
            play = self.secured()
            play.play([(CLIENT, b"RETR x\r\n"), (APPLICATION, b"150-go\r\n227 (%s)\r\n150 go\r\n" % PLACE)])
            play.play([(CLIENT, b"STAT\r\n"), (APPLICATION, reply)])
            play.play([(APPLICATION, reply), (APPLICATION, reply)])
            self.assertEqual(play.listens, [])
            self.assertNotRegex(play.client.replace(b"234", b""), rb"22[789]|" + PLACE, reply)
            self.passes(play, b"PWD", b"257 here\r\n")

    def test_half(self) -> None:
        """
        Neither is half a line with which the application leaves, nor one without an end.
        """
        play = self.secured()
        play.play([(APPLICATION, PLACES[0][:-2])])
        play._do(play.negotiator.applicationEnded())
        self.assertNotIn(PLACE, play.client)
        for play in (self.begun(), self.secured()):
            play.play([(APPLICATION, PLACES[0][:-2] + b"x" * 20000)])
            self.assertIs(play.refusal, Refusal.APPLICATION)
            self.assertNotIn(PLACE, play.client)

    def test_beforeTls(self) -> None:
        """
        Where the control connection must be secure, a reply that begins a transfer begins none before that.
        """
        play = Play(Ftp(REQUIRED)).play([(APPLICATION, GREETING), (CLIENT, b"FEAT\r\n"), (APPLICATION, b"150 go\r\n")])
        play.play([(CLIENT, b"STAT\r\nABOR\r\n")])
        self.assertEqual(play.application, b"FEAT\r\n")
