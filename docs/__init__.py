"""The documents, and the programs that write those of them that follow from the code: `python -m docs.generate`."""
