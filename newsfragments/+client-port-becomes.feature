A client of a port that becomes secure on the way is told in its own protocol when no server is available
(FTP: ``421 Temporarily unable to process security``).
