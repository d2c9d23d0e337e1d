"""Apache Kafka as a witness of Kawa's files: `python -m compat witnesses`. Java has to be there.

content.py    topics that are filled with every codec, read back, and compared
dump.py       DumpLogSegments reads every file that Kawa writes
imported.py   a data directory copied from Apache Kafka is taken over by `kawa import`
swapped.py    a partition of Kawa's, put in place of Apache Kafka's, is served by it
"""
