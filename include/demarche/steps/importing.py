"""The steps of an import: plan it, say what it will take, do a batch of it, and sum it up.

What is done is in the archive and in the import's journal; a killed import goes on with the part that it was at.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from demarche.adapters.archive import ArchiveError
from demarche.adapters.catalog import read_feeds
from demarche.adapters.http import Client, OutOfBudgetError, user_agent
from demarche.adapters.past.journal import Journal
from demarche.adapters.robots import Robots
from demarche.core.past.outlets import Outlets
from demarche.core.past.request import Request
from demarche.core.past.units import Problem, Unit, dealt_lanes
from demarche.settings import Settings
from demarche.steps.past.asking import Asker, Budget, SpentError
from demarche.steps.past.files import import_snapshots, import_table
from demarche.steps.past.filing import Filing
from demarche.steps.past.gdelt import import_doc_day, import_gkg_day
from demarche.steps.past.live import import_paged_feed, import_sitemaps
from demarche.steps.past.planning import Estimate, estimated, planned
from demarche.steps.past.tallies import NOTHING, Position, positions_of
from demarche.steps.past.warcfiles import import_ccnews, import_warc
from demarche.steps.past.wayback import import_feed_month
from demarche.steps.past.work import Handler, Part, Work
from demarche.steps.workbench import workbench

log = logging.getLogger(__name__)

LANES = 4  # units of one batch that are done at a time; the hosts' own limits hold across them
HANDLERS: dict[str, Handler] = {
    "wayback": import_feed_month,
    "ccnews": import_ccnews,
    "gkg": import_gkg_day,
    "doc": import_doc_day,
    "sitemap": import_sitemaps,
    "paged": import_paged_feed,
    "feed": import_snapshots,
    "warc": import_warc,
    "csv": import_table,
    "jsonl": import_table,
}

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one run of an import may take; 0 stands for no limit."""

    requests: int = 0
    megabytes: float = 0
    minutes: float = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """How far an import is."""

    import_id: str
    units: int
    done: int
    failed: int
    got: int
    known: int
    missing: dict[str, int]
    problems: tuple[str, ...]
    is_spent: bool = False  # a budget ended before the work did

    @property
    def is_whole(self) -> bool:
        """Whether every unit is done."""
        return self.done == self.units


def plan_import(request: Request, *, settings: Settings, now: datetime, says: Say = log.info) -> list[str]:
    """Cut a request into batches of units and write the plan; returns the batches' names. Done units are left out.

    The request's id is that of its words: the same request again goes on with what is not done.
    """
    request.checked(now.date())
    journal = Journal(settings.imports, request.import_id)
    units, problems, outlets = asyncio.run(_planned(request, settings))
    done = positions_of(journal)
    left = [unit for unit in units if not done.get(unit.unit_id, NOTHING).is_done]
    batches = dealt_lanes(left, settings.batches) if left else ()
    values = [unit.as_values() for unit in units]
    names = [[unit.unit_id for unit in batch] for batch in batches]
    journal.begin(request.as_values(), values, names)
    told = {(p["where"], p["message"]) for line in journal.lines() for p in line.get("problems", ())}
    fresh = [problem for problem in problems if (problem.where, problem.message) not in told]
    if fresh:
        journal.note(_line("plan", Part(), now, problems=fresh))
    says(f"{request.import_id}: {len(units)} units, {len(units) - len(left)} done before, {len(batches)} batches")
    log.debug("%d feeds are known", len(outlets.by_id))
    return [f"b{number:02d}" for number in range(len(batches))]


def estimate_import(request: Request, *, settings: Settings, now: datetime) -> Estimate:
    """What a request will take. Archives are asked for indexes, lists and sizes only; nothing is kept."""
    request.checked(now.date())

    async def estimate() -> Estimate:
        async with Client(settings) as client:
            asker = Asker(client, settings, Budget())
            units, _, _ = await planned(request, read_feeds(settings.feeds, settings.own_feeds), asker)
            return await estimated(request, units, asker)

    return asyncio.run(estimate())


def run_import(
    import_id: str,
    batches: Iterable[str],
    *,
    settings: Settings,
    now: datetime,
    limits: Limits | None = None,
    says: Say = log.info,
) -> bool:
    """Do what is not done of these batches; returns False where a budget was spent before the end.

    A unit that fails is told and left for another run; the others go on.
    """
    journal = Journal(settings.imports, import_id)
    plan = journal.plan()
    if plan is None:
        raise LookupError(f"no import is called {import_id}")
    request = Request.from_values(plan["request"])
    units = {values["unit_id"]: Unit.from_values(values) for values in plan["units"]}
    wanted = [units[name] for batch in batches for name in plan["batches"][int(batch[1:])]]
    limits = limits or Limits()
    budget = Budget(requests=limits.requests, megabytes=limits.megabytes, minutes=limits.minutes)
    runner = _Runner(request, journal, settings, budget, says, tuple(units.values()))
    return asyncio.run(runner.run(wanted))


def sum_up(import_id: str, *, settings: Settings, now: datetime, is_spent: bool = False) -> Summary:
    """How far an import is, by its journal."""
    journal = Journal(settings.imports, import_id)
    plan = journal.plan() or {"units": []}
    positions = positions_of(journal)
    ids = [unit["unit_id"] for unit in plan["units"]]
    totals, missing = Counter[str](), Counter[str]()
    problems: dict[str, None] = {}
    for line in journal.lines():
        is_mended = line["failed"] and not positions.get(line["unit"], NOTHING).is_failed
        problems |= {str(Problem(**problem)): None for problem in line["problems"] if not is_mended}
        for row in line["tallies"]:
            totals.update(got=row["got"], known=row["known"])
            missing.update(row["missing"])
    states = [positions.get(name, NOTHING) for name in ids]
    return Summary(
        import_id=import_id,
        units=len(ids),
        done=sum(state.is_done for state in states),
        failed=sum(state.is_failed for state in states),
        got=totals["got"],
        known=totals["known"],
        missing=dict(missing.most_common()),
        problems=tuple(problems),
        is_spent=is_spent,
    )


class _Runner:
    """One run of some units of an import."""

    def __init__(
        self,
        request: Request,
        journal: Journal,
        settings: Settings,
        budget: Budget,
        says: Say,
        units: tuple[Unit, ...],
    ) -> None:
        self.request = request
        self.journal = journal
        self.settings = settings
        self.budget = budget
        self.says = says
        self.total = len(units)
        self.positions = positions_of(journal)
        self.left_off = _left_off(units, self.positions)
        self.done = sum(position.is_done for position in self.positions.values())
        self.is_spent = False

    async def run(self, units: list[Unit]) -> bool:
        """Do the units, lanes beside each other; returns whether all were come to."""
        lanes: dict[str, list[Unit]] = {}
        for unit in units:
            if not self.positions.get(unit.unit_id, NOTHING).is_done:
                lanes.setdefault(unit.lane, []).append(unit)
        waiting = list(lanes.values())
        async with Client(self.settings) as client:
            asker = Asker(client, self.settings, self.budget)
            outlets = Outlets.of(await _feeds_of(self.request, self.settings, asker))
            robots = Robots(client, user_agent(self.settings))

            async def work_off() -> None:
                while waiting and not self.is_spent:
                    carried: dict[str, Any] = {}
                    for unit in waiting.pop(0):
                        carried = await self._do(unit, carried, asker, robots, outlets)
                        if self.is_spent:
                            return

            async with asyncio.TaskGroup() as group:
                for _ in range(min(LANES, len(waiting))):
                    group.create_task(work_off())
        return not self.is_spent

    async def _do(
        self, unit: Unit, carried: dict[str, Any], asker: Asker, robots: Robots, outlets: Outlets
    ) -> dict[str, Any]:
        """Do one unit; returns the state that the lane's next one begins with."""
        before = self.positions.get(unit.unit_id, NOTHING)
        work = Work(
            unit=unit,
            request=self.request,
            settings=self.settings,
            filing=Filing(self.settings, self.request.origin, self.request.import_id),
            asker=asker,
            robots=robots,
            outlets=outlets,
            judge=workbench(self.settings).judge,
            clock=lambda: datetime.now(UTC),
            position=before.position,
            state=before.state or carried or self.left_off.get(unit.unit_id, {}),
        )
        handler = HANDLERS["ccnews" if self.request.source == "ccnews" else unit.unit_id.partition("/")[0]]
        try:
            async with aclosing(handler(work)) as parts:  # type: ignore[type-var]
                async for part in parts:
                    self._keep(work, part)
        except (SpentError, OutOfBudgetError) as spent:
            work.filing.abandon()
            self.is_spent = True
            self.says(f"{self.request.import_id}: stopped at {unit.unit_id}: {spent}")
        except (ValueError, OSError, ArchiveError) as error:
            # What was filed is good; where the unit goes on is where its last part ended.
            work.filing.flush()
            work.problems.append(Problem(unit.unit_id, "", str(error)))
            self._note(work, Part(work.position, work.state), is_failed=True)
            self.says(f"{unit.unit_id} failed: {error}")
        except BaseException:
            work.filing.abandon()
            raise
        return work.state

    def _keep(self, work: Work, part: Part) -> None:
        """A part is done: first the archive, then the journal."""
        work.filing.flush()
        work.position, work.state = part.position, part.state or work.state
        self._note(work, part)
        if part.is_done:
            self.done += 1
            self.says(
                f"{self.done}/{self.total} {work.unit.unit_id}; "
                f"{self.budget.requests} requests, {self.budget.bytes / 1e6:.1f} MB"
            )

    def _note(self, work: Work, part: Part, *, is_failed: bool = False) -> None:
        tallies, problems = work.tallies.rows(), work.problems
        line = _line(work.unit.unit_id, part, work.clock(), tallies=tallies, problems=problems, is_failed=is_failed)
        self.journal.note(line)
        work.tallies = type(work.tallies)()
        work.problems = []


def _left_off(units: tuple[Unit, ...], positions: dict[str, Position]) -> dict[str, dict[str, Any]]:
    """For the first unit of a lane that is not done: the state at the end of the one before it."""
    found: dict[str, dict[str, Any]] = {}
    last: dict[str, Any] = {}
    for unit in units:
        position = positions.get(unit.unit_id, NOTHING)
        if position.is_done:
            last[unit.lane] = position.state
        elif unit.lane in last:
            found[unit.unit_id] = last.pop(unit.lane) or {}
    return found


async def _planned(request: Request, settings: Settings) -> tuple[list[Unit], list[Problem], Outlets]:
    async with Client(settings) as client:
        feeds = read_feeds(settings.feeds, settings.own_feeds)
        return await planned(request, feeds, Asker(client, settings, Budget()))


async def _feeds_of(request: Request, settings: Settings, asker: Asker) -> Any:
    """The feeds that an import may meet."""
    feeds = read_feeds(settings.feeds, settings.own_feeds)
    if request.source in ("files", "ccnews") or not request.paths:
        return feeds
    _, _, outlets = await planned(request, feeds, asker)
    return outlets.by_id.values()


def _line(
    unit_id: str,
    part: Part,
    at: datetime,
    *,
    tallies: list[dict[str, Any]] | None = None,
    problems: Iterable[Problem] = (),
    is_failed: bool = False,
) -> dict[str, Any]:
    return {
        "unit": unit_id,
        "position": part.position,
        "state": part.state,
        "done": part.is_done,
        "failed": is_failed,
        "at": at.isoformat(),
        "tallies": tallies or [],
        "problems": [{"where": p.where, "record": p.record, "message": p.message} for p in problems],
    }
