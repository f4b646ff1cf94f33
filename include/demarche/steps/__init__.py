"""One function per task: read a window, call pure code, write what came of it. The same with and without Airflow.

Every step takes the partition key, the settings and the time, and may be repeated at will.
"""

import logging
from datetime import UTC, datetime
from typing import Any

from demarche.settings import read_settings
from demarche.steps.building import (
    CheckError,
    build,
    check_warehouse,
    code_entries,
    judge_entries,
    load_entries,
    merge_stories,
    publish_copy,
)
from demarche.steps.collecting import capture_pages, collect, fetch_feeds, land_window, plan_feeds

__all__ = [
    "CheckError",
    "build",
    "capture_pages",
    "check_warehouse",
    "code_entries",
    "collect",
    "fetch_feeds",
    "here_and_now",
    "judge_entries",
    "land_window",
    "load_entries",
    "merge_stories",
    "plan_feeds",
    "publish_copy",
]

logging.getLogger("demarche").addHandler(logging.NullHandler())


def here_and_now() -> dict[str, Any]:
    """Settings from the environment and the time from the clock, as every step takes them."""
    return {"settings": read_settings(), "now": datetime.now(UTC)}
