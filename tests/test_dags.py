"""The DAG files: cheap to read, whole, and shaped as the documentation says."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DAG_FILES = sorted(path for path in (ROOT / "dags").glob("*.py") if path.stem != "demarche_tasks")
WRITERS = {"merge", "check", "publish"}

SHAPES = {
    "collect_feeds": {
        "plan": [],
        "collect.fetch": ["plan"],
        "collect.capture": ["collect.fetch"],
        "land": ["collect.capture", "plan"],
        "confirm": ["collect.capture"],
    },
    "build_stories": {
        "load": [],
        "judge": ["load"],
        "code": ["judge"],
        "merge": ["code"],
        "check": ["merge"],
        "publish": ["check"],
    },
}
SHAPES["rebuild_days"] = SHAPES["build_stories"]
SHAPES["import_history"] = {
    "estimate": [],
    "plan_history": ["estimate"],
    "bring": ["plan_history"],
    "sum_up": ["bring"],
}
TIMETABLES = {
    "collect_feeds": "CronPartitionTimetable",
    "build_stories": "PartitionedAssetTimetable",
    "rebuild_days": "CronPartitionTimetable",
    "import_history": "NullTimetable",
}


def test_every_dag_file_imports_without_an_error(dagbag):
    assert dagbag.import_errors == {}
    assert set(dagbag.dags) == set(SHAPES) == {path.stem for path in DAG_FILES}


@pytest.mark.parametrize("name", SHAPES)
def test_a_dag_has_the_tasks_and_arrows_that_its_page_shows(dagbag, name):
    assert {task.task_id: sorted(task.upstream_task_ids) for task in dagbag.dags[name].tasks} == SHAPES[name]


@pytest.mark.parametrize("name", SHAPES)
def test_a_dag_is_documented_tagged_owned_and_does_not_catch_up(dagbag, name):
    dag = dagbag.dags[name]
    assert "Triage" in dag.doc_md
    assert "demarche" in dag.tags
    assert dag.owner == "demarche"
    assert dag.catchup is False
    assert dag.max_active_runs == 1


@pytest.mark.parametrize("name", SHAPES)
def test_a_schedule_names_its_timetable(dagbag, name):
    # A bare cron string gives intervals of length zero in Airflow 3.
    assert type(dagbag.dags[name].timetable).__name__ == TIMETABLES[name]


@pytest.mark.parametrize("name", SHAPES)
def test_writers_queue_for_the_one_slot_of_the_warehouse(dagbag, name):
    for task in dagbag.dags[name].tasks:
        is_writer = task.task_id in WRITERS
        assert (task.pool == "warehouse") is is_writer, task.task_id


@pytest.mark.parametrize("name", SHAPES)
def test_work_is_tried_again_and_ends_in_time(dagbag, name):
    for task in dagbag.dags[name].tasks:
        if task.task_id != "confirm":
            assert task.retries >= 1, task.task_id
            assert task.execution_timeout is not None, task.task_id


@pytest.mark.parametrize("path", DAG_FILES, ids=lambda path: path.stem)
def test_a_dag_file_is_a_table_of_contents(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 60
    assert not [line for line in lines if line.strip().startswith(("if ", "for ", "while "))]


def test_reading_the_dags_imports_neither_the_database_nor_the_parsers():
    # Every task process reads its DAG file again: what is imported here is paid for each time.
    code = (
        "import sys; import collect_feeds, build_stories, rebuild_days, import_history; "
        "print([name for name in ('duckdb', 'feedparser', 'bs4', 'trafilatura', 'aiohttp', 'demarche.steps') "
        "if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT / "dags", check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_the_form_of_an_import_asks_for_what_a_request_knows(dagbag):
    from demarche.core.past.request import PAGES, SOURCES, THEMES, Request
    from demarche_tasks import request_of

    params = dagbag.dags["import_history"].params
    form = dict(params.dump())
    request = request_of(form)
    assert isinstance(request, Request)
    assert request.source in SOURCES
    assert request.themes == ()
    assert request_of(form | {"source": "gdelt"}).themes == THEMES
    schemas = {name: params.get_param(name).schema for name in form}
    assert set(schemas["source"]["enum"]) == set(SOURCES) == set(schemas["source"]["values_display"])
    assert set(schemas["pages"]["enum"]) == set(PAGES)
    assert [schemas[name]["format"] for name in ("first", "last")] == ["date", "date"]
    assert all(params.get_param(name).description for name in form)
