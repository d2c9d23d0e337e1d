"""`kawa log dump|verify|find|sizes|repair DIR`: look into a data directory, or one partition of it.

Read only, also while a broker runs, but for `repair`. On a terminal batches stand in tables; elsewhere
each is a line of tab-separated fields. `verify` ends with status 1 when it found something wrong, and names
the file, the byte and the fault.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice

from broker.cli.errors import CommandError
from broker.cli.log_look_up import find, moment_ms, sizes
from broker.cli.log_repair import repair
from broker.cli.parser import Subparsers, count
from broker.cli.tables import is_terminal, say, show_table
from broker.log.files import DiskFiles
from broker.log.inspect import (
    UNFOLDED_BYTES,
    BatchFound,
    PartitionReport,
    Problem,
    ReadableFiles,
    find_partitions,
    segment_paths,
    verify_partition,
    walk_batches,
)
from broker.protocol.errors import KafkaError
from broker.protocol.records.batch import NO_PRODUCER_ID, NO_TIMESTAMP, BatchHeader
from broker.protocol.records.reader import read_records
from broker.protocol.records.record import Record

BATCH_COLUMNS = (
    "byte",
    "offsets",
    "records",
    "bytes",
    "codec",
    "greatest timestamp",
    "producer id/epoch/sequence",
    "leader epoch",
    "flags",
    "checksum",
)
PARTITION_COLUMNS = ("partition", "segments", "batches", "records", "bytes", "offsets", "problems")
TABLE_ROWS = 500
SHOWN_BYTES = 200
SECOND_LOOK_S = 0.3


def register(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser("log", help="look into a data directory, and mend it")
    actions = parser.add_subparsers(metavar="dump|verify|find|sizes|repair", required=True)

    dumping = actions.add_parser("dump", help="show every batch", description="Show every batch.")
    dumping.set_defaults(action=dump)
    dumping.add_argument("--records", action="store_true", help="also every record")
    dumping.add_argument(
        "--from", dest="from_offset", type=int, default=0, metavar="OFFSET", help="leave out what is before"
    )

    verifying = actions.add_parser(
        "verify",
        help="check every file",
        description="Check every file; exit status 1 if something is wrong.",
    )
    verifying.set_defaults(action=verify)
    verifying.add_argument("--records", action="store_true", help="also that every record can be read")

    finding = actions.add_parser("find", help="the first record at an offset or a time, or behind it")
    finding.set_defaults(action=find)
    wanted = finding.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--offset", type=count, metavar="OFFSET")
    wanted.add_argument("--time", type=moment_ms, metavar="TIME", help="milliseconds, or ISO 8601")

    sizing = actions.add_parser("sizes", help="size and growth of each topic")
    sizing.set_defaults(action=sizes)

    repairing = actions.add_parser(
        "repair",
        help="mend damaged files of a stopped broker",
        description="Keep what is whole; lost offsets are told, and the old files stay as *.damaged.",
    )
    repairing.set_defaults(action=repair)

    for action in (dumping, verifying, finding, sizing, repairing):
        action.add_argument("directory", metavar="DIR", help="a data directory, or a partition's in it")


def run(arguments: argparse.Namespace) -> int:
    files = DiskFiles()
    directory = arguments.directory.rstrip("/") or "/"
    try:
        partitions = find_partitions(files, directory)
    except OSError as error:
        raise CommandError(f"{directory}: {error.strerror or error}", status=2) from None
    if not partitions:
        raise CommandError(f"{directory}: there is no partition", status=2)
    return int(arguments.action(files, partitions, arguments))


def dump(files: ReadableFiles, partitions: list[str], arguments: argparse.Namespace) -> int:
    status = 0
    for partition in partitions:
        for path in segment_paths(files, partition):
            print(path)
            found = walk_batches(files, path)
            wanted = (
                one
                for one in found
                if isinstance(one, Problem) or one.header.last_offset >= arguments.from_offset
            )
            try:
                status |= _show_batches(wanted, records=arguments.records)
            except FileNotFoundError:
                print("  the segment has been deleted meanwhile")
    return status


def _show_batches(found: Iterable[BatchFound | Problem], *, records: bool) -> int:
    """In pieces, since a segment may hold millions; a piece of one where records stand between."""
    status = 0
    batches = iter(found)
    is_first = True
    while piece := list(islice(batches, 1 if records else TABLE_ROWS)):
        rows = [batch_row(one) for one in piece if isinstance(one, BatchFound)]
        if rows:
            show_table(BATCH_COLUMNS, rows, with_heading=is_first or is_terminal())
        is_first = False
        for one in piece:
            if isinstance(one, Problem):
                say(str(one), style="red")
                status = 1
                continue
            if not one.crc_is_valid:
                status = 1
            if records:
                for line in record_lines(one):
                    print(line)
    return status


def batch_row(found: BatchFound) -> list[str]:
    """A batch in the order of BATCH_COLUMNS."""
    header = found.header
    return [
        str(found.position),
        f"{header.base_offset}-{header.last_offset}",
        str(header.record_count),
        str(header.size_bytes),
        _codec(header),
        _time(header.max_timestamp),
        _producer(header),
        str(header.partition_leader_epoch),
        ",".join(_flags(header)) or "-",
        "ok" if found.crc_is_valid else "WRONG",
    ]


def _codec(header: BatchHeader) -> str:
    try:
        return header.codec.name.lower()
    except KafkaError as error:
        return error.message


def _time(timestamp_ms: int) -> str:
    if timestamp_ms == NO_TIMESTAMP:
        return "-"
    try:
        moment = datetime.fromtimestamp(timestamp_ms / 1000, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return str(timestamp_ms)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _producer(header: BatchHeader) -> str:
    if header.producer_id == NO_PRODUCER_ID:
        return "-"
    return f"{header.producer_id}/{header.producer_epoch}/{header.base_sequence}"


def _flags(header: BatchHeader) -> Iterator[str]:
    if header.is_transactional:
        yield "transactional"
    if header.is_control:
        yield "control"
    if header.timestamp_type:
        yield "log-append-time"
    if header.delete_horizon_ms is not None:
        yield f"delete-horizon={_time(header.delete_horizon_ms)}"


def record_lines(found: BatchFound) -> Iterator[str]:
    """Each record of a batch, or why it cannot be read."""
    try:
        for record in read_records(found.data, max_bytes=UNFOLDED_BYTES):
            yield _record_line(record)
    except KafkaError as error:
        yield f"  {error.message}"


def _record_line(record: Record) -> str:
    fields = [f"  {record.offset}", _time(record.timestamp_ms), _bytes(record.key), _bytes(record.value)]
    fields += [f"{name!a}={_bytes(value)}" for name, value in record.headers]
    return "\t".join(fields)


def _bytes(data: bytes | None) -> str:
    if data is None:
        return "null"
    more = f" ... {len(data)} bytes" if len(data) > SHOWN_BYTES else ""
    return repr(data[:SHOWN_BYTES])[1:] + more


def verify(files: ReadableFiles, partitions: list[str], arguments: argparse.Namespace) -> int:
    reports = verified(files, partitions, records=arguments.records, wait=_wait)
    show_table(PARTITION_COLUMNS, [partition_row(report) for report in reports])
    problems = [problem for report in reports for problem in report.problems]
    for problem in problems:
        say(str(problem), style="red")
    return 1 if problems else 0


def verified(
    files: ReadableFiles, partitions: list[str], *, records: bool, wait: Callable[[], None]
) -> list[PartitionReport]:
    """A report on each; where something was found, only what is still there after a `wait`.

    Half a batch may be one that a running broker is writing, and an entry of an index may be read
    before the batch it points to.
    """
    reports = [verify_partition(files, partition, records=records) for partition in partitions]
    if not any(report.problems for report in reports):
        return reports
    wait()
    return [_lasting(files, report, records=records) if report.problems else report for report in reports]


def _lasting(files: ReadableFiles, report: PartitionReport, *, records: bool) -> PartitionReport:
    second = verify_partition(files, report.path, records=records)
    return second._replace(problems=[problem for problem in second.problems if problem in report.problems])


def _wait() -> None:
    from time import sleep

    sleep(SECOND_LOOK_S)


def partition_row(report: PartitionReport) -> list[str]:
    """A partition in the order of PARTITION_COLUMNS."""
    segments = report.segments
    offsets = f"{segments[0].base_offset}-{segments[-1].next_offset}" if segments else "-"
    return [
        report.path,
        str(len(segments)),
        str(sum(segment.batches for segment in segments)),
        str(sum(segment.records for segment in segments)),
        str(sum(segment.size_bytes for segment in segments)),
        offsets,
        str(len(report.problems)),
    ]
