"""
The stack: accepts connections, hands them to servers, starts applications.  Stack process.
"""
