SSLADMIN TRACE with `KEYLOG file seconds` writes the secrets of chosen connections for a while, in the format that Wireshark reads; who asked for it is in the log.
