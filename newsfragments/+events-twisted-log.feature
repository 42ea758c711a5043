Events of Twisted's log have the message's template as their format and its fields apart; in the JSON log, faults that are about a server name it in ``server``.
