"""What was found: unknown kinds of differences as transcripts, and known ones that are gone."""

from collections.abc import Iterator

from compat.differential.known import Known
from compat.differential.run import Failure, Result
from compat.differential.transcript import Line, answered, asked


def told(result: Result, *, is_everything: bool) -> list[str]:
    """The whole report, line by line."""
    lines = [line for failure in result.failures for line in _failure(failure)]
    vanished = result.known.vanished() if is_everything else []
    lines += [line for entry in vanished for line in _vanished(entry)]
    met = len(result.known.entries) - len(result.known.vanished())
    lines.append(
        f"{result.asked} requests to each in {result.episodes} episodes: "
        f"{len(result.failures)} unknown kinds of differences, {met} known ones, {len(vanished)} vanished"
    )
    return lines


def has_failed(result: Result, *, is_everything: bool) -> bool:
    return bool(result.failures) or (is_everything and bool(result.known.vanished()))


def _failure(failure: Failure) -> Iterator[str]:
    (api, difference), times, first, transcript = failure
    yield f"DIFFERENT  {api}: {difference.where or 'the answer'}"
    yield f"  Apache Kafka: {difference.kafka}"
    yield f"  Kawa:         {difference.kawa}"
    yield f"  {times} times; here out of {first.episode.name}"
    for number, line in enumerate(transcript, start=1):
        yield from _line(number, line)
    yield ""


def _line(number: int, line: Line) -> Iterator[str]:
    yield f"  {number:>3}  {asked(line.step)}"
    if line.kafka == line.kawa:
        yield f"         both: {answered(line.kafka)}"
        return
    yield f"         Apache Kafka: {answered(line.kafka)}"
    yield f"         Kawa:         {answered(line.kawa)}"


def _vanished(entry: Known) -> Iterator[str]:
    yield f"VANISHED   {entry}"
    yield f"  nothing differs like this any more; it said: {entry.reason or 'see ' + entry.module}"
    yield ""
