"""
### Import history

Brings the past of other archives into this one: captures of feeds and pages from the Wayback Machine, Common Crawl's
news, GDELT, sitemaps and paged feeds, or files that you have. Fill in the form and trigger; leave *Dry run* on first,
and read in the log of `estimate` what it will take.

The same request again goes on where it stopped. What is imported lies beside the live windows, never in them, and
becomes rows when its days are rebuilt:

    airflow backfill create --dag-id rebuild_days --from-date … --to-date … --reprocess-behavior completed

**Triage.** `sum_up` prints what came, what is missing and every problem with its file and record, and is red where
there were any: the good part is kept. Clear `bring` to try the failed units again.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import dag

from demarche_tasks import IMPORT_FORM, bring, estimate, plan_history, sum_up


@dag(
    schedule=None,
    start_date=datetime(2015, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(days=7),
    default_args={"owner": "demarche"},
    tags=["demarche", "network", "backfill"],
    params=IMPORT_FORM,
    doc_md=__doc__,
)
def import_history():
    planned = plan_history(estimate())
    bring.expand(batch=planned) >> sum_up()


import_history()
