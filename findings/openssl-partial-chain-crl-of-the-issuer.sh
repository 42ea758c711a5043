#!/usr/bin/env bash
# OpenSSL 3.0 (3.0.22): with X509_V_FLAG_PARTIAL_CHAIN and X509_V_FLAG_CRL_CHECK_ALL, where the chain ends with
# an intermediate authority that is trusted, the revocation list of its issuer is verified with the key of
# the intermediate itself, and fails.
#
# check_crl() in crypto/x509/x509_vfy.c takes the last certificate of the chain for its own issuer; that it is
# no root is not noticed.  So with a list of the root, an empty one too, nobody of a trusted intermediate gets in
# ("CRL signature failure").
#
# Seen: "certificate revoked" or OK where the root alone is trusted; where the intermediate is trusted as well,
# "CRL signature failure" with the list that revokes it as with the empty one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
authority='basicConstraints=critical,CA:TRUE'
key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
openssl req -x509 "${key[@]}" -keyout root.key -out root.pem -subj /CN=Root -addext "$authority" 2>/dev/null
openssl req "${key[@]}" -keyout middle.key -out middle.csr -subj /CN=Middle 2>/dev/null
echo "$authority" >middle.cnf
openssl x509 -req -in middle.csr -CA root.pem -CAkey root.key -out middle.pem -extfile middle.cnf 2>/dev/null
openssl req "${key[@]}" -keyout leaf.key -out leaf.csr -subj /CN=leaf 2>/dev/null
openssl x509 -req -in leaf.csr -CA middle.pem -CAkey middle.key -out leaf.pem 2>/dev/null
list() {  # name, authority, certificate that is revoked
    : >"$1.txt"
    printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s.txt\ndefault_md=sha256\ndefault_crl_days=30\n' "$1" >"$1.cnf"
    if [ -n "${3:-}" ]; then openssl ca -config "$1.cnf" -keyfile "$2.key" -cert "$2.pem" -revoke "$3" 2>/dev/null; fi
    openssl ca -config "$1.cnf" -keyfile "$2.key" -cert "$2.pem" -gencrl -out "$1.crl" 2>/dev/null
}
list empty root
list revoking root middle.pem
list lower middle
cat root.pem middle.pem >both.pem
for name in empty revoking; do
    cat "$name.crl" lower.crl >lists.crl
    for trusted in root both; do
        echo "== list of the root: $name; trusted: $trusted"
        openssl verify -partial_chain -trusted "$trusted.pem" -untrusted middle.pem -CRLfile lists.crl -crl_check_all \
            leaf.pem 2>&1 | grep -E "OK|lookup" || true
    done
done
