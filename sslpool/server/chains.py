# -*- test-case-name: tests.server.test_chains -*-
"""
The chains that a server sends with its labels' certificates change while it runs: when an issuer's certificate has
expired, or the one that follows it has become valid.  Lives in a server process.

Nothing else changes: sessions go on, and are resumed, as they are bound to the label and its own certificate.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from sslpool.keydb.chains import heldBetween
from sslpool.messages import OperatorError
from sslpool.server.complaints import Report
from sslpool.server.relay import Relay
from sslpool.tls.labels import Label, rechained


class Chains:
    """
    Keeps the chains of a relay's labels as they are right.

    @param relay: the relay.
    @param userid: returns the server's userid.
    @param report: takes an operator message, as id and fields, to the stack.
    @param flow: takes what is traced.
    @param meanwhile: called between labels: thousands take seconds.
    """

    def __init__(
        self,
        relay: Relay,
        userid: Callable[[], str],
        report: Report,
        flow: Callable[[str], object],
        meanwhile: Callable[[], object],
    ) -> None:
        self._relay = relay
        self._userid = userid
        self._report = report
        self._flow = flow
        self._meanwhile = meanwhile
        self._since, self._until = -math.inf, math.inf

    def take(self, now: float) -> None:
        """
        Find out how long the chains of the relay's labels, chosen at C{now}, are right.

        @param now: in seconds since the epoch.
        """
        spans = [heldBetween(label.credential, now) for label in self._relay.labels.values() if label.credential.spare]
        self._since = max((since for since, _ in spans), default=-math.inf)
        self._until = min((until for _, until in spans), default=math.inf)

    def look(self, now: float) -> None:
        """
        Send the chains that are right at C{now}, where they are others; also when the clock was set back.
        """
        if self._since <= now < self._until:
            return
        relay = self._relay
        changed: dict[str, Label] = {}
        for name, label in relay.labels.items():
            self._meanwhile()
            try:
                found = rechained(label, now)
            except OperatorError as error:
                self._report("SSLP847W", {"server": self._userid(), "label": name, "reason": str(error)})
                continue
            if found is not label:
                changed[name] = found
        if changed:
            relay.labels = {**relay.labels, **changed}
            relay.outbound.rechain(label.credential for label in changed.values())
            self._flow(f"sends other chains for {', '.join(changed)}")
        self.take(now)
