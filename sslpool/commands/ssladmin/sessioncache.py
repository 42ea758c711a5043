# -*- test-case-name: tests.commands.ssladmin.test_main -*-
"""
SSLADMIN QUERY CACHE and REFRESH KEYS: the session cache.
"""

from __future__ import annotations

from sslpool.commands.command import Command, Report, changing
from sslpool.commands.syntax import NOW, REPEAT, TARGET, Form, Request
from sslpool.control.client import StackClient
from sslpool.messages import Severity
from sslpool.reports.cache import cacheLines
from sslpool.reports.units import Times


async def cache(client: StackClient, request: Request, times: Times) -> Report:
    """
    QUERY CACHE.
    """
    status = await client.cache(request.options.server)
    failed = any(problem.severity is Severity.ERROR for problem in status.problems)
    return Report(status, cacheLines(status, times), status.problems, failed)


COMMANDS = (
    Command(
        Form(
            ("Query", "CAChe"),
            "cache",
            "the session cache: entries, resumed handshakes, ticket keys",
            takes=(TARGET, REPEAT),
        ),
        cache,
    ),
    Command(
        Form(
            ("REFresh", "KEYs"),
            "keys",
            "change the ticket key of all servers",
            takes=(NOW,),
            more="Earlier tickets of TLS 1.2 are accepted for the time in CACHELIFE. TLS 1.3 clients, and clients "
            "without tickets, make one full handshake. With NOW, no earlier session is resumed, and the agent and the "
            "servers are replaced one after another, without losing a connection, so that no process has had the new "
            "keys before.",
        ),
        changing(lambda client, request: client.refreshKeys(bool(request.options.now))),
    ),
)
