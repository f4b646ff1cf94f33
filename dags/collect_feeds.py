"""
### Collect feeds

Every quarter of an hour: choose the feeds that are due, fetch them in at most 4 batches, capture the pages of
entries that pass the gate, and land all of it as WARC files with a ledger in the archive.

The partition key is the quarter hour that has just ended. RSS shows only the present, so a run for an old key skips
itself: it never files today's entries under a past window. To redo the past, backfill `rebuild_days`.

**Triage.** A feed that fails is a row in `mart.feed_health`, not a red task. A red task is a bug, a full disk or a
lost machine; the next run fetches again what this one missed.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import CronPartitionTimetable, dag, task_group

from demarche_tasks import KEY, capture, confirm, fetch, land, plan


@dag(
    schedule=CronPartitionTimetable("*/15 * * * *", timezone="UTC", run_offset=-1),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=30),
    default_args={"owner": "demarche"},
    tags=["demarche", "network"],
    params={"key": KEY},
    doc_md=__doc__,
)
def collect_feeds():
    @task_group
    def collect(batch):
        capture(fetch(batch))

    planned = plan()
    collected = collect.expand(batch=planned)
    [planned, collected] >> land()
    collected >> confirm()


collect_feeds()
