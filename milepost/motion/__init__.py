"""`milepost motion`: is a person who is tracked by phone driving, or on foot, at each fix of a recording."""
