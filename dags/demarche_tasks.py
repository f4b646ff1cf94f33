"""The tasks of all DAGs: each is one call of a step, with the run's partition key.

What comes back through XCom is counts and names, never data. Nothing of ours is imported at the top, because every
task process reads this file again.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import Asset, Param, TriggerRule, task
from airflow.sdk.exceptions import AirflowSkipException

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


@task(**WRITER)
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
