"""`milepost facts`: what the rules make of a recording; the same engine as the server's, over a file."""
