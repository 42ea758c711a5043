"""
Tests for L{sslpool.manager.refresh}: REFRESH with servers in memory.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs
from zope.interface import implementer

from sslpool.interfaces import IReloadable, NoAnswer
from sslpool.manager.refresh import ATTEMPTS, GRACE, Renewal
from sslpool.messages import Said, operatorError, said
from sslpool.pool.states import Event
from sslpool.wire.labels import UnusableLabel
from sslpool.wire.records import LabelsRead
from tests.doubles.administration import serverDetails
from tests.doubles.servers import STEP, FakeLink
from tests.manager.pools import PoolCase

FOUND = LabelsRead("new", serverDetails("", labels=1).labels)


@implementer(IReloadable)
class RenewalTests(PoolCase):
    """
    Three servers, all Active.
    """

    def setUp(self) -> None:
        """
        Start them.
        """
        super().setUp()
        self.start()
        for index in range(2):
            self.fill(index)
            self.spend(3 * STEP)
        self.assertEqual(self.states(), ["Active"] * 3)
        self.needed = {"LABEL0"}
        self.said = [said("SSLP020E", port=443, label="GONE")]
        self.problem: Exception | None = None
        self.unfit: Exception | None = None
        self.taken: list[LabelsRead] = []
        self.renewal = Renewal(self.clock, self.pool, self.look, self.vet, self.take)
        self.renewal.wire(self)
        for link in self.links():
            link.found = FOUND
            link.calls.clear()

    def look(self) -> set[str]:
        """
        Be the stack, which looks at the key database.
        """
        if self.problem is not None:
            raise self.problem
        return self.needed

    def vet(self) -> int:
        """
        Be the stack, which opens it where no server does.
        """
        if self.unfit is not None:
            raise self.unfit
        return 2

    def take(self, reads: Sequence[LabelsRead], complete: bool) -> list[Said]:
        """
        Be the stack, which does what follows.
        """
        self.taken, self.complete = list(reads), complete
        return self.said

    def reload(self) -> list[Said]:
        """
        Be one who reads again what he knows then.
        """
        return [said("SSLP452E", local="127.0.0.1:9999", reason="in use")]

    def links(self) -> list[FakeLink]:
        """
        Return the connections to the servers.
        """
        return [self.serverOf(index).link for index in range(3)]

    def refresh(self) -> list[str]:
        """
        Return what is said.
        """
        return list(map(str, self.successResultOf(Deferred.fromCoroutine(self.renewal.refresh(self.members)))))

    def switched(self) -> list[bool]:
        """
        Return which servers have been told to switch.
        """
        return [("switchLabels", "new") in link.calls for link in self.links()]

    def assertRefused(self, *expected: str) -> list[str]:
        """
        REFRESH is refused, for reasons that contain C{expected}; no server has
        switched, and each has forgotten what it had prepared.
        """
        messages = self.refresh()
        refusal = messages[0]
        self.assertTrue(refusal.startswith("SSLP161E REFRESH failed; all servers keep their certificates: "), refusal)
        for text in expected:
            self.assertIn(text, refusal)
        self.assertEqual(self.switched(), [False] * 3)
        self.assertNotIn(str(self.said[0]), messages)
        for link in self.links():
            self.assertEqual(link.calls[-1], ("discardLabels",))
        return messages

    def test_all(self) -> None:
        """
        All read before the first one switches; the answer says once what is true of all, and then
        what the stack and others have to say.
        """
        messages = self.refresh()
        self.assertEqual(self.switched(), [True] * 3)
        first, second, *_ = messages
        self.assertEqual(first, "SSLP119I The key database has been read by SSL00001 to SSL00003; labels: 1")
        served = "SSLP160I LABEL0 is served by SSL00001 to SSL00003 until 2023-12-14 22:13:20 UTC, SHA-256 00:01:02:"
        self.assertTrue(second.startswith(served), second)
        self.assertEqual(len(messages), 4)
        self.assertEqual(messages[-2:], [str(each) for each in (*self.said, *self.reload())])
        self.assertEqual((self.taken, self.complete), ([FOUND] * 3, True))

    def test_kept(self) -> None:
        """
        A server that has kept a label as it was is named with what it serves, apart from those that agree.
        """
        kept = evolve(FOUND.labels[0], fingerprint="FF:FF")
        self.serverOf(1).link.found = evolve(FOUND, labels=(kept,))
        first, second, third, *_ = self.refresh()
        self.assertEqual(first, "SSLP119I The key database has been read by SSL00001 to SSL00003; labels: 1")
        self.assertIn("SSLP160I LABEL0 is served by SSL00001, SSL00003 until ", second)
        self.assertTrue(third.startswith("SSLP160I LABEL0 is served by SSL00002 until "), third)

    def stopAll(self) -> None:
        """
        Have nobody who could take part.
        """
        for member in self.members:
            self.pool.happen(member, Event.STOP, "stopped by an operator", 0)
        self.spend(5)

    def test_nobody(self) -> None:
        """
        Where no server runs, the stack says what it has read, and that nobody serves.
        """
        self.stopAll()
        messages = self.refresh()
        self.assertEqual(
            messages[:2],
            [
                "SSLP186I The stack read and opened the key database; labels: 2; servers use it when they start",
                "SSLP457W No server is Active, because all are Stopped: SSL00001 to SSL00003; ports stay open, new "
                "connections wait up to 30 s",
            ],
        )
        self.assertEqual((self.taken, self.complete), ([], True))

    def test_nobodyCould(self) -> None:
        """
        Where none runs, and none could open the key database, or it cannot be read, REFRESH has failed.
        """
        self.stopAll()
        self.unfit = operatorError("SSLP323E", path="Database.kdb", stash="Database.sth")
        self.complete = False
        refused, vacant = self.refresh()
        failed = "SSLP161E REFRESH failed; no server has certificates: SSLP323E "
        self.assertTrue(refused.startswith(failed), refused)
        self.assertTrue(vacant.startswith("SSLP457W"), vacant)
        self.assertFalse(self.complete)
        self.problem = operatorError("SSLP318E", path="Database.kdb")
        self.assertIn("SSLP318E", self.refresh()[0])

    def test_order(self) -> None:
        """
        While one has not read yet, none switches.
        """
        waiting: list[Deferred[LabelsRead]] = []

        async def prepareLabels() -> LabelsRead:
            waiting.append(Deferred())
            return await waiting[-1]

        self.patch(FakeLink, "prepareLabels", lambda link: prepareLabels())
        answer = Deferred.fromCoroutine(self.renewal.refresh(self.members))
        for each in waiting:
            self.assertEqual(self.switched(), [False] * 3)
            self.assertNoResult(answer)
            each.callback(FOUND)
        self.successResultOf(answer)
        self.assertEqual(self.switched(), [True] * 3)

    def test_oneCannot(self) -> None:
        """
        What one server cannot read does not hold up the others, and is said; that server keeps what it
        has, after it has been asked again.
        """
        self.serverOf(1).link.failure = operatorError("SSLP318E", path="Database.kdb")
        messages = self.refresh()
        self.assertEqual(self.switched(), [True, False, True])
        (problem,) = [message for message in messages if message.startswith("SSLP105E")]
        self.assertTrue(problem.startswith("SSLP105E SSL00002 cannot use the key database: SSLP318E "), problem)
        self.assertEqual(self.links()[1].calls.count(("prepareLabels",)), ATTEMPTS)
        self.assertEqual((self.states(), self.complete), (["Active"] * 3, False))

    def test_beyond(self) -> None:
        """
        A server that may not read the key database where it is now is succeeded by another process, which
        reads it; the others switch, and the one goes on until then.
        """
        self.serverOf(1).link.failure = operatorError("SSLP182W", server="SSL00002", path="/etc/gskadm")
        messages = self.refresh()
        self.assertEqual(self.switched(), [True, False, True])
        self.assertEqual(len([message for message in messages if message.startswith("SSLP182W SSL00002 ")]), 1)
        self.assertEqual([message for message in messages if message.startswith(("SSLP105E", "SSLP162W"))], [])
        self.assertEqual([len([*member.processes]) for member in self.members], [1, 2, 1])
        self.assertEqual(self.states(), ["Active"] * 3)

    def test_noneCan(self) -> None:
        """
        What no server can read is refused as a whole.
        """
        for link in self.links():
            link.failure = operatorError("SSLP323E", path="Database.kdb", stash="Database.sth")
        messages = self.assertRefused("no server can read the key database")
        self.assertEqual(len([message for message in messages if message.startswith("SSLP105E")]), 3)

    def test_again(self) -> None:
        """
        What was a matter of a moment is not said.
        """
        link = self.links()[2]
        link.failure = operatorError("SSLP318E", path="Database.kdb")

        def look() -> set[str]:
            if ("prepareLabels",) in link.calls:
                link.failure = None
            return set()

        self.patch(self.renewal, "_look", look)
        messages = self.refresh()
        self.assertEqual(self.switched(), [True] * 3)
        self.assertFalse([message for message in messages if message.startswith("SSLP105E")])

    def test_unusable(self) -> None:
        """
        Labels that cannot be used are named once for all servers; the others are taken.
        """
        unusable = (
            UnusableLabel("BAD", Said("SSLP130E", wording="..."), False),
            UnusableLabel("LABEL0", Said("SSLP163E", wording="..."), True),
        )
        for link in self.links():
            link.found = evolve(FOUND, unusable=unusable)
        messages = self.refresh()
        self.assertEqual(self.switched(), [True] * 3)
        self.assertEqual(
            [message for message in messages if message.split()[0] in ("SSLP172E", "SSLP173E", "SSLP165E")],
            ["SSLP172E Label BAD is left out: SSLP130E ...", "SSLP173E Label LABEL0 is unchanged: SSLP163E ..."],
        )
        self.assertEqual(self.taken, [evolve(FOUND, unusable=unusable)] * 3)

    def test_stackCannot(self) -> None:
        """
        The same where the stack cannot read it.
        """
        self.problem = operatorError("SSLP315E", path="Database.kdb")
        self.assertRefused("SSLP315E Database.kdb")

    def test_missing(self) -> None:
        """
        A label that a port needs, and a server has neither found nor kept, is named.
        """
        self.needed = {"LABEL0", "GONE"}
        messages = self.refresh()
        missing = "SSLP165E A port uses label GONE, but it is missing in the key database"
        self.assertEqual((self.switched(), messages.count(missing)), ([True] * 3, 1))

    def test_silent(self) -> None:
        """
        A server that is there and does not answer is named and replaced; the others take what they have read.
        """
        mute = self.serverOf(2)
        mute.link.failure = NoAnswer("Connection timed out")
        links = self.links()
        messages = self.refresh()
        self.assertEqual([("switchLabels", "new") in link.calls for link in links], [True, True, False])
        self.assertEqual(messages.count("SSLP177E SSL00003 did not answer REFRESH in time; it is replaced"), 1)
        self.assertEqual(self.taken, [FOUND] * 2)
        self.assertTrue(mute.ended)
        with capturedLogs():
            self.spend(5)
        self.assertIsNot(self.serverOf(2), mute)

    def test_dead(self) -> None:
        """
        A server that dies meanwhile does not hold up the others.
        """
        process = self.members[1].process
        assert process is not None
        process.unlinked = True
        first, third = self.links()[0], self.links()[2]
        messages = self.refresh()
        self.assertEqual([("switchLabels", "new") in link.calls for link in (first, third)], [True, True])
        self.assertFalse([message for message in messages if message.startswith("SSLP161E")])

        async def dying(link: FakeLink) -> LabelsRead:
            other = self.members[2].process
            assert other is not None
            if link is third:
                other.unlinked = True
                raise ConnectionError("Connection lost")
            return FOUND

        self.patch(FakeLink, "prepareLabels", dying)
        messages = self.refresh()
        self.assertIn("SSLP119I The key database has been read by SSL00001; labels: 1", messages)
        self.assertIn(
            "SSLP162W SSL00003 ended during REFRESH; it reads the key database when it starts again", messages
        )

    def test_lost(self) -> None:
        """
        The same where its end is heard only by what it was asked, in either step.
        """
        link = self.links()[1]
        link.failure = ConnectionError("Connection lost")
        absent = "SSLP162W SSL00002 ended during REFRESH; it reads the key database when it starts again"
        messages = self.refresh()
        self.assertEqual((self.switched(), messages.count(absent)), ([True, False, True], 1))
        for each in self.links():
            each.calls.clear()
            each.failure = None

        async def switchLabels(fake: FakeLink, digest: str) -> None:
            fake.calls.append(("switchLabels", digest))
            if fake is link:
                raise ConnectionError("Connection lost")

        self.patch(FakeLink, "switchLabels", switchLabels)
        messages = self.refresh()
        self.assertEqual((self.switched(), messages.count(absent)), ([True] * 3, 1))
        self.assertIn("SSLP119I The key database has been read by SSL00001, SSL00003; labels: 1", messages)

    def test_late(self) -> None:
        """
        When one server has answered, the others have some seconds, and not their own time limit: who
        answers within them takes part.
        """
        waiting: dict[FakeLink, Deferred[LabelsRead]] = {}
        links = self.links()

        async def prepareLabels(link: FakeLink) -> LabelsRead:
            waiting[link] = Deferred()
            return await waiting[link]

        self.patch(FakeLink, "prepareLabels", prepareLabels)
        answer = Deferred.fromCoroutine(self.renewal.refresh(self.members))
        self.clock.advance(1)
        waiting[links[0]].callback(FOUND)
        self.clock.advance(GRACE)
        waiting[links[1]].callback(FOUND)
        self.assertNoResult(answer)
        with capturedLogs():
            self.clock.advance(2.1)
        messages = [str(each) for each in self.successResultOf(answer)]
        self.assertIn("SSLP177E SSL00003 did not answer REFRESH in time; it is replaced", messages)
        self.assertEqual([("switchLabels", "new") in link.calls for link in links], [True, True, False])

    def test_silentSwitch(self) -> None:
        """
        The same where it does not say that it has switched.
        """
        mute, links = self.serverOf(0), self.links()

        async def switchLabels(link: FakeLink, digest: str) -> None:
            link.calls.append(("switchLabels", digest))
            if link is links[0]:
                raise NoAnswer("Connection timed out")

        self.patch(FakeLink, "switchLabels", switchLabels)
        messages = self.refresh()
        self.assertEqual(messages.count("SSLP177E SSL00001 did not answer REFRESH in time; it is replaced"), 1)
        self.assertTrue(mute.ended)
        self.assertIn("SSLP119I The key database has been read by SSL00002, SSL00003; labels: 1", messages)

    def test_changing(self) -> None:
        """
        Where servers have read different states, all read again, a few times.
        """
        self.serverOf(1).link.found = evolve(FOUND, digest="newer")
        self.assertRefused("the key database changed while it was read")
        for link in self.links():
            self.assertEqual(link.calls.count(("prepareLabels",)), ATTEMPTS)

    def test_oneAtATime(self) -> None:
        """
        A second REFRESH waits for the first.
        """
        waiting: list[Deferred[LabelsRead]] = []

        async def prepareLabels() -> LabelsRead:
            waiting.append(Deferred())
            return await waiting[-1]

        self.patch(FakeLink, "prepareLabels", lambda link: prepareLabels())
        first = Deferred.fromCoroutine(self.renewal.refresh(self.members))
        second = Deferred.fromCoroutine(self.renewal.refresh(self.members))
        self.assertEqual(len(waiting), 3)
        for each in waiting[:3]:
            each.callback(FOUND)
        self.successResultOf(first)
        for each in waiting[3:]:
            each.callback(FOUND)
        self.successResultOf(second)
        self.assertEqual(len(waiting), 6)
