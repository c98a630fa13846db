"""Formats of a report. Each writes the cells of the table as they are; heavy libraries are imported when asked for."""
