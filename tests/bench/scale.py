"""What a storm does to 1,000 communities, simulated with measured times: `python -m tests.bench.scale`.

Messages arrive at random, a hundred times as many as usual while the storm lasts. A worker takes the oldest;
talk keeps one worker busy, a report also the city's turn, and each report is two posts, of which the platform
takes so many a second. What is asked: how long until a message is handled, how long until it is
acknowledged, what is full first.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from statistics import quantiles

COMMUNITIES, MEMBERS = 1_000, 170_000


@dataclass(frozen=True, slots=True)
class World:
    """What is assumed; times in seconds. Talk and report: as `python -m tests.bench.several` has them."""

    usual: float = COMMUNITIES * 20 / 86_400  # messages a second: 20 a day of each community
    storm: float = 100.0  # times as many
    calm_before: float = 600.0
    lasts: float = 3_600.0
    watched: float = 7_200.0
    reports: float = 0.4  # of the storm's messages; as usual 0.15
    talk_seconds: float = 1 / 310
    report_seconds: float = 1 / 42  # of which the city's turn takes all
    posts_a_report: int = 2  # the group's acknowledgement, the moderators' card
    posts_a_second: float = 30.0  # of one Telegram bot, by its FAQ
    cities: int = (
        1  # databases among which the communities are spread, each with its own turn and its own bot
    )
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of the storm's messages: seconds, median and 99 of 100; how busy; how many waited at most."""

    handled: tuple[float, float]
    acknowledged: tuple[float, float]
    workers_busy: float
    turn_busy: float
    posts_busy: float
    longest_queue: int


def arrivals(world: World, luck: Random) -> Iterator[tuple[float, bool]]:
    """When each message is said, and whether it is a report."""
    now = 0.0
    while now < world.watched:
        in_storm = world.calm_before <= now < world.calm_before + world.lasts
        rate = world.usual * (world.storm if in_storm else 1.0) / world.cities
        now += luck.expovariate(rate)
        yield now, luck.random() < (world.reports if in_storm else 0.15)


def simulate(world: World, seed: int = 1) -> Outcome:
    """One city of them, from the calm before the storm to well after it."""
    free = [0.0] * world.workers
    turn_free = post_free = 0.0
    busy = turn = posted = 0.0
    handled, acknowledged, ends = [], [], list[float]()
    longest = 0
    for said, is_report in arrivals(world, Random(seed)):
        start = max(said, heapq.heappop(free))
        took = world.report_seconds if is_report else world.talk_seconds
        if is_report:
            start = max(start, turn_free)
            turn_free, turn = start + took, turn + took
            post_free = max(post_free, start + took) + world.posts_a_report / world.posts_a_second
            posted += world.posts_a_report / world.posts_a_second
            acknowledged.append(post_free - said)
        busy += took
        heapq.heappush(free, start + took)
        handled.append(start + took - said)
        heapq.heappush(ends, start + took)
        while ends[0] <= said:
            heapq.heappop(ends)
        longest = max(longest, len(ends))
    span = world.lasts
    return Outcome(
        middle_and_p99(handled), middle_and_p99(acknowledged), busy / span / world.workers, turn / span,
        posted / span, longest,
    )  # fmt: skip


def middle_and_p99(seconds: Sequence[float]) -> tuple[float, float]:
    """The median, and the longest but one of a hundred."""
    parts = quantiles(seconds, n=100, method="inclusive")
    return parts[49], parts[98]


def row(world: World) -> str:
    """One line of the table in docs/scale.md."""
    found = simulate(world)
    cells = [
        str(world.cities),
        str(world.workers),
        *(f"{middle:,.2f} / {p99:,.1f}" for middle, p99 in (found.handled, found.acknowledged)),
        f"{found.longest_queue:,}",
        *(f"{share:.0%}" for share in (found.workers_busy, found.turn_busy, found.posts_busy)),
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """The table: 20 messages a day of each community as usual, and 100."""
    head = ("a day", "databases", "workers each", "handled, s (median / p99)", "acknowledged, s",
            "most waiting", "workers busy", "turn taken", "posts used")  # fmt: skip
    print(f"| {' | '.join(head)} |\n|{' --- |' * len(head)}")
    for a_day in (20, 100):
        usual = COMMUNITIES * a_day / 86_400
        for cities, workers in ((1, 1), (1, 4), (1, 8), (4, 1), (16, 1), (63, 1)):
            print(f"| {a_day} {row(World(usual=usual, cities=cities, workers=workers))}")


if __name__ == "__main__":
    main()
