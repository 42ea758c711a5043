``sslnetstat`` has CLIENTS, TELNET, HOME, UP, LEVEL and INTERVAL; the other forms of z/VM's NETSTAT (DEVLINKS, GATE, ARP, ...) name what to use instead (SSLP472E), and HELP lists them.
