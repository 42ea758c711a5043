# -*- test-case-name: tests.stack.front.test_lookups -*-
"""
Looks up the names of applications and remote hosts again and again, so that servers
know their addresses as they are now.  Lives in the stack process.

The system's resolver may take long, and is asked in threads; neither the stack's own thread nor a server ever asks it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from errno import ELOOP
from threading import Thread
from typing import cast

from attrs import frozen
from twisted.internet.defer import Deferred, DeferredList, DeferredSemaphore
from twisted.internet.interfaces import IReactorFromThreads, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from sslpool.config.configuration import SecurePort
from sslpool.interfaces import IReloadable
from sslpool.messages import OperatorError, Said, operatorError, said
from sslpool.messages.announce import announce, announceFault, announceSaid
from sslpool.reasons import reasonOf
from sslpool.repeating import Repeating
from sslpool.stack.front.destinations import Resolve, isNonexistent, namedAddresses, plainAddresses, waits
from sslpool.stack.front.localsystem import leadsBack
from sslpool.stack.front.ports import Ports
from sslpool.wire.assignment import Address, PortAssignment

PERIOD = 60.0
"""
How often names are looked up, in seconds.
"""

RETRY = 5.0
"""
How often those are looked up that have never been known, in seconds.
"""

ANSWER_TIMEOUT = 4.0
"""
How long a command waits for names, in seconds; what is found later is taken all the same.
"""

MOST_AT_ONCE = 32
"""
How many names are looked up at once.
"""

Ask = Callable[[Callable[[], list[Address]]], "Deferred[list[Address]]"]


@frozen
class Answer:
    """
    What came of looking up a name.

    @ivar address: the address that has it.
    @ivar messages: what there is to say.
    @ivar refusal: why there can be no such address, or C{None}.
    @ivar reason: why it is not known; empty where it is.
    """

    address: str
    messages: tuple[Said, ...] = ()
    refusal: OperatorError | None = None
    reason: str = ""


@implementer(IReloadable)
class Lookups(Repeating):
    """
    Looks up, for the first time at once.

    @param ports: the ports.
    @param tell: tells servers about a port.
    @param found: called when servers have been told what has been found.
    @param resolve: turns a host and port into addresses; may take long.
    @param ask: has something that may take long done, by default in a thread.
    """

    log = Logger()

    def __init__(
        self,
        reactor: IReactorTime,
        ports: Ports,
        tell: Callable[[PortAssignment], None],
        found: Callable[[], None],
        resolve: Resolve,
        ask: Ask | None = None,
    ) -> None:
        super().__init__(reactor, RETRY, self._look, "names were looked up", atOnce=True)
        self._ports = ports
        self._tell = tell
        self._found = found
        self._resolve = resolve
        self._ask = self._inThread if ask is None else ask
        self._due = 0.0
        self._asking: dict[str, Deferred[Answer]] = {}
        self._semaphore = DeferredSemaphore(MOST_AT_ONCE)
        self._complained: set[str] = set()

    def reload(self) -> list[Said]:
        """
        See L{IReloadable.reload}: look up all names now; what comes of it is taken, and logged.
        """
        self._due = self._reactor.seconds() + PERIOD
        for port in list(self._ports.names.wanted.values()):
            self._asked(port)
        return []

    async def known(self, ports: Iterable[SecurePort]) -> list[Said]:
        """
        Look up the names of C{ports}, within L{ANSWER_TIMEOUT}; return what there is to say of those that have moved,
        and of new ones that are not known.  What is answered later is taken then.

        @raise OperatorError: SSLP024E, a name that no port has yet does not exist.
        """
        present = self._ports.names.wanted
        answers: list[Answer] = []

        def gather(answer: Answer) -> Answer:
            answers.append(answer)
            return answer

        named = {port.address: port for port in ports if plainAddresses(port.address) is None}
        await self._within(ANSWER_TIMEOUT, [self._asked(port).addCallback(gather) for port in named.values()])
        for answer in answers:
            if answer.refusal is not None and answer.address not in present:
                raise answer.refusal
        reasons = {answer.address: answer.reason for answer in answers}
        waiting = [
            waits(port, reasons.get(address, ""))
            for address, port in named.items()
            if address not in present and port.remote is None and not self._ports.names.known(address)
        ]
        return [*(message for answer in answers for message in answer.messages), *waiting]

    def _look(self) -> None:
        if self._reactor.seconds() >= self._due:
            self.reload()
        else:
            for address, port in list(self._ports.names.wanted.items()):
                if not self._ports.names.known(address):
                    self._asked(port)

    def _asked(self, port: SecurePort) -> Deferred[Answer]:
        """
        Return the answer for a port's address; nobody is asked twice at once.
        """
        address = port.address
        asking = self._asking.get(address)
        if asking is None:
            asking = self._asking[address] = Deferred.fromCoroutine(self._lookUp(port))
            asking.addErrback(self._fault, address)
            asking.addCallback(self._answered)
        return asking

    def _answered(self, answer: Answer) -> Answer:
        del self._asking[answer.address]
        return answer

    def _fault(self, failure: Failure, address: str) -> Answer:
        announceFault(self.log, "a name was looked up", failure)
        return Answer(address)

    async def _lookUp(self, port: SecurePort) -> Answer:
        try:
            found = await self._semaphore.run(self._ask, lambda: namedAddresses(port.address, self._resolve))
        except (OSError, UnicodeError) as error:
            return self._failed(port, error)
        if port.remote is None and leadsBack(found, self._ports.hosts):
            return self._failed(port, OSError(ELOOP, "it is a secure port of this stack itself"))
        return self._learned(port, found)

    def _failed(self, port: SecurePort, error: OSError | UnicodeError) -> Answer:
        """
        Addresses that were known stay: the name service may be back before the host has moved.
        """
        address, application, reason = port.address, port.userid, reasonOf(error)
        if address in self._ports.names.wanted:
            lost = bool(self._ports.names.known(address))
            if not lost:
                self._ports.names.unknown[address] = reason
            if address not in self._complained:
                self._complained.add(address)
                messageId = "SSLP759W" if port.remote else "SSLP052W" if lost else "SSLP050W"
                announce(self.log, messageId, address=address, application=application, reason=reason)
        if port.remote is not None or not isNonexistent(error):
            return Answer(address, reason=reason)
        refusal = operatorError("SSLP024E", address=address, application=application, reason=reason)
        return Answer(address, (), refusal, reason)

    def _learned(self, port: SecurePort, found: list[Address]) -> Answer:
        address = port.address
        before = self._ports.names.known(address)
        self._complained.discard(address)
        # Name services give the same addresses in another order again and again.
        if set(before) == set(found):
            return Answer(address)
        changed = self._ports.learn(address, found)
        for assignment in changed:
            self._tell(assignment)
        if changed and self.running:
            self._found()
        if not before or port.remote is not None:
            return Answer(address)
        hosts = " ".join(each.host for each in found)
        moved = said("SSLP051I", application=port.userid, address=address, addresses=hosts)
        announceSaid(self.log, moved)
        return Answer(address, (moved,))

    def _within(self, seconds: float, asked: list[Deferred[Answer]]) -> Deferred[None]:
        """
        Return what fires when all have answered, or when the time is over.
        """
        done: Deferred[None] = Deferred()
        overdue = self._reactor.callLater(seconds, done.callback, None)

        def all_(results: object) -> None:
            if overdue.active():
                overdue.cancel()
                done.callback(None)

        DeferredList(asked).addCallback(all_)
        return done

    def _inThread(self, look: Callable[[], list[Address]]) -> Deferred[list[Address]]:
        """
        Have it done in a thread of its own, for which nobody waits at the end.
        """
        answer: Deferred[list[Address]] = Deferred()
        reactor = cast(IReactorFromThreads, self._reactor)

        def work() -> None:
            try:
                found: list[Address] | Failure = look()
            except Exception:
                found = Failure()
            reactor.callFromThread(answer.callback if isinstance(found, list) else answer.errback, found)

        Thread(target=work, name="lookup", daemon=True).start()
        return answer
