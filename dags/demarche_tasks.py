"""The tasks of all DAGs: each is one call of a step, with the run's partition key.

What comes back through XCom is counts and names, never data. Nothing of ours is imported at the top, because every
task process reads this file again.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from airflow.sdk import Asset, Param, TriggerRule, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

log = logging.getLogger(__name__)

ARCHIVE = Asset("demarche/archive")
PUBLISHED = Asset("demarche/published")

NETWORK = {"retries": 2, "retry_delay": timedelta(seconds=30), "execution_timeout": timedelta(minutes=12)}
PURE = {"retries": 2, "retry_delay": timedelta(seconds=20), "execution_timeout": timedelta(hours=2)}
# The warehouse has one writer. The pool has one slot, so that writers queue in Airflow and not on a lock.
WRITER = {**PURE, "pool": "warehouse"}

KEY = Param(
    None,
    type=["null", "string"],
    title="Window",
    description="A quarter hour like 2026-11-22T18:15:00 or a day like 2026-11-22. Only for runs without a partition "
    "key; empty means the newest quarter hour, or today.",
)

SOURCES = {
    "wayback": "Wayback Machine: captures of feeds",
    "ccnews": "Common Crawl: news pages",
    "gdelt": "GDELT: files of every quarter hour",
    "gdelt-doc": "GDELT: search of the last three months",
    "sitemaps": "Sitemaps of the sites",
    "paged-feeds": "Feeds that go on page by page",
    "files": "Files on this machine",
}
PAGES = {
    "none": "no pages",
    "wayback": "from the Wayback Machine, as they were",
    "live": "from the sites, as they are now",
}
# GDELT's themes of migration; the list is repeated in demarche.core.past.request, which no DAG file may import.
THEMES = [
    "IMMIGRATION",
    "REFUGEES",
    "SOC_MASSMIGRATION",
    "WB_2837_IMMIGRATION",
    "WB_2836_MIGRATION_POLICIES_AND_JOBS",
    "WB_2844_EMIGRATION",
    "DISCRIMINATION_IMMIGRATION",
]
LIMITS = "Budget"
IMPORT_FORM = {
    "source": Param(
        "wayback",
        type="string",
        enum=list(SOURCES),
        values_display=SOURCES,
        title="Source",
        description="The archive to ask.",
    ),
    "first": Param("2026-01-01", type="string", format="date", title="First day", description="UTC, included."),
    "last": Param("2026-01-31", type="string", format="date", title="Last day", description="UTC, included."),
    "dry_run": Param(
        True, type="boolean", title="Dry run", description="Only say how many requests, bytes and hours it takes."
    ),
    "feeds": Param(
        [],
        type=["null", "array"],
        title="Feeds",
        description="Feed ids, one a line, or beginnings with a star: `bbc-*`. Empty means all.",
        section="What",
    ),
    "hosts": Param(
        [],
        type=["null", "array"],
        title="Hosts",
        description="Only pages of these hosts, one a line: `bbc.co.uk`. Empty means those of all feeds.",
        section="What",
    ),
    "languages": Param(
        [],
        type=["null", "array"],
        examples=["ar", "de", "el", "en", "es", "fa", "fr", "hu", "it", "nl", "pl", "pt", "ro", "ru", "tr", "uk"],
        title="Languages",
        description="For Common Crawl and GDELT. Empty means all.",
        section="What",
    ),
    "countries": Param(
        [],
        type=["null", "array"],
        title="Countries",
        description="For GDELT: ISO codes that a row must name, one a line: `TR`. Empty means any.",
        section="What",
    ),
    "themes": Param(
        THEMES,
        type=["null", "array"],
        examples=THEMES,
        title="Themes",
        description="For GDELT: a row must have one of them.",
        section="What",
    ),
    "paths": Param(
        [],
        type=["null", "array"],
        title="Files and folders",
        description="For the source *files*, one a line, as this machine sees them: WARC, WACZ, feed documents with "
        "the time in their names, CSV, JSON lines.",
        section="What",
    ),
    "columns": Param(
        {},
        type=["null", "object"],
        title="Columns of tables",
        description='Ours and theirs: {"url": "link", "date": "day"}.',
        section="What",
    ),
    "pages": Param(
        "none",
        type="string",
        enum=list(PAGES),
        values_display=PAGES,
        title="Pages of candidates",
        description="Where the pages come from that entries and rows lead to.",
        section="What",
    ),
    "requests": Param(
        20_000,
        type="integer",
        minimum=0,
        title="Requests",
        description="Of each batch. 0 means no limit; a spent budget stops the batch, and a new run goes on.",
        section=LIMITS,
    ),
    "megabytes": Param(0, type="integer", minimum=0, title="Megabytes", description="Of each batch.", section=LIMITS),
    "minutes": Param(600, type="integer", minimum=0, title="Minutes", description="Of each batch.", section=LIMITS),
}
IMPORTING = {"retries": 2, "retry_delay": timedelta(minutes=2), "execution_timeout": timedelta(hours=24)}


def request_of(params):
    """What the form asks for."""
    from demarche.core.past.request import Request

    parts = ("source", "first", "last", "feeds", "hosts", "languages", "countries", "themes", "paths", "columns")
    values = {name: params[name] for name in (*parts, "pages")}
    if not values["source"].startswith("gdelt"):
        values["themes"] = []
    return Request.from_values(values)


def key_of(dag_run) -> str:
    """The run's partition key, or what a run started by hand without one means by its form."""
    from demarche.core.windows import ended_key

    newest = ended_key(dag_run.run_after)
    default = newest[:10] if dag_run.dag_id == "rebuild_days" else newest
    return dag_run.partition_key or (dag_run.conf or {}).get("key") or default


@task(**NETWORK)
def plan(dag_run=None) -> list[str]:
    """Choose the feeds that are due and deal them into batches."""
    from demarche import steps

    batches = steps.plan_feeds(key_of(dag_run), **steps.here_and_now())
    if not batches:
        raise AirflowSkipException(f"nothing is due in {key_of(dag_run)}, or it is too late to collect for it")
    return batches


@task(**NETWORK)
def fetch(batch: str, dag_run=None) -> str:
    """Fetch the feeds of one batch into the archive. A feed's failure is a row, not a red task."""
    from demarche import steps

    steps.fetch_feeds(key_of(dag_run), batch, **steps.here_and_now())
    return batch


@task(**NETWORK)
def capture(batch: str, dag_run=None) -> dict[str, int]:
    """Fetch the pages of the batch's new entries that pass the gate."""
    from demarche import steps

    return steps.capture_pages(key_of(dag_run), batch, **steps.here_and_now())


@task(**NETWORK, outlets=[ARCHIVE], trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
def land(dag_run=None) -> dict[str, int]:
    """Say that the window is in the archive, also where one batch failed: the others are news."""
    from demarche import steps

    return steps.land_window(key_of(dag_run), **steps.here_and_now())


@task(trigger_rule=TriggerRule.NONE_FAILED)
def confirm() -> None:
    """Turn the run red where a batch failed, although the window has landed."""


@task(**PURE)
def load(dag_run=None) -> dict[str, int]:
    """Read the window's entries and pages from the archive."""
    from demarche import steps

    return steps.load_entries(key_of(dag_run), **steps.here_and_now())


@task(**PURE)
def judge(dag_run=None) -> dict[str, int]:
    """Give each entry a verdict with its reasons."""
    from demarche import steps

    return steps.judge_entries(key_of(dag_run), **steps.here_and_now())


@task(**PURE)
def code(dag_run=None) -> dict[str, int]:
    """Code who acts on whom in the entries that were not rejected."""
    from demarche import steps

    return steps.code_entries(key_of(dag_run), **steps.here_and_now())


@task(**WRITER)
def merge(dag_run=None) -> dict[str, int]:
    """Replace the window in the warehouse and group copies and stories, in one transaction."""
    from demarche import steps

    return steps.merge_stories(key_of(dag_run), **steps.here_and_now())


@task(**WRITER)
def check() -> dict[str, int]:
    """Prove what keys would promise. A broken rule stops the run here, before anything is published."""
    from demarche import steps

    return steps.check_warehouse(**steps.here_and_now())


@task(**WRITER, outlets=[PUBLISHED])
def publish() -> dict[str, int]:
    """Replace the copy that analysts open."""
    from demarche import steps

    return steps.publish_copy(**steps.here_and_now())


@task(**IMPORTING)
def estimate(params=None) -> str:
    """Say how many requests, bytes and hours the import will take; a dry run ends here."""
    from demarche import steps
    from demarche.core.past.request import RequestError

    try:
        request = request_of(params)
        found = steps.estimate_import(request, **steps.here_and_now())
    except RequestError as error:
        raise AirflowFailException(f"{error}: trigger again with another form") from error
    said = (
        f"{request.import_id}: {found.units} units, {found.requests} requests, {found.bytes / 1e6:.1f} MB, "
        f"{found.hours:.2f} hours"
    )
    log.info(said)
    if params["dry_run"]:
        raise AirflowSkipException(f"a dry run: {said}")
    return request.import_id


@task(**IMPORTING)
def plan_history(import_id: str, params=None) -> list[dict[str, str]]:
    """Cut the request into batches of what is not done yet."""
    from demarche import steps

    batches = steps.plan_import(request_of(params), **steps.here_and_now())
    if not batches:
        raise AirflowSkipException(f"{import_id} is done")
    return [{"import_id": import_id, "batch": batch} for batch in batches]


@task(**IMPORTING, max_active_tis_per_dag=2)
def bring(batch: dict[str, str], params=None) -> bool:
    """Do one batch: into the archive, part by part. Other archives are asked by two batches at a time at most."""
    from demarche import steps
    from demarche.steps.importing import Limits

    limits = Limits(params["requests"], params["megabytes"], params["minutes"])
    return steps.run_import(batch["import_id"], [batch["batch"]], limits=limits, **steps.here_and_now())


@task(**IMPORTING, trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
def sum_up(params=None) -> dict[str, int]:
    """Say what came and what is missing; red where there were problems, with each of them in the log."""
    from demarche import steps

    summary = steps.sum_up(request_of(params).import_id, **steps.here_and_now())
    for problem in summary.problems:
        log.warning(problem)
    log.info("missing: %s", summary.missing or "nothing")
    log.info("now backfill rebuild_days from %s to %s", params["first"], params["last"])
    if summary.problems or summary.failed:
        raise RuntimeError(f"{len(summary.problems)} problems; what was good is kept")
    return {"units": summary.units, "done": summary.done, "filed": summary.got, "known": summary.known}
