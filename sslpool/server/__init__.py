"""
The SSL server: takes sockets from the stack, speaks TLS on them, relays to the application.  Server processes.
"""
