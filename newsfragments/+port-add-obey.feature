PORT ADD, OBEY ADD, AUTOLOG ADD and DELETE PORT, DELETE OBEY, DELETE AUTOLOG change single entries of the lists of a running stack, by sslnetstat OBEY and OBEYFILE.
