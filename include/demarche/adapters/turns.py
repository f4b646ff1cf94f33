"""Hands out turns to talk to hosts: so many at once, so many per host, so long between two starts.

Owns the waiting only; what is done in a turn is the holder's business.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

LONGEST_DELAY = 30.0  # seconds; a host that asks for more would hold up its whole batch


@dataclass(slots=True)
class _Lane:
    """The queue before one host. Times are the event loop's."""

    delay: float
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)
    active: int = 0
    given: int = 0  # turns so far
    next_start: float = 0.0
    is_offered: bool = False  # it stands in the ready queue, or a timer will put it there

    def is_held_at(self, now: float) -> bool:
        """True while the next start is still ahead; the clock's own grain does not count."""
        return self.next_start - now > 0.001


class Turns:
    """First come, first served within a host; hosts take turns among each other.

    A host with a thousand waiting fetches therefore cannot starve one with a single fetch. Nothing polls:
    a lane is woken by a returned turn or by one timer.
    """

    def __init__(self, total: int, per_host: int, delay: float) -> None:
        self._free = max(1, total)
        self._per_host = max(1, per_host)
        self._delay = delay
        self._lanes: dict[str, _Lane] = {}
        self._ready: deque[_Lane] = deque()

    @asynccontextmanager
    async def at(self, host: str) -> AsyncIterator[None]:
        """A turn at this host, given back at the end of the block."""
        lane = self._lane(host)
        granted = asyncio.get_running_loop().create_future()
        lane.waiting.append(granted)
        self._offer(lane)
        self._deal()
        try:
            await granted
        except asyncio.CancelledError:
            if not granted.cancelled():  # granted and cancelled in the same moment
                self._give_back(lane)
            raise
        try:
            yield
        finally:
            self._give_back(lane)

    def slow_down(self, host: str, delay: float) -> None:
        """From now on at least `delay` seconds between two starts at this host, up to LONGEST_DELAY."""
        lane = self._lane(host)
        lane.delay = max(lane.delay, min(delay, LONGEST_DELAY))
        lane.next_start = max(lane.next_start, asyncio.get_running_loop().time() + lane.delay)

    def delay_at(self, host: str) -> float:
        """Seconds that now lie between two starts at this host."""
        return self._lane(host).delay

    def is_shared(self, host: str) -> bool:
        """True where more than one turn was asked for so far."""
        lane = self._lane(host)
        return bool(lane.waiting) or lane.given > 1

    def _lane(self, host: str) -> _Lane:
        lane = self._lanes.get(host)
        if lane is None:
            lane = self._lanes[host] = _Lane(self._delay)
        return lane

    def _offer(self, lane: _Lane) -> None:
        """Put a lane that could go into the ready queue, or set the timer that will."""
        if lane.is_offered or not lane.waiting or lane.active >= self._per_host:
            return
        lane.is_offered = True
        loop = asyncio.get_running_loop()
        if lane.is_held_at(loop.time()):
            loop.call_at(lane.next_start, self._ripen, lane)
        else:
            self._ready.append(lane)

    def _ripen(self, lane: _Lane) -> None:
        """The timer's end: the host may be asked again, unless it was slowed down meanwhile."""
        lane.is_offered = False
        self._offer(lane)
        self._deal()

    def _deal(self) -> None:
        """Give the free turns to the ready lanes, one each, in their order."""
        while self._ready and self._free:
            lane = self._ready.popleft()
            lane.is_offered = False
            while lane.waiting and lane.waiting[0].cancelled():
                lane.waiting.popleft()
            if not lane.waiting or lane.active >= self._per_host:
                continue
            now = asyncio.get_running_loop().time()
            if lane.is_held_at(now):  # slowed down while it stood here
                self._offer(lane)
                continue
            lane.active += 1
            lane.given += 1
            self._free -= 1
            lane.next_start = now + lane.delay
            lane.waiting.popleft().set_result(None)
            self._offer(lane)

    def _give_back(self, lane: _Lane) -> None:
        lane.active -= 1
        self._free += 1
        self._offer(lane)
        self._deal()
