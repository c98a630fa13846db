"""Reports: facts as tables for people, in every format with the same figures."""
