"""
### Build stories

One run for each quarter hour that landed in the archive: load its entries, judge them with reasons, code who acts on
whom, merge copies and stories, check, publish.

Everything here is a function of the archive, the rules and the code, so a run may be cleared and repeated at will.

**Triage.** A red `check` means that a rule in `include/demarche/sql/checks` is broken: the task's log and
`mart.quality` name the rows, and the published copy stays as it was.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import PartitionedAssetTimetable, dag

from demarche_tasks import ARCHIVE, KEY, check, code, judge, load, merge, publish


@dag(
    schedule=PartitionedAssetTimetable(assets=ARCHIVE),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=1),
    default_args={"owner": "demarche"},
    tags=["demarche", "pure"],
    params={"key": KEY},
    doc_md=__doc__,
)
def build_stories():
    load() >> judge() >> code() >> merge() >> check() >> publish()


build_stories()
