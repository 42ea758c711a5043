# -*- test-case-name: tests.server.test_complaints,tests.server.test_returncodes -*-
"""
What a server says about sessions that did not go well: once for each thing that the operator can put right, and a
bounded number of lines for what clients do.  Lives in a server process.

Everything is counted elsewhere; this is about log lines.  A stranger can make
as many bad connections as he likes, and must not fill the log with them.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable

from sslpool.reports.units import numberText
from sslpool.sessions.outcome import Outcome, reasonText
from sslpool.throttle import Throttle
from sslpool.tls.facts import Hello
from sslpool.tls.peers import reasonFor
from sslpool.wire.assignment import PortAssignment
from sslpool.wire.segment import LACKING, Shortage

PERIOD = 10.0
"""
For how long, in seconds, a kind of failure is only counted after its first lines.
"""

LINES = 3
"""
How many lines a kind of failure gets in each period.
"""

FAULTS = 3
"""
How many faults of ours are told with their traceback in each L{FAULT_PERIOD}.
"""

FAULT_PERIOD = 60.0
"""
For how long, in seconds, further faults are only counted.
"""

VALIDATION = 8

RETURN_CODES = {
    8: "Certificate validation error",
    401: "Certificate is expired or is not valid yet",
    403: "No certificate received from partner",
    405: "Certificate format is not supported",
    413: "Certificate signature is incorrect",
    417: "Self-signed certificate cannot be validated",
    431: "Certificate is revoked",
    435: "Certificate authority is unknown",
    440: "Incorrect key usage",
}
"""
System SSL's return codes that are used for what goes wrong with certificates of clients, with which z/VM reports it
(C{DTCSSL022E}), and their texts.  What leads to which is ours, since OpenSSL tells more kinds of trouble apart.
"""

_BY_ERROR = {2: 435, 7: 413, 9: 401, 10: 401, 18: 417, 19: 435, 20: 435, 21: 435, 23: 431, 26: 440}
"""
OpenSSL's errors (X509_V_ERR_*, x509_vfy.h) and the codes; all others are a L{VALIDATION} error.
"""

_BY_WORDS = {reasonFor(error): code for error, code in _BY_ERROR.items()}
"""
The same by the words of the library that is there: those of other releases differ.
"""

Report = Callable[[str, dict[str, str]], None]


class Complaints:
    """
    The complaints of one server.

    @param userid: names the server.
    @param seconds: the present, in seconds.
    @param report: takes an operator message as id and fields.
    """

    def __init__(self, userid: Callable[[], str], seconds: Callable[[], float], report: Report) -> None:
        self._userid = userid
        self._seconds = seconds
        self._report = report
        self._throttle: Throttle[Outcome] = Throttle()
        self._period = self._faultsSince = seconds()
        self._faults: Throttle[str] = Throttle()
        self._down: set[int] = set()

    def handshake(self, number: int, client: str, local: str, hello: Hello, outcome: Outcome, detail: str) -> None:
        """
        A handshake failed by the client's doing.
        """
        code = returnCodeOf(outcome, detail)
        if self._isFew(outcome, LINES, str(code) if code else ""):
            said = {"reason": reasonText(outcome, detail), "name": hello.name or "-", "version": hello.version or "-"}
            self._say("SSLP120W", number=numberText(number), client=client, local=local, **said)
            if code:
                self._say("DTCSSL022E", rc=str(code), reason=RETURN_CODES[code])

    def doubtful(self, number: int, client: str, local: str, reason: str) -> None:
        """
        A client's certificate is not trusted, and its session goes on.
        """
        if self._isFew(Outcome.HANDSHAKE_CERTIFICATE, LINES, "doubtful"):
            self._say("SSLP142W", number=numberText(number), client=client, local=local, reason=reason)

    def renegotiation(self, number: int, client: str, local: str) -> None:
        """
        A client was refused renegotiation, and its session goes on.
        """
        if self._isFew(Outcome.PROTOCOL, LINES, "renegotiation"):
            self._say("SSLP707W", number=numberText(number), client=client, local=local)

    def negotiation(self, number: int, client: str, local: str, outcome: Outcome) -> None:
        """
        A dialogue of dynamic SSL was refused.
        """
        if self._isFew(outcome, LINES):
            self._say("SSLP700W", number=numberText(number), client=client, local=local, reason=outcome.value)

    def remote(self, number: int, userid: str, remote: str, outcome: Outcome, detail: str) -> None:
        """
        A connection to a remote host was not secured.
        """
        if self._isFew(outcome, LINES, remote):
            reason = reasonText(outcome, detail)
            self._say("SSLP755W", number=numberText(number), userid=userid, remote=remote, reason=reason)

    def applicationDown(self, port: PortAssignment, outcome: Outcome, detail: str) -> None:
        """
        An application was not reached; said once until it is.
        """
        if port.key not in self._down:
            self._down.add(port.key)
            addresses = ", ".join(address.text for address in port.addresses)
            self._say("SSLP121W", application=port.userid, addresses=addresses, reason=reasonText(outcome, detail))

    def sourceUnusable(self, port: PortAssignment, reason: str) -> None:
        """
        An application was not reached, since no connection can be made from its C{:source.}; said once until it is.
        """
        if port.key not in self._down:
            self._down.add(port.key)
            self._say("SSLP055W", application=port.userid, source=port.source, reason=reason)

    def applicationReached(self, port: PortAssignment) -> None:
        """
        An application was reached; said where it had not been before.
        """
        if port.key in self._down:
            self._down.discard(port.key)
            self._say("SSLP122I", application=port.userid)

    def labelMissing(self, port: PortAssignment) -> None:
        """
        A connection was closed because its label is not in the key database.
        """
        if self._isFew(Outcome.LABEL_MISSING, 1, port.label):
            self._say("SSLP123E", label=port.label, local=port.local)

    def exhausted(self, shortage: Shortage) -> None:
        """
        The server has run out of something, and the stack gives it no connections for now.
        """
        if self._isFew(Outcome.DESCRIPTORS, 1, shortage.name):
            self._say("SSLP124E", what=LACKING[shortage])

    def dataFull(self, most: int) -> None:
        """
        A data connection was refused.

        @param most: how many the server may have.
        """
        if self._isFew(Outcome.DATA_FULL, 1):
            self._say("SSLP706W", count=str(most))

    def sweep(self) -> None:
        """
        At the end of a period, say how much was left unsaid.
        """
        now = self._seconds()
        self._sweepFaults(now)
        if now - self._period < PERIOD:
            return
        self._period = now
        for outcome, count in self._throttle.renew().items():
            self._say("SSLP125W", count=str(count), reason=outcome.value, seconds=str(int(PERIOD)))

    def fault(self, error: BaseException) -> None:
        """
        We made a mistake.
        """
        self._sweepFaults(self._seconds())
        if self._faults.admits("", FAULTS):
            self._say("SSLP199E", traceback="".join(traceback.format_exception(error)))

    def _sweepFaults(self, now: float) -> None:
        if now - self._faultsSince >= FAULT_PERIOD:
            for count in self._faults.renew().values():
                self._say("SSLP705W", count=str(count), seconds=str(int(FAULT_PERIOD)))
            self._faultsSince = now

    def _isFew(self, outcome: Outcome, lines: int, about: str = "") -> bool:
        """
        Count, and tell whether there have been at most C{lines} in this period.
        """
        self.sweep()
        return self._throttle.admits(outcome, lines, about)

    def _say(self, messageId: str, **fields: str) -> None:
        self._report(messageId, {"server": self._userid(), **fields})


def returnCodeOf(outcome: Outcome, detail: str) -> int:
    """
    Return the code for a handshake that failed by the client's certificate; 0 for others.

    @param detail: what was wrong with the certificate.
    """
    if outcome is Outcome.HANDSHAKE_NO_CERTIFICATE:
        return 403
    return _BY_WORDS.get(detail, VALIDATION) if outcome is Outcome.HANDSHAKE_CERTIFICATE else 0
