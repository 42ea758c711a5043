The control protocol is 8: QueryHistory and RollBack are new. Older clients and stacks are understood as before.
