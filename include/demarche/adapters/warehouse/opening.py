"""How a database file is opened: the writer's place, the limits of a connection, the errors of both."""

import contextlib
import fcntl
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from demarche.settings import Settings


class WarehouseError(RuntimeError):
    """A database that cannot be used, a query that failed or a copy that must not be published; says why."""


@contextlib.contextmanager
def exclusive(path: Path, timeout: float) -> Iterator[None]:
    """Hold the writer's place. The kernel gives it back when a process is killed.

    A side file, because closing any descriptor of the database file inside a process that has it open would drop
    DuckDB's own lock on it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o644)
    until = time.monotonic() + timeout
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    message = f"{path}: another process held the writer's place for {timeout:.0f} s"
                    raise WarehouseError(message) from None
                time.sleep(random.uniform(0.02, 0.2))
        yield
    finally:
        os.close(descriptor)


def limits(settings: Settings) -> dict[str, Any]:
    """Resources of one connection; DuckDB alone would take 80 % of the memory and every core."""
    return {
        "memory_limit": settings.warehouse_memory,
        "threads": settings.warehouse_threads,
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
