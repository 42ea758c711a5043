MONITOR renews the report in place on a terminal, and shows new sessions and octets per second.
