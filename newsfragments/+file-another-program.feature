A file of another program is recognised and named, with the next step (SSLP823E): JKS, JCEKS, key databases of GSKit, SSH, PuTTY, PGP, certificate requests, public keys, UTF-16, HTML pages.
