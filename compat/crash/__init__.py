"""A broker that is killed again and again under load: `python -m compat crash` (`make crash`).

history.py   what was sent and acknowledged, and what the log may then hold
load.py      stock idempotent producers that go on through every crash
reading.py   what the log holds, and what a group has committed
run.py       the cycles: produce, SIGKILL, start, read and compare
"""
