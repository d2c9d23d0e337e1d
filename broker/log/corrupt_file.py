"""What is raised for a file of the log directory that cannot be what it should be."""


class CorruptFile(Exception):
    """A snapshot, checkpoint or metadata file with damaged contents; the message says what is wrong."""
