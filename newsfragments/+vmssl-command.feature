``vmssl`` runs one server without a pool, in the foreground, with operands from the command line.
