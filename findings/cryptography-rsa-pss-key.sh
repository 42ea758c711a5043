#!/usr/bin/env bash
# cryptography 50.0.2: a private key for RSASSA-PSS alone comes back as one for any RSA.
#
# `openssl genpkey -algorithm RSA-PSS` makes a key whose algorithm is id-RSASSA-PSS (RFC 4055
# section 1.2).  load_pem_private_key() accepts it, and private_bytes() of the result, in PKCS #8,
# says rsaEncryption: the restriction is lost without a word.  The certificate still says
# id-RSASSA-PSS, so that pyOpenSSL 26.4.0 refuses certificate and key together, as
# "no certificate assigned", although the numbers are the same.  With the octets that openssl
# wrote, OpenSSL takes both.
#
# Seen: the algorithm before is 1.2.840.113549.1.1.10, after it 1.2.840.113549.1.1.1; the context takes
# the key as it was written, and refuses it as it came back.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv environment
environment/bin/pip install --quiet --disable-pip-version-check cryptography==50.0.2 pyOpenSSL==26.4.0 2>/dev/null
openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out key.pem 2>/dev/null
openssl req -x509 -new -key key.pem -subj /CN=localhost -days 2 -out certificate.pem 2>/dev/null
environment/bin/python -W ignore - <<'PYTHON'
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding, NoEncryption, PrivateFormat, load_pem_private_key,
)
from OpenSSL import SSL, crypto

PSS = bytes.fromhex("06092a864886f70d01010a")  # OBJECT IDENTIFIER 1.2.840.113549.1.1.10
RSA = bytes.fromhex("06092a864886f70d010101")  # OBJECT IDENTIFIER 1.2.840.113549.1.1.1


def accepted(key):
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    try:
        context.use_certificate(x509.load_pem_x509_certificate(open("certificate.pem", "rb").read()))
        context.use_privatekey(key)
        context.check_privatekey()
    except SSL.Error as error:
        return f"refused: {error.args[0][0][2]}"
    return "accepted"


written = open("key.pem", "rb").read()
loaded = load_pem_private_key(written, None)
before = crypto.dump_privatekey(crypto.FILETYPE_ASN1, crypto.load_privatekey(crypto.FILETYPE_PEM, written))
after = loaded.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
print("written by openssl:      ", "RSASSA-PSS" if PSS in before else "any RSA")
print("out of cryptography:     ", "RSASSA-PSS" if PSS in after else "any RSA" if RSA in after else "?")
direct = accepted(crypto.load_privatekey(crypto.FILETYPE_PEM, written))
passed = accepted(crypto.PKey.from_cryptography_key(loaded))
print("context, as written:     ", direct)
print("context, by cryptography:", passed)
assert PSS not in after and RSA in after, "cryptography keeps the restriction now"
assert direct == "accepted" and passed.startswith("refused"), "the TLS library takes both now"
PYTHON
