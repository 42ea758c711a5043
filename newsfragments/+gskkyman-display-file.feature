`gskkyman display FILE` shows what the certificates and revocation lists in a file say, as the menu does; `--json` too.
