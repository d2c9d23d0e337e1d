"""Which fault turns which cells red, and which it leaves green."""

from collections.abc import Callable
from typing import NamedTuple

from broker.protocol.errors import ErrorCode
from compat.runner import PATIENT, Patience
from tests.compat.faults import answers, crashes, records, requests
from tests.compat.faults.exchange import Api
from tests.compat.faults.fault import Fault

HASTY = Patience(records_s=4.0)
"""For cells that wait for what does not come; those are begun first."""
HURRIED = Patience(cell_s=6.0)
"""For cells that nothing but the harness ends."""
PRESSED = Patience(cell_s=12.0, records_s=2.0)
"""For both of these in one case."""
NOT_FINISHED = f"not finished within {HURRIED.cell_s:.0f} s"


class Case(NamedTuple):
    """`red`: scenario -> words of its evidence. `green`: one that passes all the same."""

    plant: Callable[[], Fault]
    red: dict[str, str]
    green: str
    patience: Patience = PATIENT


def error(key: Api, there: ErrorCode, told: ErrorCode) -> Callable[[], Fault]:
    return lambda: answers.other_error(key, there, told)


IN_RECORDS = [
    Case(records.dropped_record, {"acks/all": "values: wanted"}, "administration", HASTY),
    Case(records.swapped_records, {"codecs/gzip": "values: wanted"}, "offset_out_of_range"),
    Case(records.mixed_up_batches, {"codecs/none": "values: wanted"}, "offset_out_of_range"),
    Case(records.altered_values, {"acks/1": "values"}, "headers/bytes"),
    Case(
        records.altered_keys,
        {"keys_and_nulls/keys": "records: wanted", "keys_and_nulls/nulls": "keys and values"},
        "headers/bytes",
    ),
    Case(records.shortened_values, {"large_records": "values"}, "seek_in_batch"),
    Case(records.nulls_as_empty, {"keys_and_nulls/nulls": "keys and values"}, "keys_and_nulls/keys"),
    Case(records.reversed_headers, {"headers/bytes": "headers"}, "keys_and_nulls/nulls"),
    Case(records.null_headers_as_empty, {"headers/null": "headers"}, "headers/empty"),
    Case(records.empty_headers_as_null, {"headers/empty": "headers"}, "headers/bytes"),
    Case(records.later_timestamps, {"seek_by_time": "timestamps"}, "headers/bytes"),
    Case(
        records.uncompressed_batches,
        {
            "codecs/snappy": "codecs in the log",
            "codecs/lz4": "codecs in the log",
            "codecs/zstd": "codecs in the log",
        },
        "codecs/none",
    ),
    Case(records.split_batches, {"large_batches": "10,000 records"}, "seek_in_batch"),
    Case(records.shifted_offsets, {"offset_out_of_range": "offsets"}, "headers/bytes"),
    Case(records.no_producer_ids, {"idempotence": "producer id"}, "headers/bytes"),
    Case(records.sequences_from_zero, {"idempotence": "sequences"}, "headers/bytes"),
    Case(records.wrong_checksums, {"acks/1": "Invalid CRC"}, "administration"),
]
IN_WHAT_IS_DONE = [
    Case(lambda: requests.lost_batches(acks=frozenset({0})), {"acks/0": "values"}, "acks/1", HASTY),
    Case(lambda: requests.lost_batches(acks=frozenset({1, -1})), {"acks/all": "values"}, "acks/0", HASTY),
    Case(requests.repeated_batches, {"acks/1": "records in the log: wanted 500"}, "idempotence"),
    Case(
        lambda: requests.only_validated(Api.CREATE_TOPICS),
        {"administration": "partitions"},
        "auto_create",
        HASTY,
    ),
    Case(
        lambda: requests.only_validated(Api.CREATE_PARTITIONS),
        {
            "administration": "after growing",
            "group_growth/classic": "after growing",
            "group_growth/consumer": "after growing",
        },
        "headers/bytes",
        HASTY,
    ),
    Case(
        lambda: requests.only_validated(Api.ALTER_CONFIGS, Api.INCREMENTAL_ALTER_CONFIGS),
        {"max_message_bytes": "max.message.bytes: wanted '50000'"},
        "administration",
        HASTY,
    ),
    Case(lambda: requests.creation_without("configs"), {"administration": "retention.ms"}, "headers/bytes"),
    Case(lambda: requests.creation_without("replicas"), {"several_nodes": "replicas"}, "headers/bytes"),
    Case(requests.topics_stay, {"topic_recreation": "the topic is gone"}, "headers/bytes", HASTY),
    Case(requests.records_stay, {"delete_records": "log starts"}, "headers/bytes"),
    Case(requests.leaders_stay, {"moving_leaders": "the leader"}, "several_nodes", HASTY),
    Case(
        requests.members_stay,
        {
            "group_sharing/classic": "records after one has left: missing",
            "group_sharing/consumer": "records after one has left: missing",
            "group_three_members/classic": f"not finished within {PRESSED.cell_s:.0f} s",
            "group_three_members/consumer": f"not finished within {PRESSED.cell_s:.0f} s",
        },
        "group_growth/classic",
        PRESSED,
    ),
    Case(
        requests.endless_sessions,
        {"group_paused_member/classic": "records while one stands still: missing"},
        "group_sharing/classic",
    ),
    Case(
        requests.nameless_members,
        {"group_rolling/classic": NOT_FINISHED},
        "group_sharing/classic",
        HURRIED,
    ),
    Case(requests.no_auto_creation, {"auto_create": NOT_FINISHED}, "headers/bytes", HURRIED),
    Case(requests.sleepy_polls, {"long_polling": "0 items found"}, "headers/bytes", HASTY),
    Case(lambda: requests.never_heard(Api.CREATE_TOPICS), {"acks/1": NOT_FINISHED}, "auto_create", HURRIED),
    Case(crashes.lost_in_a_crash, {"crash": "acknowledged records that were lost"}, "administration"),
    Case(
        crashes.lost_by_a_stop,
        {
            "restart": "acknowledged records that were lost",
            "group_restart/classic": "values after: missing",
        },
        "administration",
        HASTY,
    ),
]
IN_ANSWERS = [
    Case(lambda: answers.never_answered(Api.PRODUCE), {"acks/1": NOT_FINISHED}, "administration", HURRIED),
    Case(lambda: answers.never_answered(Api.FETCH), {"acks/1": "0 items found"}, "administration", HASTY),
    Case(lambda: answers.hung_up(Api.CREATE_TOPICS), {"acks/1": "create_topic"}, "auto_create"),
    Case(answers.hung_up_once, {"acks/1": "acknowledged offsets"}, "idempotence"),
    Case(answers.shifted_acknowledgements, {"acks/1": "acknowledged offsets"}, "acks/0"),
    Case(
        answers.forgotten_commits,
        {
            "group_commit/classic": "values after the commit",
            "group_commit/consumer": "values after the commit",
            "group_member_killed/classic": "values of its heir",
            "group_member_killed/consumer": "values of its heir",
        },
        "group_growth/classic",
    ),
    Case(
        lambda: answers.never_answered(Api.CONSUMER_GROUP_HEARTBEAT),
        {
            "group_changes_over/down": NOT_FINISHED,
            "group_changes_over/up": NOT_FINISHED,
            "group_paused_member/consumer": NOT_FINISHED,
            "group_restart/consumer": NOT_FINISHED,
            "group_rolling/consumer": NOT_FINISHED,
        },
        "group_growth/classic",
        HURRIED,
    ),
    Case(answers.early_log_ends, {"many_partitions": "log ends"}, "headers/bytes"),
    Case(answers.log_starts_at_zero, {"delete_records": "log starts"}, "headers/bytes"),
    Case(answers.late_times, {"seek_by_time": "offset for the time"}, "headers/bytes"),
    Case(answers.every_time_found, {"seek_by_time": "wanted None"}, "headers/bytes"),
    Case(answers.old_topic_ids, {"topic_recreation": "the id is a new one"}, "administration"),
    Case(answers.one_leader, {"several_nodes": "each node leads"}, "administration"),
    Case(
        answers.missing_partition, {"administration": "partitions: wanted [0, 1, 2]"}, "headers/bytes", HASTY
    ),
    Case(answers.mixed_up_partitions, {"many_partitions": "records of partition"}, "headers/bytes"),
    Case(answers.small_answers, {"large_records": "64 KiB at a time"}, "headers/bytes", HASTY),
    Case(answers.no_batch_before, {"seek_in_batch": "after a seek to 500"}, "headers/bytes", HASTY),
    Case(
        lambda: answers.wrong_config("segment.bytes", "1"),
        {"administration": "a default"},
        "max_message_bytes",
    ),
]
IN_ERRORS = [
    Case(
        error(Api.CREATE_TOPICS, ErrorCode.TOPIC_ALREADY_EXISTS, ErrorCode.NONE),
        {"administration": "no error, wanted one of ['TOPIC_ALREADY_EXISTS']"},
        "headers/bytes",
    ),
    Case(
        error(Api.CREATE_TOPICS, ErrorCode.INVALID_CONFIG, ErrorCode.INVALID_REQUEST),
        {"administration": "found='create_topic: INVALID_REQUEST"},
        "headers/bytes",
    ),
    Case(
        error(Api.CREATE_PARTITIONS, ErrorCode.INVALID_PARTITIONS, ErrorCode.NONE),
        {"administration": "no error, wanted one of ['INVALID_PARTITIONS']"},
        "headers/bytes",
    ),
    Case(
        error(Api.DELETE_TOPICS, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.NONE),
        {"administration": "no error, wanted one of ['UNKNOWN_TOPIC"},
        "headers/bytes",
    ),
    Case(
        error(Api.PRODUCE, ErrorCode.MESSAGE_TOO_LARGE, ErrorCode.NONE),
        {"max_message_bytes": "the large record is refused: not so: found=Acknowledged"},
        "headers/bytes",
    ),
    Case(
        error(Api.PRODUCE, ErrorCode.MESSAGE_TOO_LARGE, ErrorCode.RECORD_LIST_TOO_LARGE),
        {"max_message_bytes": "found=Refused(code=18"},
        "headers/bytes",
    ),
    Case(
        error(Api.PRODUCE, ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.NONE),
        {"moving_leaders": "values: wanted"},
        "several_nodes",
        HASTY,
    ),
    Case(
        error(Api.FETCH, ErrorCode.OFFSET_OUT_OF_RANGE, ErrorCode.TOPIC_AUTHORIZATION_FAILED),
        {"offset_out_of_range": "TopicAuthorizationFailed"},
        "headers/bytes",
    ),
    Case(
        error(Api.PRODUCE, ErrorCode.NONE, ErrorCode.UNKNOWN_SERVER_ERROR),
        {"acks/1": "500 of 500 records were refused"},
        "acks/0",
    ),
]
CASES = {case.plant().name: case for case in IN_RECORDS + IN_WHAT_IS_DONE + IN_ANSWERS + IN_ERRORS}
