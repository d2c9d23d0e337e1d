"""`python -m bench [NAME ...]`: run the benchmarks, all of them or those named, and print tables."""

import argparse
import os
import platform
from importlib import import_module

CASES = {
    "codec": "messages: encode and decode, beside kio and kafka-python",
    "start": "from `kawa serve` to the first acknowledged record; memory",
    "bulk": "produce and fetch by the gigabyte; 100 B records",
    "small": "one record at a time; many requests in flight",
    "durable": "acknowledgements that wait for the disk",
    "commits": "offset commits of a group, alone and many in flight",
    "scale": "10,000 partitions; 5,000 idle connections; 10 GB after a SIGKILL",
    "log": "the log engine alone, beside a loop that checks and writes the same bytes",
    "wire": "the server alone, beside bare asyncio loops",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = "\n".join(f"{name}: {about}" for name, about in CASES.items())
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*CASES, []], help=names)
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each measurement (default 5)")
    arguments = parser.parse_args()
    machine = f"{os.cpu_count()} processors, {platform.system()} {platform.release()}"
    print(f"Python {platform.python_version()}, {machine}")
    for name in arguments.names or CASES:
        import_module(f"bench.{name}").main(arguments.runs)


if __name__ == "__main__":
    main()
