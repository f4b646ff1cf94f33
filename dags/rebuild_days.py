"""
### Rebuild days

Builds one day anew from the archive, and gives the same rows as the runs of its quarter hours did. Nightly for
yesterday, and the target of every backfill:

    airflow backfill create --dag-id rebuild_days --from-date 2026-11-01 --to-date 2026-11-14

After a change of rules, run it over the past to decide it again. Days may be rebuilt in any order, beside live runs,
and twice. A day that is still being collected may be rebuilt as well.

**Triage.** As for `build_stories`. A damaged archive file is named in the log of `load`; nothing of that day is
replaced until it is mended or moved away.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import CronPartitionTimetable, dag

from demarche_tasks import KEY, check, code, judge, load, merge, publish


@dag(
    # At midnight sharp: a backfill takes the ticks from --from-date 00:00 to --to-date 00:00, both included.
    schedule=CronPartitionTimetable("0 0 * * *", timezone="UTC", run_offset=-1, key_format="%Y-%m-%d"),
    start_date=datetime(2015, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    default_args={"owner": "demarche"},
    tags=["demarche", "pure", "backfill"],
    params={"key": KEY},
    doc_md=__doc__,
)
def rebuild_days():
    load() >> judge() >> code() >> merge() >> check() >> publish()


rebuild_days()
