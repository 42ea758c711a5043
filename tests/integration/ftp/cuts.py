"""
Transfers that are cut: the client is told that they have failed, whatever the application has
thought of them, and the control connection goes on.
"""

from __future__ import annotations

import contextlib
import os
import ssl
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

from tests.integration.ftp.cells import DEMANDS, REQUIRED, REUSE, SERVERS
from tests.integration.ftp.dialogue import BLOCK, Control, Data
from tests.integration.ftp.site import Site, content
from tests.live.clients import TLS12, TLS13, trusting
from tests.live.configurations import PROFILE

FAILED = (426, 451, 522)
"""
What may be replied when a transfer was cut.
"""

SMALL, LARGE = 100, 200_000
"""
After how many octets.
"""

SIZE = 16_000_000
"""
Octets of a file of which much is still with the application when its client has had enough.
"""

MODES = ("passive", "active")

PATIENCE = 5
"""
After how many seconds the pool has enough of silence, where that is tested.
"""

UPLOADS: Mapping[str, Callable[[Data], None]] = {
    "FIN without close_notify": Data.leave,
    "FIN without close_notify, and waiting": Data.stopSending,
    "RST": Data.reset,
    "a fatal alert": Data.alert,
    "nonsense": Data.nonsense,
}
"""
How uploads are cut.
"""

DOWNLOADS: Mapping[str, Callable[[Data], None]] = {
    "FIN": Data.leave,
    "close_notify and FIN": Data.hasten,
    "RST": Data.reset,
    "a fatal alert": Data.alert,
    "nonsense": Data.nonsense,
}
"""
How downloads are.
"""


def halfHello(data: Data) -> None:
    """
    Leave in the middle of a ClientHello.
    """
    data.socket.sendall(data.hello()[:100])
    data.socket.close()


def clear(data: Data) -> None:
    """
    Send cleartext.
    """
    data.socket.sendall(bytes(SMALL))
    data.socket.close()


def refuse(data: Data) -> None:
    """
    Do not trust the server.
    """
    with contextlib.suppress(ssl.SSLError, ConnectionError):
        data.shake()
    data.socket.close()


BEFORE: Mapping[str, Callable[[Data], None]] = {
    "FIN instead of a handshake": Data.leave,
    "RST instead of a handshake": Data.reset,
    "FIN in a handshake": halfHello,
    "cleartext": clear,
    "nonsense": Data.nonsense,
    "a certificate that is not trusted": refuse,
}
"""
How a data connection fails before it is secured.
"""


class CutCase(Site):
    """
    A test in which transfers are cut.
    """

    families = ("IPv4",)

    def setUp(self) -> None:
        """
        Make the files.
        """
        super().setUp()
        self.octets = os.urandom(SIZE)
        self.before = os.urandom(SMALL)
        for place in self.places.values():
            Path(place.server.path("large")).write_bytes(self.octets)

    def control(self, server: str, demand: str = REQUIRED, version: ssl.TLSVersion | None = None) -> Control:
        """
        Return a control connection.
        """
        place = self.places["IPv4", server, demand]
        control = Control(place.port, place.server, trusting(self.certificates, version))
        self.addCleanup(control.close)
        return control

    def replace(self, control: Control, name: str) -> None:
        """
        Have a file be there, which another one is to replace.
        """
        path = control.server.path(name)
        Path(path).write_bytes(self.before)
        os.chmod(path, 0o666)

    def goesOn(self, control: Control) -> None:
        """
        See that the control connection is of use.
        """
        sent = self.octets[:LARGE]
        data = control.passive()
        control.begin(f"STOR {control.path('after')}")
        data.shake()
        data.send(sent)
        data.finish()
        self.assertEqual(control.final(), 226)
        self.assertEqual(content(control.server.path("after")), sent)
        data = control.passive()
        control.begin(f"RETR {control.path('after')}")
        data.shake()
        self.assertEqual(data.receive(), sent)
        data.finish()
        self.assertEqual(control.final(), 226)
        os.unlink(control.server.path("after"))

    def each(self, demands: Iterable[str], cases: Iterable[Any], do: Callable[..., None]) -> None:
        """
        Do all cases with each application and version of TLS, and then see that the control connection is of
        use; tell of all that are not as they have to be.

        @param cases: tuples; values that are functions have no names.
        @param do: does one, with the control connection and the values of the case.
        """
        wrong = []
        cases = list(cases)
        for server, demand, version in product(SERVERS, demands, (TLS12, TLS13)):
            control = self.control(server, demand, version)
            for case in (*cases, None):
                try:
                    if case is None:
                        self.goesOn(control)
                    else:
                        do(control, *case)
                except (AssertionError, OSError) as error:
                    named = ("afterwards",) if case is None else [each for each in case if not callable(each)]
                    wrong.append(f"{server}, {demand}, {version.name}: {named}: {error!r}")
                    control = self.control(server, demand, version)
        self.assertEqual(wrong, [], "\n".join(wrong))


class CutTests(CutCase):
    """
    By the client, at once.
    """

    def test_uploads(self) -> None:
        """
        While it sends, in passive and active mode.
        """
        cases = [(*cut, size, mode) for cut, size, mode in product(UPLOADS.items(), (0, SMALL, LARGE), MODES)]
        self.each((REQUIRED,), cases, self.upload)

    def upload(self, control: Control, way: str, cut: Callable[[Data], None], size: int, mode: str) -> None:
        """
        Cut an upload.
        """
        command = f"STOR {control.path('cut')}"
        data = control.active(lambda: control.send(command)) if mode == "active" else control.passive()
        if mode == "passive":
            control.send(command)
        control.begun()
        data.shake()
        data.send(self.octets[:size])
        cut(data)
        self.assertIn(control.final(), FAILED)
        data.socket.close()

    def test_downloads(self) -> None:
        """
        While it receives.
        """
        cases = [(*cut, size) for cut, size in product(DOWNLOADS.items(), (0, LARGE))]
        self.each((REQUIRED,), cases, self.download)

    def download(self, control: Control, way: str, cut: Callable[[Data], None], size: int) -> None:
        """
        Cut a download.
        """
        data = control.passive()
        control.begin(f"RETR {control.path('large')}")
        data.shake()
        data.receive(size)
        cut(data)
        self.assertIn(control.final(), FAILED)
        data.socket.close()

    def test_handshakes(self) -> None:
        """
        Before the data connection is secured; nothing has changed at the application.
        """
        cases = [(*cut, verb) for cut, verb in product(BEFORE.items(), ("STOR", "APPE", "RETR"))]
        self.each(DEMANDS, cases, self.handshake)

    def handshake(self, control: Control, way: str, cut: Callable[[Data], None], verb: str) -> None:
        """
        Cut a transfer before it has begun.
        """
        self.replace(control, "old")
        data = control.passive(context=ssl.create_default_context() if cut is refuse else None)
        control.begin(f"{verb} {control.path('large' if verb == 'RETR' else 'old')}")
        cut(data)
        self.assertIn(control.final(), FAILED)
        self.assertEqual(content(control.server.path("old")), self.before)
        data.socket.close()

    def test_reuse(self) -> None:
        """
        Because it does not resume where it has to, however early its handshake comes.
        """
        transfers = (("STOR", "old"), ("RETR", "large"), ("RETR", "old"), ("APPE", "old"), ("NLST", ""))
        cases = [(*transfer, early) for transfer, early in product(transfers, ("early", "late"))]
        self.each((REUSE,), cases, self.another)

    def another(self, control: Control, verb: str, name: str, moment: str) -> None:
        """
        Do a full handshake on a data connection.
        """
        self.replace(control, "old")
        data = control.passive(session=False)
        if moment == "early":
            refuse(data)
        control.send(f"{verb} {control.path(name)}".strip())
        if moment == "late":
            control.begun()
            with contextlib.suppress(ssl.SSLError, ConnectionError):
                data.shake()
                data.send(self.octets[:SMALL])
                data.finish()
        self.assertEqual(control.final(), 522)
        self.assertEqual(content(control.server.path("old")), self.before)
        data.socket.close()

    def test_whole(self) -> None:
        """
        What is not cut is whole: close_notify says so, and FIN may come when it likes.  Who leaves in haste
        may have lost octets, and then he is told.
        """
        ends = (("in order", Data.finish), ("close_notify alone", Data.notify), ("in haste", Data.hasten))
        cases = [(*end, size) for end, size in product(ends, (0, SMALL, LARGE))]
        self.each(DEMANDS, cases, self.whole)

    def whole(self, control: Control, way: str, end: Callable[[Data], None], size: int) -> None:
        """
        Send a file.
        """
        data = control.passive()
        control.begin(f"STOR {control.path('whole')}")
        data.shake()
        data.send(self.octets[:size])
        end(data)
        code = control.final()
        data.socket.close()
        if end is Data.hasten and code in FAILED:
            return
        self.assertEqual(code, 226)
        self.assertEqual(content(control.server.path("whole")), self.octets[:size])


class SilenceTests(CutCase):
    """
    By silence, which the pool has enough of.
    """

    def configure(self) -> None:
        """
        See L{Site.configure}.
        """
        limits = "SSLLIMITS MAXPERSSLSERVER 600"
        self.files.replace(PROFILE, limits, f"{limits} IDLE {PATIENCE} HANDSHAKE {PATIENCE}")

    def test_silence(self) -> None:
        """
        In an upload, in a download, and in the handshake of each.
        """
        cases = list(product(SERVERS, ("STOR", "RETR"), (True, False)))
        with ThreadPoolExecutor(len(cases)) as pool:
            for what, code in zip(cases, pool.map(lambda case: self.fallSilent(*case), cases), strict=True):
                self.assertIn(code, FAILED, what)

    def fallSilent(self, server: str, verb: str, secured: bool) -> int:
        """
        Fall silent in a transfer, and return the code of its last reply.
        """
        control = self.control(server)
        data = control.passive()
        control.begin(f"{verb} {control.path('silent' if verb == 'STOR' else 'large')}")
        if not secured:
            data.socket.sendall(data.hello()[:SMALL])
        else:
            data.shake()
            if verb == "STOR":
                data.send(self.octets[:BLOCK])
            else:
                data.receive(BLOCK)
        code = control.final()
        data.socket.close()
        return code
