SSLADMIN QUERY STATUS DETAILS shows how many descriptors a server has open, and its lag: how late it was at most in the last minute.
