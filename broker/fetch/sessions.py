"""Fetch sessions: a fetcher names its partitions once, and then only what changes (KIP-227).

| session id, epoch | the fetch is |
| --- | --- |
| 0, -1 | outside of any session |
| id, -1 | the same, and ends that session |
| 0, 0 or id, 0 | complete, and opens a session (and ends that one); its answer carries the id, 0: none |
| id, n > 0 | incremental: epochs count up, and after 2^31 - 1 comes 1 |

An incremental answer names the partitions that have records, an error, or another high watermark or
log start than last time. A partition that had records goes to the end of the line, so that none
starves behind the byte limits. With 13 and later versions a partition is known by its topic's id.

When all slots are taken a new session takes the place of the one that was unused for longest, if for
more than two minutes, or else of the smallest that was two minutes old when last used, if the new
one is larger.

Follows Kafka's FetchManager, FetchContext, FetchSession and FetchSessionCacheShard.

Differences from Apache Kafka: the cache is one, not eight shards; followers have no privileges, as
there are none.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from broker.fetch.partitions import PartitionFetch, PartitionRead
from broker.protocol.errors import ErrorCode, KafkaError

if TYPE_CHECKING:
    from broker.clock import Clock
    from broker.protocol.messages.fetch import FetchRequest
    from broker.settings.broker import BrokerSettings

FINAL_EPOCH = -1
INITIAL_EPOCH = 0
LAST_EPOCH = 2**31 - 1
NO_SESSION = 0
FIRST_VERSION_WITH_TOPIC_IDS = 13
EVICTABLE_AFTER_MS = 120_000

PartitionName = tuple["str | bytes", int]
"""A topic's name, or its id, and the number of the partition."""


Partitions = dict[PartitionName, PartitionFetch]


class FetchSession:
    """What one fetcher wants from this broker, in the order in which it is to be served."""

    __slots__ = (
        "by_topic_id",
        "created_ms",
        "epoch",
        "evictable_key",
        "last_used_ms",
        "partitions",
        "session_id",
    )

    def __init__(self, session_id: int, partitions: Partitions, *, by_topic_id: bool, now_ms: int) -> None:
        self.session_id = session_id
        self.partitions = partitions
        self.by_topic_id = by_topic_id
        self.created_ms = now_ms
        self.last_used_ms = now_ms
        self.epoch = next_epoch(INITIAL_EPOCH)  # that of the fetch to come
        self.evictable_key: tuple[int, int] | None = None  # size, id: while it can be evicted by a larger one

    def update(self, added: Partitions, forgotten: Iterable[PartitionName]) -> None:
        """Take over what an incremental fetch says."""
        for name, fetch in added.items():
            known = self.partitions.get(name)
            if known is None:
                self.partitions[name] = fetch
            else:
                known.asked = fetch.asked
        for name in forgotten:
            self.partitions.pop(name, None)


class Answered(NamedTuple):
    """What of a fetch goes into its answer."""

    error: ErrorCode
    session_id: int
    reads: list[PartitionRead]


class FetchRound:
    """One fetch, from what it asks to what it is told."""

    __slots__ = ("_epoch", "_opens_session", "_session", "_sessions", "by_topic_id", "partitions")

    def __init__(
        self,
        partitions: Partitions,
        sessions: "FetchSessions",
        *,
        by_topic_id: bool,
        session: FetchSession | None = None,
        opens_session: bool = False,
    ) -> None:
        self.partitions = partitions
        self.by_topic_id = by_topic_id
        self._sessions = sessions
        self._session = session
        self._epoch = session.epoch if session is not None else FINAL_EPOCH
        self._opens_session = opens_session

    def answer(self, reads: list[PartitionRead]) -> Answered:
        """What to tell of `reads`, which are those of all partitions; called once, when it is sent."""
        session = self._session
        if session is None:
            session_id = NO_SESSION
            if self._opens_session:
                for read in reads:
                    read.fetch.told(read)
                session_id = self._sessions.open(self.partitions, by_topic_id=self.by_topic_id)
            return Answered(ErrorCode.NONE, session_id, reads)
        if session.epoch != self._epoch:  # another fetch of this session has overtaken this one
            return Answered(ErrorCode.INVALID_FETCH_SESSION_EPOCH, session.session_id, [])
        news = [read for read in reads if read.fetch.told(read)]
        for read in news:
            if read.size_bytes:
                self._move_to_end(read.fetch)
        return Answered(ErrorCode.NONE, session.session_id, news)

    def _move_to_end(self, fetch: PartitionFetch) -> None:
        topic = fetch.topic_id if self.by_topic_id else fetch.topic
        assert topic is not None
        name = topic, fetch.asked.partition
        self.partitions[name] = self.partitions.pop(name)


class FetchSessions:
    """The sessions of one broker."""

    def __init__(
        self, settings: "BrokerSettings", clock: "Clock", random_bytes: Callable[[int], bytes]
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._random_bytes = random_bytes
        self._sessions: dict[int, FetchSession] = {}  # the one that was unused for longest comes first
        self._evictable: list[tuple[int, int]] = []  # sorted

    def __len__(self) -> int:
        return len(self._sessions)

    def begin(self, request: "FetchRequest", version: int) -> FetchRound:
        """What a fetch is about, its session taken into account.

        Raises: KafkaError: FETCH_SESSION_ID_NOT_FOUND, INVALID_FETCH_SESSION_EPOCH, and
            FETCH_SESSION_TOPIC_ID_ERROR where a session is used by names and by ids.
        """
        by_topic_id = version >= FIRST_VERSION_WITH_TOPIC_IDS
        epoch = request.session_epoch
        if epoch in (INITIAL_EPOCH, FINAL_EPOCH):
            if request.session_id != NO_SESSION:
                self._remove(request.session_id)
            opens_session = epoch == INITIAL_EPOCH
            partitions = asked_partitions(request, by_topic_id)
            return FetchRound(partitions, self, by_topic_id=by_topic_id, opens_session=opens_session)

        session = self._sessions.get(request.session_id)
        if session is None:
            raise KafkaError(ErrorCode.FETCH_SESSION_ID_NOT_FOUND, f"No session {request.session_id}.")
        if session.epoch != epoch:
            raise KafkaError(
                ErrorCode.INVALID_FETCH_SESSION_EPOCH,
                f"Session {session.session_id} is at epoch {session.epoch}, not at {epoch}.",
            )
        if session.by_topic_id != by_topic_id:
            opened_with = "ids" if session.by_topic_id else "names"
            raise KafkaError(
                ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR,
                f"Session {session.session_id} was opened with topic {opened_with}.",
            )
        partitions = asked_partitions(request, by_topic_id)
        session.update(partitions, forgotten_partitions(request, by_topic_id))
        if not session.partitions:
            self._remove(session.session_id)
            return FetchRound(partitions, self, by_topic_id=by_topic_id)
        self._touch(session)
        session.epoch = next_epoch(session.epoch)
        return FetchRound(session.partitions, self, by_topic_id=by_topic_id, session=session)

    def open(self, partitions: Partitions, *, by_topic_id: bool) -> int:
        """The id of a new session, or 0 where there is no room for it."""
        now_ms = self._clock.monotonic_ms()
        slots = self._settings.max_incremental_fetch_session_cache_slots
        if len(self._sessions) >= slots and not self._evict_one(len(partitions), now_ms):
            return NO_SESSION
        session_id = self._new_id()
        session = FetchSession(session_id, partitions, by_topic_id=by_topic_id, now_ms=now_ms)
        self._sessions[session_id] = session
        return session_id

    def _evict_one(self, size: int, now_ms: int) -> bool:
        """Make room for a session of `size` partitions, if one may go for it."""
        oldest = next(iter(self._sessions.values()), None)
        if oldest is None:
            return False
        if now_ms - oldest.last_used_ms > EVICTABLE_AFTER_MS:
            self._remove(oldest.session_id)
            return True
        if not self._evictable or (size, 0) < self._evictable[0]:
            return False
        self._remove(self._evictable[0][1])
        return True

    def _touch(self, session: FetchSession) -> None:
        now_ms = self._clock.monotonic_ms()
        session.last_used_ms = now_ms
        self._sessions[session.session_id] = self._sessions.pop(session.session_id)
        if now_ms - session.created_ms > EVICTABLE_AFTER_MS:
            key = len(session.partitions), session.session_id
            if key != session.evictable_key:
                self._forget_key(session)
                session.evictable_key = key
                insort(self._evictable, key)

    def _remove(self, session_id: int) -> None:
        session = self._sessions.pop(session_id, None)
        if session is not None:
            self._forget_key(session)

    def _forget_key(self, session: FetchSession) -> None:
        if session.evictable_key is not None:
            del self._evictable[bisect_left(self._evictable, session.evictable_key)]
            session.evictable_key = None

    def _new_id(self) -> int:
        while True:
            session_id = int.from_bytes(self._random_bytes(4), "big") & LAST_EPOCH
            if session_id != NO_SESSION and session_id not in self._sessions:
                return session_id


def next_epoch(epoch: int) -> int:
    return 1 if epoch == LAST_EPOCH else epoch + 1


def asked_partitions(request: "FetchRequest", by_topic_id: bool) -> Partitions:
    """In the order of the request; of a partition that is named twice the last word counts."""
    partitions: Partitions = {}
    for topic in request.topics:
        topic_name = None if by_topic_id else topic.topic
        key = topic.topic_id if by_topic_id else topic.topic
        for asked in topic.partitions:
            partitions[key, asked.partition] = PartitionFetch(topic_name, topic.topic_id, asked)
    return partitions


def forgotten_partitions(request: "FetchRequest", by_topic_id: bool) -> list[PartitionName]:
    return [
        (topic.topic_id if by_topic_id else topic.topic, partition)
        for topic in request.forgotten_topics_data
        for partition in topic.partitions
    ]
