QUERY SESSIONS shows the server name and the group of key exchange of each session, as `name` and `group` in JSON.
