A client of TLS 1.2 that asks for renegotiation, which is refused, is named in the log (SSLP707W).
