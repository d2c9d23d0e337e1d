"""A data directory that Apache Kafka has written: what it says, and how Kawa takes it over.

internal_log.py   the records of an internal topic's partition
metadata.py       topics, configs, producer ids out of `__cluster_metadata`
offsets.py        committed offsets out of `__consumer_offsets`
take_over.py      the whole
"""
