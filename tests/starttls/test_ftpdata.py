"""
Tests for L{sslpool.starttls.ftpdata} and L{sslpool.starttls.ftptransfers}.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.trial.unittest import SynchronousTestCase

from sslpool.starttls.contract import Action, DataStep, Refusal, Security
from sslpool.starttls.ftp import Ftp
from sslpool.starttls.ftptransfers import Failure
from tests.starttls.play import APPLICATION, CLIENT, Play

GREETING = b"220 files\r\n"
READY = b"150 Ready for the data connection\r\n"
DONE = b"226-so\r\n226 done\r\n"
SECURE, PROCEED, REFUSE, DROP = DataStep


class DataCase(SynchronousTestCase):
    """
    A test with a dialogue and its data connection.
    """

    def begun(self, client: str = "192.0.2.1", application: str = "127.0.0.1", protected: bool = True) -> Play:
        """
        Return a dialogue in which data connections can be opened.
        """
        data = Security.PREFERRED if protected else Security.ALLOWED
        play = Play(Ftp(Security.ALLOWED, data, implicit=True))
        self.ftp = play.negotiator
        assert isinstance(self.ftp, Ftp)
        self.ftp.client, self.ftp.application = client, application
        play.play([(APPLICATION, GREETING)])
        play.heard()
        return play

    def turn(self, play: Play, side: str, octets: bytes, client: bytes = b"", application: bytes = b"") -> None:
        """
        Let one side say something, and see what client and application hear.
        """
        play.play([(side, octets)])
        self.assertEqual(play.heard(), (client, application), octets)

    def happens(self, play: Play, actions: list[Action], client: bytes = b"", application: bytes = b"") -> None:
        """
        Let something happen to the data connection, and see what they hear.
        """
        play._do(actions)
        self.assertEqual(play.heard(), (client, application))

    def steps(self, play: Play, *steps: DataStep) -> None:
        """
        See what was to become of the data connection since the last time.
        """
        self.assertEqual(play.steps, list(steps))
        play.steps.clear()

    def opened(self, protected: bool = True) -> Play:
        """
        Return a dialogue with a data connection.
        """
        play = self.begun(protected=protected)
        play.play([(CLIENT, b"EPSV\r\n"), (APPLICATION, b"229 (|||2000|)\r\n")])
        play.heard()
        self.happens(play, self.data(Ftp.dataOpened))
        return play

    def data(self, event: Callable[[Ftp], list[Action]]) -> list[Action]:
        """
        Tell the dialogue.
        """
        assert isinstance(self.ftp, Ftp)
        return event(self.ftp)

    def failed(self, failure: Failure) -> list[Action]:
        """
        Tell the dialogue that the data connection has failed.
        """
        return self.data(lambda ftp: ftp.dataFailed(failure))

    def begins(self, play: Play, command: bytes, reply: bytes = b"150 go\r\n") -> None:
        """
        Begin a transfer that is not withheld.
        """
        self.turn(play, CLIENT, command + b"\r\n", application=command + b"\r\n")
        self.turn(play, APPLICATION, reply, client=reply)


class AddressTests(DataCase):
    """
    Client and application of two address families.
    """

    HOSTS = {1: ("192.0.2.1", "127.0.0.1"), 2: ("2001:db8::1", "::1")}

    def test_passive(self) -> None:
        """
        Each side hears what its family knows; where both have one, the command is the client's.
        """
        replies = {b"PASV": b"227 (1,1,1,1,7,208)\r\n", b"EPSV": b"229 (|||2000|)\r\n"}
        told = {
            b"PASV": b"227 Entering Passive Mode (192,0,2,9,15,161).\r\n",
            b"EPSV": b"229 Entering Extended Passive Mode (|||4001|)\r\n",
        }
        for client, application, command, asked in [
            (1, 1, b"PASV", b"PASV"),
            (1, 1, b"EPSV", b"EPSV"),
            (1, 2, b"PASV", b"EPSV"),
            (1, 2, b"EPSV", b"EPSV"),
            (2, 1, b"EPSV", b"PASV"),
            (2, 2, b"EPSV", b"EPSV"),
        ]:
            play = self.begun(self.HOSTS[client][0], self.HOSTS[application][1])
            self.turn(play, CLIENT, command + b"\r\n", application=asked + b"\r\n")
            self.turn(play, APPLICATION, replies[asked], client=told[command])
        play = self.begun(self.HOSTS[2][0])
        self.turn(play, CLIENT, b"PASV\r\n", client=b"425 PASV is for IPv4, use EPSV\r\n")
        self.turn(play, CLIENT, b"EPSV 1\r\n", client=b"522 Network protocol not supported, use (2)\r\n")

    def test_active(self) -> None:
        """
        An address of IPv6 is the client's however it is written, and whatever the zone of its connection is; one that
        is none is also the client's.
        """
        for host, said in (("2001:db8::1", b"2001:db8:0::1"), ("fe80::1%2", b"fe80:0::1"), ("2001:db8::1", b"::")):
            play = self.begun(host)
            self.turn(play, CLIENT, b"EPRT |2|%s|5001|\r\n" % said, application=b"PORT 192,0,2,9,15,161\r\n")
            self.turn(play, APPLICATION, b"200 ok\r\n", client=b"200 ok\r\n")

    def test_all(self) -> None:
        """
        EPSV ALL is between the client and us: its places are ours.
        """
        play = self.begun()
        self.turn(play, CLIENT, b"EPSV ALL\r\n", client=b"200 Nothing but EPSV from now on\r\n")
        for command in (b"PASV", b"PORT 192,0,2,1,19,137", b"EPRT |1|192.0.2.1|5001|"):
            self.turn(play, CLIENT, command + b"\r\n", client=b"503 Nothing but EPSV after EPSV ALL\r\n")
        self.turn(play, CLIENT, b"EPSV\r\n", application=b"EPSV\r\n")


class LastReplyTests(DataCase):
    """
    The last reply to a transfer.
    """

    def test_waits(self) -> None:
        """
        It waits for the end of the data, in the direction of the transfer, and so does what comes behind it.
        """
        for command, first, end in [
            (b"RETR x", Ftp.dataReceived, Ftp.dataSent),
            (b"MLSD", Ftp.dataReceived, Ftp.dataSent),
            (b"STOU", Ftp.dataSent, Ftp.dataReceived),
            (b"COMB x", Ftp.dataReceived, Ftp.dataSent),
        ]:
            play = self.opened()
            self.begins(play, command)
            self.turn(play, CLIENT, b"NOOP\r\nPWD\r\n", application=b"NOOP\r\n")
            self.turn(play, APPLICATION, DONE + b"200 noop\r\n")
            self.assertTrue(play.negotiator.deaf)
            self.happens(play, self.data(first))
            self.happens(play, self.data(end), client=DONE + b"200 noop\r\n", application=b"PWD\r\n")
            self.assertFalse(play.negotiator.deaf)

    def test_early(self) -> None:
        """
        Where the data has ended before, it waits for nothing; what comes later is of no account.
        """
        play = self.opened()
        self.begins(play, b"RETR x")
        self.happens(play, self.data(Ftp.dataSent))
        self.happens(play, self.failed(Failure.CUT))
        self.turn(play, APPLICATION, DONE, client=DONE)
        self.begins(play, b"LIST", b"125 go\r\n")
        self.happens(play, self.failed(Failure.CUT))
        self.turn(play, APPLICATION, DONE, client=DONE)

    def test_cut(self) -> None:
        """
        Where the data has been cut it is replaced, whichever comes first.
        """
        for failure in Failure:
            for before in (True, False):
                for command in (b"RETR x", b"STOU", b"NLST"):
                    play = self.opened()
                    self.begins(play, command)
                    if before:
                        self.happens(play, self.failed(failure))
                        self.turn(play, APPLICATION, DONE, client=failure.value)
                    else:
                        self.turn(play, APPLICATION, DONE)
                        self.happens(play, self.failed(failure), client=failure.value)
                    self.turn(play, CLIENT, b"PWD\r\n", application=b"PWD\r\n")

    def test_ownWords(self) -> None:
        """
        An application that knows of its failure has its own words, unless the client has to learn about TLS.
        """
        for failure in Failure:
            play = self.opened()
            self.begins(play, b"RETR x")
            self.happens(play, self.failed(failure))
            told = failure.value if failure.value[:3] == b"522" else b"426 mine\r\n"
            self.turn(play, APPLICATION, b"426 mine\r\n", client=told)
        play = self.opened()
        self.begins(play, b"RETR x")
        self.turn(play, APPLICATION, b"451 disk\r\n", client=b"451 disk\r\n")

    def test_known(self) -> None:
        """
        A transfer whose data connection has failed already is not asked for; the application's REST is taken back.
        """
        play = self.opened()
        self.turn(play, CLIENT, b"REST 5\r\n", application=b"REST 5\r\n")
        self.turn(play, APPLICATION, b"350 ok\r\n", client=b"350 ok\r\n")
        self.happens(play, self.failed(Failure.NOT_RESUMED))
        self.turn(play, CLIENT, b"RETR x\r\n", client=Failure.NOT_RESUMED.value, application=b"REST 0\r\n")
        self.turn(play, CLIENT, b"PWD\r\n")
        self.turn(play, APPLICATION, b"350-so\r\n350 ok\r\n", application=b"PWD\r\n")

    def test_blocks(self) -> None:
        """
        Where the end of a file is marked in the data, the connection may stay.
        """
        play = self.opened()
        self.turn(play, CLIENT, b"MODE B\r\n", application=b"MODE B\r\n")
        self.turn(play, APPLICATION, b"200 ok\r\n", client=b"200 ok\r\n")
        self.begins(play, b"RETR x")
        self.turn(play, APPLICATION, b"250 done\r\n", client=b"250 done\r\n")

    def test_none(self) -> None:
        """
        Where there has been no data connection, the application's word is all there is.
        """
        play = self.begun()
        self.begins(play, b"RETR x")
        self.turn(play, APPLICATION, DONE, client=DONE)

    def test_tooLong(self) -> None:
        """
        One without end is not kept.
        """
        play = self.opened()
        self.begins(play, b"RETR x")
        play.play([(APPLICATION, b"226-" + b"x" * 1000 + b"\r\n")] * 70)
        self.assertIs(play.refusal, Refusal.APPLICATION)

    def test_abort(self) -> None:
        """
        A client that aborts when the application has done its part is not kept waiting for the rest.
        """
        play = self.opened()
        self.begins(play, b"RETR x")
        self.turn(play, APPLICATION, DONE)
        self.turn(play, CLIENT, b"ABOR\r\n", client=Failure.CUT.value, application=b"ABOR\r\n")
        self.steps(play, DROP)
        self.turn(play, APPLICATION, b"225 nothing\r\n", client=b"225 nothing\r\n")

    def test_overdue(self) -> None:
        """
        An application that says nothing about a failure is owing, and the client does not wait for ever.
        """
        play = self.opened()
        assert isinstance(self.ftp, Ftp)
        self.begins(play, b"RETR x")
        self.assertFalse(self.ftp.owing)
        self.happens(play, self.failed(Failure.CUT))
        self.assertTrue(self.ftp.owing)
        farewell = b"421 File system out of step, closing control connection\r\n"
        self.happens(play, self.ftp.overdue(), client=Failure.CUT.value + farewell)
        self.assertIs(play.refusal, Refusal.APPLICATION)


class WithheldTests(DataCase):
    """
    Uploads over TLS, which the application is not asked for before the client's side is secured.
    """

    def withheld(self, command: bytes = b"stor x") -> Play:
        """
        Return a dialogue with one.
        """
        play = self.opened()
        self.turn(play, CLIENT, command + b"\r\n")
        self.steps(play, SECURE)
        self.happens(play, self.data(Ftp.dataAwaited), client=READY)
        return play

    def test_asked(self) -> None:
        """
        The client is told once to begin; the data goes when the application is ready.
        """
        for command in (b"stor x", b"APPE y"):
            play = self.withheld(command)
            self.happens(play, self.data(Ftp.dataSecured), application=command + b"\r\n")
            self.turn(play, APPLICATION, b"110 MARK 1 = 2\r\n", client=b"110 MARK 1 = 2\r\n")
            self.steps(play)
            self.turn(play, APPLICATION, b"150-go\r\n150 now\r\n")
            self.steps(play, PROCEED)
            self.turn(play, APPLICATION, DONE)
            self.happens(play, self.data(Ftp.dataReceived), client=DONE)

    def test_early(self) -> None:
        """
        A client that has begun by itself hears the application alone.
        """
        for reply, step in ((b"150 go\r\n", PROCEED), (b"553 no\r\n", REFUSE)):
            play = self.opened()
            self.turn(play, CLIENT, b"STOR x\r\n")
            self.steps(play, SECURE)
            self.happens(play, self.data(Ftp.dataSecured), application=b"STOR x\r\n")
            self.happens(play, self.data(Ftp.dataAwaited))
            self.turn(play, APPLICATION, reply, client=reply)
            self.steps(play, step)

    def test_failed(self) -> None:
        """
        Where the client's side cannot be secured, the application hears nothing; what the client has said goes on.
        """
        for failure in (Failure.UNSECURED, Failure.NOT_RESUMED, Failure.UNREACHED):
            play = self.withheld()
            self.turn(play, CLIENT, b"NOOP\r\n")
            self.happens(play, self.failed(failure), client=failure.value, application=b"NOOP\r\n")

    def test_restart(self) -> None:
        """
        Then the application forgets where it was to begin, or the next upload would begin there.
        """
        for ended in (True, False):
            play = self.opened()
            self.turn(play, CLIENT, b"REST 100\r\n", application=b"REST 100\r\n")
            self.turn(play, APPLICATION, b"350 ok\r\n", client=b"350 ok\r\n")
            self.turn(play, CLIENT, b"STOR x\r\n")
            if ended:
                self.happens(play, self.failed(Failure.UNSECURED), Failure.UNSECURED.value, b"REST 0\r\n")
                self.turn(play, APPLICATION, b"350 ok\r\n")
                self.turn(play, CLIENT, b"PWD\r\n", application=b"PWD\r\n")
            else:
                self.happens(play, self.data(Ftp.dataSecured), application=b"STOR x\r\n")

    def test_refused(self) -> None:
        """
        What the application refuses is refused in its words, and nothing that the client sends goes anywhere.
        """
        play = self.withheld()
        self.happens(play, self.data(Ftp.dataSecured), application=b"stor x\r\n")
        self.turn(play, APPLICATION, b"553 no\r\n", client=b"553 no\r\n")
        self.steps(play, REFUSE)
        play = self.withheld()
        self.happens(play, self.data(Ftp.dataSecured), application=b"stor x\r\n")
        self.turn(play, APPLICATION, b"226 done\r\n", client=Failure.LOCAL.value)

    def test_failedLate(self) -> None:
        """
        A data connection that fails after the application was asked fails the transfer.
        """
        play = self.withheld()
        self.happens(play, self.data(Ftp.dataSecured), application=b"stor x\r\n")
        self.happens(play, self.failed(Failure.CUT))
        self.turn(play, APPLICATION, b"150 go\r\n")
        self.turn(play, APPLICATION, DONE, client=Failure.CUT.value)

    def test_abort(self) -> None:
        """
        The client may abort it; whatever else it says waits.
        """
        play = self.withheld()
        said = b"426 Transfer aborted\r\n"
        self.turn(play, CLIENT, b"ABOR\r\nQUIT\r\n", client=said, application=b"ABOR\r\n")
        self.steps(play, DROP)
        self.turn(play, APPLICATION, b"225 nothing\r\n", client=b"225 nothing\r\n", application=b"QUIT\r\n")
        play = self.withheld()
        self.turn(play, CLIENT, b"STAT\r\n")
        self.happens(play, self.data(Ftp.dataSecured), application=b"stor x\r\n")
        self.turn(play, APPLICATION, b"150 go\r\n")
        self.turn(play, APPLICATION, b"552 full\r\n", client=b"552 full\r\n", application=b"STAT\r\n")

    def test_refusedBefore(self) -> None:
        """
        The data connection of a transfer that has been refused may serve the next one, and that is withheld as any.
        """
        for failed in (True, False):
            play = self.opened()
            self.turn(play, CLIENT, b"RETR x\r\n", application=b"RETR x\r\n")
            self.turn(play, APPLICATION, b"550 no\r\n", client=b"550 no\r\n")
            if failed:
                self.happens(play, self.failed(Failure.CUT))
                self.turn(play, CLIENT, b"STOR x\r\n", client=Failure.CUT.value)
            else:
                self.turn(play, CLIENT, b"STOR x\r\n")
                self.steps(play, SECURE)
        play = self.opened()
        self.begins(play, b"RETR x")
        self.turn(play, APPLICATION, b"451 no\r\n", client=b"451 no\r\n")
        self.happens(play, self.failed(Failure.CUT))
        self.begins(play, b"STOR x", b"425 no\r\n")

    def test_level(self) -> None:
        """
        A data connection that was asked for with another level of protection serves no transfer.
        """
        told = b"425 PROT has changed, ask for another data connection\r\n"
        for protected, level in ((True, b"C"), (False, b"P")):
            play = self.opened(protected=protected)
            self.turn(play, CLIENT, b"PROT %s\r\n" % level, client=b"200 Protection level set to %s\r\n" % level)
            self.turn(play, CLIENT, b"STOR x\r\n", client=told)
            self.steps(play, DROP)
            self.turn(play, CLIENT, b"EPSV\r\n", application=b"EPSV\r\n")

    def test_others(self) -> None:
        """
        Nothing is withheld where the client's side is secured already or not to be secured, nor what replaces nothing.
        """
        play = self.opened()
        self.happens(play, self.data(Ftp.dataSecured))
        self.begins(play, b"STOR x")
        play = self.opened(protected=False)
        self.begins(play, b"STOR x")
        for command in (b"STOU", b"RETR x", b"LIST"):
            self.begins(self.opened(), command)
        self.begins(self.begun(), b"STOR x", b"425 no\r\n")
