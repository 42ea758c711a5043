"""
Programs that have connections secured by way of the application socket.  Stack process.
"""
