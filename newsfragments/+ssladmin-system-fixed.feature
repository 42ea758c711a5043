SSLADMIN has SYSTEM: a fixed set of queries in the manner of CP, such as QUERY NSS, QUERY TIME
and INDICATE USER. It never runs anything.
