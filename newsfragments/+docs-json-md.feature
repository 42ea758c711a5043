docs/json.md lists every name that ``--json`` prints, and those in a line of a log as JSON, with their types; a test fails where one is lost or changed.
