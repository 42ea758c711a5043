"""
What SSLPOOL plans: names, sizes and the text of configuration files.  Pure.
"""
