# -*- test-case-name: tests.server.test_chains -*-
"""
The chains that a server sends with its labels' certificates change while it runs: when an issuer's certificate has
expired, or the one that follows it has become valid.  Lives in a server process.

Nothing else changes: sessions go on, and are resumed, as they are bound to the label and its own certificate.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from attrs import define, field

from sslpool.keydb.chains import heldBetween
from sslpool.messages import OperatorError
from sslpool.server.complaints import Report
from sslpool.server.relay import Relay
from sslpool.tls.labels import Label, rechained


@define(eq=False, slots=False)
class Chains:
    """
    Keeps the chains of a relay's labels as they are right.

    @ivar _relay: the relay.
    @ivar _userid: returns the server's userid.
    @ivar _report: takes an operator message, as id and fields, to the stack.
    @ivar _flow: takes what is traced.
    @ivar _meanwhile: called between labels: thousands take seconds.
    """

    _relay: Relay
    _userid: Callable[[], str]
    _report: Report
    _flow: Callable[[str], object]
    _meanwhile: Callable[[], object]
    _since: float = field(default=-math.inf, init=False)
    _until: float = field(default=math.inf, init=False)

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
