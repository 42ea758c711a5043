``--listen`` with a name, such as ``localhost``, or with ``[::]`` listens on IPv4 and IPv6; an application's address ``localhost`` is both 127.0.0.1 and ::1.
