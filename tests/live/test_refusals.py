"""
That what is said of certificates is true of GnuTLS, which shares no code with OpenSSL.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.keydb.misfits import fit, misfits
from tests.keydb.test_fitness import isSaidToRefuse
from tests.live.installed import lacking

#: What GnuTLS finds only in a handshake: a key that it cannot use, or that may not sign.
IN_HANDSHAKES = {
    "P-224",
    "brainpool",
    "does not sign",
    "does nothing in TLS",
    "only enciphers",
    "secp256k1",
    # A list of authorities has none that is none.
    "self-signed",
}
SERVER = "1.3.6.1.5.5.7.3.1"


class GnuTLSTests(SynchronousTestCase):
    """
    GnuTLS's own verification.
    """

    skip = lacking("gnutls-bin")

    def test_refusals(self) -> None:
        """
        It refuses exactly those of which that is said.
        """
        folder = Path(self.mktemp())
        folder.mkdir()
        root, chain = folder / "root.pem", folder / "chain.pem"
        wrong = {}
        for name, misfit in {**fit(), **misfits()}.items():
            if name in IN_HANDSHAKES:
                continue
            root.write_bytes(misfit.root.pem)
            chain.write_bytes(b"".join(each.pem for each in (misfit.node.certificate, *misfit.node.above)))
            options = ("--load-ca-certificate", root, "--verify-hostname", misfit.host, "--verify-purpose", SERVER)
            done = subprocess.run(
                ["certtool", "--verify", *options, "--infile", chain], capture_output=True, timeout=60, check=False
            )
            said = isSaidToRefuse(misfit, "GnuTLS")
            if said == (done.returncode == 0):
                wrong[name] = done.stdout.decode("utf-8", "replace")[-300:]
        self.assertEqual(wrong, {})
