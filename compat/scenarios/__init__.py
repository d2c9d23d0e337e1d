"""One scenario a file, written once and run by every client (see `compat/catalog.py`)."""
