"""
The table of revocation, as a whole.
"""
