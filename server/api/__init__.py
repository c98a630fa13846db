"""HTTP: the API under /api/v1, the event stream, the pages. Permission is a parameter; errors are RFC 9457 problems."""
