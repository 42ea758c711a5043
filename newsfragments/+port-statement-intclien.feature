A `PORT` statement for `INTCLIEN` without an address in DTCPARMS makes a manhole: a Python prompt in the
running stack, over TLS, for user IDs of the OBEY list with a password of `sslpool password`.
