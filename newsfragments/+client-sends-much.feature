A client that sends much costs a fifth less processor time: its records are received many at a time.
