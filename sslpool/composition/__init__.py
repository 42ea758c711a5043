"""
Where the roles of the stack process meet; L{sslpool.tap} puts it together.
"""
