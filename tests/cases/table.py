"""
What is right for each input.
"""

from __future__ import annotations

import datetime
from pathlib import Path

from attrs import frozen

FOLDER = Path(__file__).parent / "certificates"

NOW = datetime.datetime(2026, 11, 30, 12, tzinfo=datetime.UTC).timestamp()
"""
When the inputs are looked at, in seconds since the epoch: all that had not expired when they were made is valid.
"""

PASSWORD = "secret1"
INT, H_INT, H_ROOT = "CN=Test Int,O=Test", "O=H,CN=H Int", "O=H,CN=H Root"

VERIFIED, EXPIRED, SELF_SIGNED, NO_ISSUER, NO_FIRST, PURPOSE, CRITICAL, NOT_PERMITTED = 0, 10, 18, 20, 21, 26, 34, 47
"""
What C{openssl s_client} says in the end (X509_V_ERR_...).
"""


_NO_IDENTIFIER, _ALTERNATIVES = "SSLP862W", "SSLP852W"


@frozen
class Server:
    """
    A certificate with its private key.

    @ivar file: the input.
    @ivar chain: the subjects that are sent behind the server's own, from a file alone.
    @ivar verified: what C{openssl} says of what it is sent; C{None}, that it has nothing in common with the server.
    @ivar refused: the message with which an import ends that is not told to take what is unfit; empty for none.
    @ivar unusable: no server can use it: its label is left out.
    @ivar label: which of several in the file is meant; else any.
    @ivar served: the label under which a KEYFILE serves it.
    @ivar findings: the messages about who refuses it, where it is stored.
    """

    file: str
    chain: tuple[str, ...] = (INT,)
    verified: int | None = VERIFIED
    refused: str = ""
    unusable: bool = False
    label: str = ""
    served: str = "DEFAULT"
    findings: tuple[str, ...] = (_NO_IDENTIFIER,)

    @property
    def path(self) -> str:
        """
        Where it is.
        """
        return str(FOLDER / self.file)


@frozen
class Other:
    """
    Anything else.

    @ivar file: the input.
    @ivar imported: the messages of its import, without those about permissions; of several, in this order.
    @ivar asKey: the message where a private key is expected.
    @ivar needs: what has to be imported first.
    """

    file: str
    imported: tuple[str, ...]
    asKey: str = "SSLP341E"
    needs: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """
        Where it is.
        """
        return str(FOLDER / self.file)


H = (H_INT,)
NC_CA = "CN=NC CA bad"
CADDY = "CN=Caddy Local Authority - ECC Intermediate"
SERVERS = (
    Server("good.pem"),
    Server("nonl.pem"),
    Server("bom-cert-first.pem"),
    Server("bom-key-last-int-first.pem"),
    Server("trusted.pem"),
    Server("pemnamed.p12"),
    Server("both-int-exp-first.pem"),
    Server("expired-int.pem", verified=EXPIRED, refused="SSLP372E"),
    Server("no-int.pem", (), NO_FIRST, "SSLP375E"),
    Server("teletex.pem"),
    Server("printable-bad.pem"),
    Server("bitstring-dn.pem"),
    Server("must-staple.pem", findings=(_NO_IDENTIFIER, "SSLP859W")),
    Server("rsa-pss-key.pem", findings=("SSLP851W", _NO_IDENTIFIER)),
    Server("rsa1024.pem", refused="SSLP374E", unusable=True, findings=("SSLP868W", _NO_IDENTIFIER)),
    Server("brainpool.pem", verified=None, refused="SSLP850E", findings=("SSLP851W", _NO_IDENTIFIER)),
    Server("p224.pem", refused="SSLP374E", unusable=True, findings=("SSLP851W", _NO_IDENTIFIER)),
    Server("secp256k1.pem", refused="SSLP850E", unusable=True, findings=("SSLP851W", _NO_IDENTIFIER)),
    Server("sni-wild.pem"),
    Server("sni-expiredexact.pem", verified=EXPIRED, refused="SSLP372E"),
    Server("enter3.pem", ("O=Internet Widgits Pty Ltd,ST=Some-State,C=AU",)),
    Server("cross-le-bothroots.pem", (H_INT, H_ROOT), findings=()),
    Server("gnutls-ec-octet33.pem", (), SELF_SIGNED, findings=()),
    Server("p8-camellia.pem", H, findings=()),
    Server("pbmac1.p12", H, served="WEBCERT", findings=()),
    Server("kt-two.p12", (), SELF_SIGNED, label="MYSERVER", served="MYSERVER", findings=()),
    Server("kt-two.p12", (), SELF_SIGNED, label="OTHER", served="OTHER", findings=(_ALTERNATIVES,)),
    Server("nosubject.pem", H, findings=()),
    Server("sixday.pem", H, findings=()),
    Server("caddy-internal-12h.pem", (CADDY,), NO_ISSUER, findings=()),
    Server("expired-no-subject.pem", H, EXPIRED, "SSLP372E", findings=()),
    Server("forge-printable-utf8.pem", (), SELF_SIGNED, findings=()),
    Server("forge-zeroserial.pem", (), SELF_SIGNED, findings=()),
    Server("clientauth-only.pem", H, PURPOSE, findings=("SSLP855W",)),
    Server("crit-unknown.pem", H, CRITICAL, "SSLP850E", findings=("SSLP856W",)),
    Server("nameconstraints-violated.pem", (NC_CA,), NOT_PERMITTED, "SSLP850E", findings=("SSLP864W", _NO_IDENTIFIER)),
    Server("nosan-cn.pem", H, findings=(_ALTERNATIVES,)),
    Server("cl-under.pem", (), PURPOSE, "SSLP375E", findings=("SSLP855W", _ALTERNATIVES, _NO_IDENTIFIER)),
    Server("cl-bits.pem", (), PURPOSE, "SSLP375E", findings=("SSLP855W", _ALTERNATIVES, _NO_IDENTIFIER)),
    Server("ss-under.pem", (), SELF_SIGNED, findings=(_ALTERNATIVES,)),
)

OTHERS = (
    Other("root.pem", ("SSLP304I",)),
    Other("rroot.pem", ("SSLP304I",)),
    Other("int.pem", ("SSLP304I",)),
    Other("icx.pem", ("SSLP372E",)),
    Other("ca-under.pem", ("SSLP304I",)),
    Other("enter.ca", ("SSLP304I",)),
    Other("leaf.pem", ("SSLP304I",), "SSLP828E"),
    Other("leaf.key", ("SSLP340E",), "SSLP340E"),
    Other("gnutls-ec-octet33.key", ("SSLP340E",), "SSLP340E"),
    Other("kt-truststore.p12", ("SSLP304I", "SSLP304I")),
    Other("pkijs-visible.pem", ("SSLP345E",), "SSLP345E"),
    Other("kt.jks", ("SSLP823E",), "SSLP823E"),
    Other("crl-expired.pem", ("SSLP804E",), "SSLP340E", ("root.pem",)),
    Other("crl-two.pem", ("SSLP366I", "SSLP366I"), "SSLP340E", ("kt-truststore.p12", "nosubject.pem")),
)
