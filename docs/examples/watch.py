"""
Watches a pool: a line whenever a server's state or its number of sessions changes,
until the stack ends.  C{python watch.py [stack [run directory]]}
"""

import sys
from typing import Any

from twisted.internet.task import deferLater, react

from sslpool.control import client
from sslpool.messages import OperatorError


async def watch(reactor: Any, stack: str = "TCPIP", *directories: str) -> None:
    try:
        pool = await client.connect(reactor, stack, directories or None)
        print(f"{pool.stack} is of release {pool.release}", flush=True)
        before: dict[str, tuple[str, int]] = {}
        while True:
            servers = (await pool.status()).servers
            for each in servers:
                if before.get(each.userid) != (each.state, each.sessions):
                    print(each.userid, each.state, each.sessions, flush=True)
            before = {each.userid: (each.state, each.sessions) for each in servers}
            await deferLater(reactor, 0.5)
    except OperatorError as error:
        sys.exit(str(error))


react(watch, sys.argv[1:])
