"""How often one caller may ask: a bucket of tokens each, that fills with time."""

from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from time import monotonic


class RateLimit:
    """
    Lets each caller ask ``burst`` times at once and ``per_minute`` times in the long run; both are above 0.

    Parameters
    ----------
    callers
        How many callers are remembered; who asked longest ago is forgotten first, with a full bucket.
    clock
        Seconds that only grow.
    """

    def __init__(
        self,
        *,
        per_minute: float,
        burst: int,
        callers: int = 10_000,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._fill_per_s = per_minute / 60
        self._burst = burst
        self._callers = callers
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def admits(self, caller: str) -> bool:
        """Take one token of a caller's, if there is one."""
        return self.wait_s(caller) == 0

    def wait_s(self, caller: str) -> int:
        """Take one token of a caller's and give 0, or give the whole seconds until there is one."""
        now = self._clock()
        tokens, seen = self._buckets.pop(caller, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - seen) * self._fill_per_s)
        wait_s = 0 if tokens >= 1 else ceil((1 - tokens) / self._fill_per_s)
        self._buckets[caller] = (tokens if wait_s else tokens - 1, now)
        while len(self._buckets) > self._callers:
            self._buckets.popitem(last=False)
        return wait_s
