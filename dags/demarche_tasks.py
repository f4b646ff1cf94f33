"""The tasks of all DAGs: each is one call of a step, with the run's partition key.

What comes back through XCom is counts and names, never data. Nothing of ours is imported at the top, because every
task process reads this file again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from airflow.sdk import Asset, TriggerRule, task
from airflow.sdk.exceptions import AirflowSkipException

if TYPE_CHECKING:
    from airflow.sdk.types import RuntimeTaskInstanceProtocol  # noqa: F401

ARCHIVE = Asset("demarche/archive")
PUBLISHED = Asset("demarche/published")

NETWORK = {"retries": 2, "retry_delay": timedelta(seconds=30), "execution_timeout": timedelta(minutes=12)}
PURE = {"retries": 2, "retry_delay": timedelta(seconds=20), "execution_timeout": timedelta(hours=2)}
# The warehouse has one writer. The pool has one slot, so that writers queue in Airflow and not on a lock.
WRITER = {**PURE, "pool": "warehouse"}


@task(**NETWORK)
def plan(dag_run=None) -> list[str]:
    """Choose the feeds that are due and deal them into batches."""
    from demarche import steps

    batches = steps.plan_feeds(dag_run.partition_key)
    if not batches:
        raise AirflowSkipException(f"nothing is due in {dag_run.partition_key}, or it is too late to collect for it")
    return batches


@task(**NETWORK, map_index_template="{{ task.op_kwargs['batch'] }}")
def fetch(batch: str, dag_run=None) -> str:
    """Fetch the feeds of one batch into the archive. A feed's failure is a row, not a red task."""
    from demarche import steps

    steps.fetch_feeds(dag_run.partition_key, batch)
    return batch


@task(**NETWORK)
def capture(batch: str, dag_run=None) -> dict[str, int]:
    """Fetch the pages of the batch's new entries that pass the gate."""
    from demarche import steps

    return steps.capture_pages(dag_run.partition_key, batch)


@task(**NETWORK, outlets=[ARCHIVE], trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
def land(dag_run=None) -> dict[str, int]:
    """Say that the window is in the archive, also where one batch failed: the others are news."""
    from demarche import steps

    return steps.land_window(dag_run.partition_key)


@task(trigger_rule=TriggerRule.NONE_FAILED)
def confirm() -> None:
    """Turn the run red where a batch failed, although the window has landed."""


@task(**WRITER)
def load(dag_run=None) -> dict[str, int]:
    """Read the window's entries and pages from the archive."""
    from demarche import steps

    return steps.load_entries(dag_run.partition_key)


@task(**PURE)
def judge(dag_run=None) -> dict[str, int]:
    """Give each entry a verdict with its reasons."""
    from demarche import steps

    return steps.judge_entries(dag_run.partition_key)


@task(**PURE)
def code(dag_run=None) -> dict[str, int]:
    """Code who acts on whom in the entries that were not rejected."""
    from demarche import steps

    return steps.code_entries(dag_run.partition_key)


@task(**WRITER)
def merge(dag_run=None) -> dict[str, int]:
    """Replace the window in the warehouse and group copies and stories, in one transaction."""
    from demarche import steps

    return steps.merge_stories(dag_run.partition_key)


@task(**WRITER)
def check() -> dict[str, int]:
    """Prove what keys would promise. A broken rule stops the run here, before anything is published."""
    from demarche import steps

    return steps.check_warehouse()


@task(**WRITER, outlets=[PUBLISHED])
def publish() -> dict[str, int]:
    """Replace the copy that analysts open."""
    from demarche import steps

    return steps.publish_copy()
