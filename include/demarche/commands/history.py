"""`demarche history import`: plan, estimate, run and sum up an import from the command line."""

import sys
from argparse import Namespace
from datetime import datetime

from demarche import steps
from demarche.core.past.request import THEMES, Request, RequestError
from demarche.settings import Settings
from demarche.steps.importing import Limits, Summary

SHOWN = 20  # problems that are printed; the journal has all

DONE, WITH_PROBLEMS, UNFINISHED = 0, 1, 3


def import_past(settings: Settings, now: datetime, options: Namespace) -> int:
    """Do an import, or go on with it; returns 0 when it is whole, 1 with problems, 3 where a budget ended it."""
    request = _request(options)
    limits = Limits(options.max_requests, options.max_megabytes, options.max_minutes)
    if options.dry_run:
        estimate = steps.estimate_import(request, settings=settings, now=now)
        how = "by a sample of the units" if estimate.is_sampled else "by asking about every unit"
        print(
            f"{request.import_id}: {estimate.units} units, {estimate.requests} requests, "
            f"{estimate.bytes / 1e6:.1f} MB, {estimate.hours:.2f} hours ({how}; pages come on top)"
        )
        return DONE
    batches = steps.plan_import(request, settings=settings, now=now, says=_say)
    is_all = steps.run_import(request.import_id, batches, settings=settings, now=now, limits=limits, says=_say)
    summary = steps.sum_up(request.import_id, settings=settings, now=now, is_spent=not is_all)
    return _told(summary, request)


def _request(options: Namespace) -> Request:
    """What the options ask for. Raises RequestError."""
    columns = {}
    for pair in _parts(options.columns):
        ours, mark, theirs = pair.partition("=")
        if not mark:
            raise RequestError(f"--columns {pair!r}: say ours=theirs, such as url=link")
        columns[ours.strip()] = theirs.strip()
    return Request(
        source=options.source,
        first=options.first,
        last=options.last,
        paths=tuple(options.paths),
        feeds=_parts(options.feeds),
        hosts=tuple(host.lower() for host in _parts(options.hosts)),
        languages=tuple(code.lower() for code in _parts(options.languages)),
        countries=tuple(code.upper() for code in _parts(options.countries)),
        themes=_parts(options.themes) or (THEMES if options.source.startswith("gdelt") else ()),
        pages=options.pages,
        columns=tuple(sorted(columns.items())),
        timezone=options.timezone,
        max_pages=options.max_pages,
    )


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _told(summary: Summary, request: Request) -> int:
    """Print how an import ended; returns the exit status."""
    for problem in summary.problems[:SHOWN]:
        print(f"demarche: {problem}", file=sys.stderr)
    if len(summary.problems) > SHOWN:
        print(f"demarche: {len(summary.problems) - SHOWN} further problems are in its journal", file=sys.stderr)
    missing = ", ".join(f"{count} {reason}" for reason, count in summary.missing.items()) or "nothing"
    print(
        f"{summary.import_id}: {summary.done} of {summary.units} units done; {summary.got} filed, "
        f"{summary.known} known before; missing: {missing}"
    )
    if summary.is_spent:
        print("its budget is spent: the same command goes on from here", file=sys.stderr)
        return UNFINISHED
    if summary.got or summary.known:
        days = f"--from {request.first} --to {request.last}"
        if request.source in ("sitemaps", "paged-feeds"):
            days = "--from … --to …, the days on which it ran"
        print(f"now in the archive; `demarche build {days}` turns it into rows", file=sys.stderr)
    return WITH_PROBLEMS if summary.problems or summary.failed else DONE


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
