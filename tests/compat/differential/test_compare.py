"""Answers as plain values, and where they differ."""

import time
from typing import Any

from broker.protocol.message import blank
from broker.protocol.messages import fetch, metadata, produce
from compat.differential.compare import Difference, differences, plain
from compat.differential.exchange import CLOSED
from compat.differential.symbols import Batch
from compat.differential.world import Side
from tests.compat.differential.fakes import FakeBroker


def side(first_id: int = 1) -> Side:
    return Side(FakeBroker("one", first_id=first_id), f"d{first_id}-")


def answered(*partitions: Any) -> Any:
    return produce.ProduceResponse(
        responses=[produce.TopicProduceResponse(name="d1-alpha", partition_responses=list(partitions))]
    )


def partition(index: int, error_code: int = 0, **fields: Any) -> Any:
    return blank(produce.PartitionProduceResponse, index=index, error_code=error_code, **fields)


def compared(kafka: Any, kawa: Any) -> list[Difference]:
    return list(differences(plain(kafka, side()), plain(kawa, side())))


def test_equal_answers_do_not_differ() -> None:
    assert compared(answered(partition(0)), answered(partition(0))) == []


def test_a_difference_is_told_with_its_place_and_both_values() -> None:
    assert compared(answered(partition(0, base_offset=1)), answered(partition(0, base_offset=2))) == [
        Difference("responses[].partition_responses[].base_offset", "1", "2")
    ]


def test_of_a_struct_with_another_error_nothing_else_is_told() -> None:
    assert compared(answered(partition(0, 3, base_offset=-1)), answered(partition(0, base_offset=2))) == [
        Difference("responses[].partition_responses[].error_code", "UNKNOWN_TOPIC_OR_PARTITION", "NONE")
    ]


def test_the_order_of_structs_is_not_compared_but_their_number_is() -> None:
    both, turned = answered(partition(0), partition(1, 3)), answered(partition(1, 3), partition(0))
    assert compared(both, turned) == []
    assert compared(both, answered(partition(0))) == [
        Difference("responses[].partition_responses[]", "(there)", "(not there)")
    ]


def test_a_topic_that_is_named_twice_has_the_partitions_of_both() -> None:
    once = answered(partition(0), partition(1))
    twice = produce.ProduceResponse(
        responses=[*answered(partition(0)).responses, *answered(partition(1)).responses]
    )
    assert compared(once, twice) == []


def test_no_answer_differs_from_any() -> None:
    (difference,) = compared(answered(), CLOSED)
    assert (difference.where, difference.kawa) == ("", CLOSED)


def test_words_of_errors_are_compared_by_being_there() -> None:
    kafka = answered(partition(0, 3, error_message="No."))
    assert compared(kafka, answered(partition(0, 3, error_message="Never."))) == []
    assert compared(kafka, answered(partition(0, 3)))[0].kawa == "None"


def test_what_each_broker_has_of_its_own_is_made_alike() -> None:
    told = []
    for number in (1, 2):
        here = side(number)
        answer: Any = metadata.MetadataResponse(
            brokers=[metadata.MetadataResponseBroker(node_id=1, host="localhost", port=9000 + number)],
            cluster_id=f"cluster {number}",
            topics=[
                blank(metadata.MetadataResponseTopic, name=f"d{number}-alpha", topic_id=bytes([number] * 16)),
                blank(metadata.MetadataResponseTopic, name=f"d{number + 5}-alpha"),
            ],
            error_code=0,
        )
        here.learn(answer)
        told.append(plain(answer, here))
    assert told[0] == told[1]
    assert [topic["name"] for topic in told[0]["topics"]] == ["~alpha"]
    assert told[0]["topics"][0]["topic_id"] == "<topic_id alpha#1>"


def test_a_topic_that_was_asked_for_is_told_whosever_it_is() -> None:
    answer: Any = metadata.MetadataResponse(
        brokers=[], topics=[blank(metadata.MetadataResponseTopic, name="a b", error_code=17)], error_code=0
    )
    assert plain(answer, side())["topics"] == []
    assert plain(answer, side(), frozenset({"a b"}))["topics"][0]["error_code"] == "INVALID_TOPIC_EXCEPTION"


def test_times_of_this_run_are_alike() -> None:
    now = int(time.time() * 1000)
    assert (
        compared(
            answered(partition(0, log_append_time_ms=now)),
            answered(partition(0, log_append_time_ms=now + 50)),
        )
        == []
    )
    assert compared(answered(partition(0, log_append_time_ms=5)), answered(partition(0)))


def fetched(records: bytes) -> Any:
    data = blank(fetch.PartitionData, records=memoryview(records))
    topic = fetch.FetchableTopicResponse(topic="d1-alpha", partitions=[data])
    return fetch.FetchResponse(error_code=0, responses=[topic])


def test_records_are_compared_one_by_one() -> None:
    where = "responses[].partitions[].records[]"
    one, two = Batch().to_bytes(0), Batch(size=2).to_bytes(0)
    assert compared(fetched(one + two), fetched(one + two)) == []
    assert compared(fetched(one + two), fetched(one)) == [Difference(where, "(there)", "(not there)")]
    assert compared(fetched(one + two[:70]), fetched(one))[0].where == where
    assert f"{where}.records[]" in [each.where for each in compared(fetched(one), fetched(two))]
