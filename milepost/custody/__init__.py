"""`milepost custody`: the server's filter over anybody's recording, and how well it does against the truth."""
