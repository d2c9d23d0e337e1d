"""One client's connection: frames in, answers out in the order of the requests.

A request is processed as soon as it is complete, also while earlier ones wait for a future of their
answer; a long poll, and one answered by a task, holds back those behind it, as Kafka holds back all.
The client's next requests stay where they are, and in the end with the operating system, while

- a task or a long poll is under way,
- too many requests, or too many of their bytes, have not been answered,
- too much has been answered that the client has not read, or
- there is no memory to receive into.

Each turn of the loop processes a limited number of requests, so that a long pipeline of small
requests does not keep the others waiting; what they answer leaves in one send.
"""

from asyncio import AbstractEventLoop, Future
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from broker.logger import Logger
from broker.server.buffers import ReceiveBuffers
from broker.server.dispatch import Caller, Closing, Dispatcher, Pending, Reply
from broker.server.framing import FrameReader, InvalidFrame
from broker.server.limits import IdleWatch
from broker.server.wire import BrokenRange, Wire

TURN_REQUESTS = 32
TURN_BYTES = 256 << 10  # answered, before they are sent

MOST_OUTSTANDING = 256
MOST_OUTSTANDING_BYTES = 32 << 20
MOST_UNREAD_BYTES = 1 << 20


class Surroundings(NamedTuple):
    """What the connections of one node share."""

    loop: AbstractEventLoop
    dispatcher: Dispatcher
    buffers: ReceiveBuffers
    idle: IdleWatch
    logger: Logger
    max_request_bytes: int
    on_lost: "Callable[[Connection], None]"


class Connection:
    """The protocol's side of a `Wire`."""

    __slots__ = (
        "_around",
        "_blocker",
        "_frames",
        "_given_bytes",
        "_has_memory",
        "_is_closing",
        "_is_draining",
        "_is_paused",
        "_is_scheduled",
        "_on_loan",
        "_outstanding",
        "_outstanding_bytes",
        "caller",
        "last_active",
        "wire",
    )

    def __init__(self, wire: Wire, around: Surroundings, *, listener: str, connection_id: int) -> None:
        self.wire = wire
        self.caller = Caller(connection_id=connection_id, listener=listener, peer=wire.peer, local=wire.local)
        self.last_active = around.idle.tick
        self._around = around
        self._frames = FrameReader(around.buffers, around.max_request_bytes, self)
        self._outstanding: deque[Pending | Reply] | None = None
        self._outstanding_bytes = 0  # of requests without answers, and answers behind such requests
        self._blocker: Pending | None = None  # the last long poll or task
        self._given_bytes = 0  # to the wire, ever
        self._on_loan: deque[tuple[int, Callable[[], None]]] | None = None
        self._has_memory = True
        self._is_closing = self._is_draining = self._is_paused = self._is_scheduled = False

    def get_buffer(self) -> memoryview:
        return self._frames.get_buffer()

    def received(self, count: int) -> None:
        self.last_active = self._around.idle.tick
        self._frames.received(count)
        self._work()

    def sent(self) -> None:
        self.last_active = self._around.idle.tick
        self._return_loans(self._given_bytes - self.wire.unsent_bytes)
        if self._is_paused and self.wire.unsent_bytes <= MOST_UNREAD_BYTES // 2:
            self._go_on()

    def lost(self, reason: Exception | None) -> None:
        self._is_closing = True
        around, dispatcher = self._around, self._around.dispatcher
        for waiting in self._outstanding or ():
            if isinstance(waiting, Pending):
                dispatcher.abandon(waiting, self.caller)
            elif waiting.release is not None:
                waiting.release()
        self._outstanding = None
        self._return_loans(self._given_bytes)
        self._frames.close()
        around.idle.forget(self)
        around.on_lost(self)
        tell = around.logger.info if self.caller.is_known else around.logger.debug
        if isinstance(reason, BrokenRange):
            tell = around.logger.error
        why = {"reason": str(reason)} if reason is not None else {}
        tell("client left", **self.caller.described(), requests=self.caller.requests, **why)

    def drain(self) -> None:
        """Process no more requests; close when those under way are answered.

        A long poll, and what stands behind it, is dropped: the client will ask another broker.
        """
        self._is_draining = True
        self._pause()
        self._close_if_answered()

    def memory_granted(self) -> None:
        self._has_memory = True
        self._resume()

    def evicted(self) -> None:
        self._around.logger.warning("half-sent request dropped for want of memory", **self.caller.described())
        self.wire.abort()

    @property
    def is_waited_for(self) -> bool:
        return bool(self._outstanding)

    def idled_out(self) -> None:
        self.wire.abort()

    def _work(self) -> None:
        """Process what has been received, as far as it may be processed now."""
        replies: list[Reply] = []
        try:
            turn = self._process(replies)
        except (Closing, InvalidFrame) as error:
            self._send(replies)
            self._refuse(error)
            return
        if replies:
            self._send(replies)
        self._has_memory = self._frames.settle()
        if not turn and self._frames.held_bytes:
            self._schedule()
        if self._is_scheduled or not self._has_memory or (self._has_to_wait() and self._frames.held_bytes):
            self._pause()
        elif self._is_paused:
            self._resume()

    def _process(self, replies: list[Reply]) -> int:
        """Answer one request after the other; how many more might have been. Raises Closing, InvalidFrame."""
        next_frame, dispatch = self._frames.next_frame, self._around.dispatcher.dispatch
        turn, reply_bytes = TURN_REQUESTS, 0
        while turn and not self._has_to_wait():
            frame = next_frame()
            if frame is None:
                break
            turn -= 1
            answer = dispatch(frame, self.caller)
            if answer is None:
                continue
            if self._outstanding or isinstance(answer, Pending):
                self._put_last(answer)
                continue
            replies.append(answer)
            reply_bytes += answer.nbytes
            if reply_bytes > TURN_BYTES:
                self._send(replies)
                replies.clear()
                reply_bytes = 0
        return turn

    def _has_to_wait(self) -> bool:
        """Whether the next request has to stay where it is."""
        if self._outstanding and (
            (self._blocker is not None and not self._blocker.future.done())
            or len(self._outstanding) >= MOST_OUTSTANDING
            or self._outstanding_bytes >= MOST_OUTSTANDING_BYTES
        ):
            return True
        return self.wire.unsent_bytes > MOST_UNREAD_BYTES or self._is_draining

    def _go_on(self) -> None:
        """Something that held requests back is over."""
        if self._is_scheduled or self._is_closing or not self._has_memory or self._has_to_wait():
            return
        self._frames.resume()
        self._work()

    def _schedule(self) -> None:
        """Go on after the others have had their turn."""
        self._is_scheduled = True
        self._around.loop.call_soon(self._take_turn)

    def _take_turn(self) -> None:
        self._is_scheduled = False
        self._go_on()

    def _pause(self) -> None:
        if not self._is_paused:
            self._is_paused = True
            self.wire.pause_reading()

    def _resume(self) -> None:
        if self._is_paused:
            self._is_paused = False
            self.wire.resume_reading()

    def _put_last(self, answer: Pending | Reply) -> None:
        """Behind the answers that others wait for."""
        if self._outstanding is None:
            self._outstanding = deque()
        self._outstanding.append(answer)
        if isinstance(answer, Pending):
            self._outstanding_bytes += answer.request_bytes
            if answer.is_task or answer.waits:
                self._blocker = answer
            answer.future.add_done_callback(self._advance)
        else:
            self._outstanding_bytes += answer.nbytes

    def _advance(self, _: "Future[Any]") -> None:
        """An answer has become known: send all that are no longer waited for."""
        if self._is_closing:
            return
        self.last_active = self._around.idle.tick
        replies: list[Reply] = []
        try:
            self._collect(replies)
        except Closing as error:
            self._send(replies)
            self._refuse(error)
            return
        if replies:
            self._send(replies)
        if self._is_draining:
            self._close_if_answered()
        elif self._is_paused:
            self._go_on()

    def _collect(self, replies: list[Reply]) -> None:
        """Move the answers that are ready and that no earlier one holds back. Raises Closing."""
        outstanding = self._outstanding
        while outstanding:
            first = outstanding[0]
            if isinstance(first, Reply):
                outstanding.popleft()
                self._outstanding_bytes -= first.nbytes
                replies.append(first)
            elif first.future.done():
                outstanding.popleft()
                self._outstanding_bytes -= first.request_bytes
                reply = self._around.dispatcher.finish(first, self.caller)
                if reply is not None:
                    replies.append(reply)
            else:
                break

    def _send(self, replies: list[Reply]) -> None:
        wire = self.wire
        if len(replies) == 1:
            wire.send(replies[0].buffers)
        elif replies:
            wire.send([buffer for reply in replies for buffer in reply.buffers])
        for reply in replies:
            self._given_bytes += reply.nbytes
            if reply.release is not None:
                if self._on_loan is None:
                    self._on_loan = deque()
                self._on_loan.append((self._given_bytes, reply.release))
        self._return_loans(self._given_bytes - wire.unsent_bytes)

    def _return_loans(self, sent_bytes: int) -> None:
        """Release what belongs to answers that end within the first `sent_bytes`."""
        on_loan = self._on_loan
        while on_loan and on_loan[0][0] <= sent_bytes:
            on_loan.popleft()[1]()

    def _refuse(self, error: Closing | InvalidFrame) -> None:
        """There is no answer to this: close, once the requests before it are answered."""
        event, fields = (error.event, error.fields) if isinstance(error, Closing) else (str(error), {})
        self._around.logger.warning(f"closing: {event}", **self.caller.described(), **fields)
        self.drain()

    def _close_if_answered(self) -> None:
        if self._is_closing:
            return
        first = self._outstanding[0] if self._outstanding else None
        if first is None or (isinstance(first, Pending) and first.waits and not first.future.done()):
            self._is_closing = True
            self.wire.close()
