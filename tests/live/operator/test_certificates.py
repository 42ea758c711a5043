"""
Certificates of an external authority: requested, received, served and renewed.
"""

from __future__ import annotations

import ssl
from pathlib import Path

from tests.live.clients import Client, exchange, finish
from tests.live.configurations import PROFILE
from tests.live.operator.day import OperatorCase
from tests.live.programs import run
from tests.live.running import until

DAYS = 20


class CertificatesTests(OperatorCase):
    """
    A port has a label whose certificate an authority elsewhere is to sign.
    """

    part = "certificates"

    def test_day(self) -> None:
        """
        Request, receive, REFRESH, renewal, REFRESH; and what is wrong with certificates.
        """
        self.open()
        self.facts.days(DAYS)
        shop = self.free("shp")
        self.files.append(PROFILE, f"   {shop} TCP WEBSERV SECURE SHOP")
        self.variables = {"DB": "etc/gskadm/Database.kdb"}
        self.authorityElsewhere()
        self.begin()
        self.type(
            "gskkyman import -d $DB --certificate-only --label 'Shop CA' ca.pem",
            "gskkyman request -d $DB --label SHOP --name localhost shop.csr",
            "gskkyman request -d $DB --label SHOP --name localhost again.csr",
            "gskkyman list -d $DB --requests",
        )
        self.sign("shop", "SHOP", 1001)
        self.note("The authority has signed shop.csr: shop.crt.")
        self.type(
            "printf '7\\nca.pem\\n\\n0\\n' | gskkyman",
            "gskkyman receive -d $DB shop.crt",
            "gskkyman receive -d $DB shop.crt",
            "gskkyman list -d $DB",
        )
        self.console()
        self.type("ssladmin refresh")
        until(lambda: self.stack.log.found(f"SSLP023I .*:{shop} "), "the port to be opened")
        self.console("SSLP0")
        self.visit(shop)
        self.note("A client that trusts the authority has been served.")
        self.type("gskkyman renew -d $DB --label SHOP renewed.csr")
        self.sign("renewed", "SHOP, renewed", 1002)
        self.note("The authority has signed renewed.csr: renewed.crt.")
        self.type("gskkyman receive -d $DB renewed.crt")
        self.hold(2)
        self.stack.waitForState(2, "Active")
        self.note("A second server has become Active.")
        self.type(
            "ssladmin refresh",
            "ssladmin query status details '(sslserver ssl00001' | sed '1,/Certificates/d'",
            "gskkyman expiring -d $DB --days 25",
            "gskkyman renew -d $DB --label WEB web.csr",
            "gskkyman receive -d $DB nosuch.crt",
        )

    def authorityElsewhere(self) -> None:
        """
        Make an authority with openssl, as others have it.
        """
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        made = ("-days", str(DAYS), "-set_serial", "1000", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        self.openssl("req", "-x509", *key, *made, "-subj", "/CN=Shop CA", "-keyout", "ca.key", "-out", "ca.pem")
        self.known("ca.pem", "Shop CA")
        Path(self.path("names")).write_text("subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n", "ascii")

    def sign(self, name: str, label: str, serial: int) -> None:
        """
        Be the authority: sign a request.
        """
        numbered = ("-set_serial", str(serial), "-days", str(DAYS), "-extfile", "names")
        signer = ("-CA", "ca.pem", "-CAkey", "ca.key", *numbered)
        self.openssl("x509", "-req", "-in", f"{name}.csr", *signer, "-out", f"{name}.crt")
        self.known(f"{name}.crt", label)

    def openssl(self, *arguments: str) -> None:
        """
        Run openssl in the operator's directory.
        """
        outcome = run("env", "-C", self.scratch, "openssl", *arguments)
        self.assertEqual(outcome.code, 0, outcome.error)

    def known(self, name: str, label: str) -> None:
        """
        Know a certificate.
        """
        self.certificate(ssl.PEM_cert_to_DER_cert(Path(self.path(name)).read_text("ascii")), label)

    def visit(self, port: int) -> None:
        """
        Have a client come and go that trusts that authority only.
        """
        client = Client(self, port, self.path("ca.pem"))
        connection = client.connect()
        exchange(connection)
        finish(connection)
        self.stack.waitForSessions(0)
