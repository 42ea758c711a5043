NETSTAT has ALLCONN and IDENTIFY SSL, and SELECT by user ID, port and address.
