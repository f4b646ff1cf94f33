"""One function per task: read a window, call pure code, write what came of it. The same with and without Airflow.

Every step takes the partition key, the settings and the time, and may be repeated at will.
"""

from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from demarche.settings import read_settings

# Each task is a process of its own that pays for what it imports, so a step's module is imported when it is called
# for: publishing needs no HTML parser, and planning no lexicon.
HOMES = {
    "plan_feeds": "collecting",
    "fetch_feeds": "collecting",
    "capture_pages": "capturing",
    "land_window": "collecting",
    "collect": "whole",
    "load_entries": "loading",
    "judge_entries": "deciding",
    "code_entries": "deciding",
    "merge_stories": "storing",
    "check_warehouse": "storing",
    "publish_copy": "storing",
    "CheckError": "storing",
    "plan_import": "importing",
    "estimate_import": "importing",
    "run_import": "importing",
    "sum_up": "importing",
    "build": "whole",
    "find_entries": "reviewing",
    "label_report": "reviewing",
    "labelled_reports": "reviewing",
    "rejudge_days": "reviewing",
}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)


def here_and_now() -> dict[str, Any]:
    """Settings from the environment and the time from the clock, as every step takes them."""
    return {"settings": read_settings(), "now": datetime.now(UTC)}
