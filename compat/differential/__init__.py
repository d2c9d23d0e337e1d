"""The same requests to Apache Kafka and to Kawa, and their answers compared field by field.

    python -m compat differential [--seed N] [--sequences N] [--api NAME] [--version N]

| part | what |
| --- | --- |
| `symbols.py` | values that each broker has its own of (topic ids, producer ids, sessions), record batches |
| `pools.py` | what may stand in a field: valid values and others, by the field's name or its type |
| `cases.py` | requests out of the message declarations: each field takes each value of its pool |
| `sequences.py` | short stories, told by hand or drawn from a seed |
| `world.py` | one broker in one episode: its topics' prefix, its ids; symbols to values and back |
| `exchange.py` | a connection; a closed one, or no answer, is an outcome too |
| `compare.py` | answers as plain values, and where two of them differ |
| `episode.py` | one world on both brokers, and the steps that are asked in it |
| `known.py`, `known.toml` | the differences that are meant, each with its reason |
| `shrink.py` | the fewest and plainest steps that show a difference |
| `report.py` | what was found, as transcripts |
| `run.py` | all of it, several episodes beside each other |

Everything happens in *episodes*: a few topics of their own on both brokers, then steps, each a request
in a version. Nothing is shared between episodes but what a cluster has only one of, so they run beside
each other in any order, and one that failed can be tried again with fewer steps. An episode's steps
depend on its name and the seed alone.

A text that begins with `~` is a name that belongs to the episode (`~alpha` is `d17-alpha` on the wire).
"""
