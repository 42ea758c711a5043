# -*- test-case-name: tests.commands.ssladmin.test_monitor -*-
"""
What MONITOR asks for beyond a single query: it keeps what it was told the last time, and shows the difference as rates.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from attrs import define, evolve, field

from sslpool.commands.command import Report
from sslpool.commands.syntax import Request
from sslpool.control.client import StackClient
from sslpool.messages import Said, operatorError
from sslpool.reports.rates import Rate, Sample, rateSessionsLines, rateSummaryLines, serverSamples, sessionSamples
from sslpool.reports.units import Times


@define
class WatchedSummary:
    """
    QUERY STATUS SUMMARY, again and again.

    @ivar clock: the monotonic clock, by which rates are.
    """

    clock: Callable[[], float] = time.monotonic
    _before: dict[str, Sample] = field(factory=dict, init=False)

    async def __call__(self, client: StackClient, request: Request, times: Times) -> Report:
        """
        Ask once.

        @raise OperatorError: there is no such member.
        """
        server, status = request.options.server, await client.status()
        shown = tuple(each for each in status.servers if server in (None, each.userid))
        if server is not None and not shown:
            raise operatorError("SSLP407E", server=server, stack=status.stack)
        active = [each.userid for each in shown if each.state == "Active"]
        details = await client.details(server) if active else []
        after = serverSamples(status, details, self.clock())
        rates = {userid: Rate.between(self._before.get(userid), after[userid]) for userid in after}
        self._before = after
        silent = [each for each in details if isinstance(each, Said) and each.fields.get("server") in (None, *active)]
        return Report(evolve(status, servers=shown), rateSummaryLines(status, rates, times, server), silent)


@define
class WatchedSessions:
    """
    QUERY SESSIONS, again and again.

    @ivar clock: the monotonic clock, by which rates are.
    """

    clock: Callable[[], float] = time.monotonic
    _before: dict[int, Sample] = field(factory=dict, init=False)

    async def __call__(self, client: StackClient, request: Request, times: Times) -> Report:
        """
        Ask once.
        """
        silent: list[Said] = []
        found = await client.sessions(request.options.server, silent)
        after = sessionSamples(found, self.clock())
        rates = {number: Rate.between(self._before.get(number), after[number]) for number in after}
        self._before = after
        lines = rateSessionsLines(found, rates, times) if found or not silent else []
        return Report(found, lines, silent)
