"""
How sessions end, beside other programs that terminate TLS.
"""
