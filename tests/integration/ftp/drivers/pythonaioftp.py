"""
Transfers files with aioftp, as README.md says: reads transfers, writes what came of each.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

LIMIT = 20
BLOCK = 65536


class Driver:
    """
    Has one control connection at a time.
    """

    def __init__(self, authority: str) -> None:
        # It is not installed where the types are checked.
        self._library = import_module("aioftp")
        self._context = ssl.create_default_context(cafile=authority)
        self._client: Any = None
        self._place: Sequence[str] = ()

    async def _connect(self, place: Sequence[str]) -> None:
        if self._client is not None and place == self._place:
            return
        await self.leave()
        self._place = place
        _, host, port, user, password = place
        self._client = self._library.Client(socket_timeout=LIMIT, connection_timeout=LIMIT)
        await self._client.connect(host, int(port))
        await self._client.upgrade_to_tls(self._context)
        await self._client.login(user, password)

    async def transfer(self, *fields: str) -> str:
        """
        Do a transfer, and return what came of it.
        """
        *place, direction, remote, local = fields
        try:
            await self._connect(place)
            if direction == "up":
                await self._upload(Path(local), remote)
            else:
                await self._download(Path(local), remote)
        except (OSError, EOFError, self._library.AIOFTPException) as error:
            await self.leave(False)
            return f"failed\t{' '.join((str(error) or type(error).__name__).split())}"
        return "ok\t"

    async def _upload(self, local: Path, remote: str) -> None:
        async with self._client.upload_stream(remote) as stream:
            octets = local.read_bytes()
            for start in range(0, len(octets), BLOCK):
                await stream.write(octets[start : start + BLOCK])

    async def _download(self, local: Path, remote: str) -> None:
        async with self._client.download_stream(remote) as stream:
            local.write_bytes(b"".join([block async for block in stream.iter_by_block(BLOCK)]))

    async def leave(self, inOrder: bool = True) -> None:
        """
        End the control connection.
        """
        client, self._client = self._client, None
        if client is None:
            return
        if inOrder:
            await client.quit()
        else:
            client.close()


async def main(authority: str) -> None:
    """
    Do what standard input says.
    """
    driver = Driver(authority)
    for line in sys.stdin:
        number, *fields = line.rstrip("\n").split("\t")
        print(number, await driver.transfer(*fields), sep="\t", flush=True)
    await driver.leave()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
