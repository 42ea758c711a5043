SSLADMIN QUERY STATUS DETAILS shows limits of clients, ALLOW and DENY, and how many connections were refused for each reason; NETSTAT CONFIG SSL shows limits and lists.
