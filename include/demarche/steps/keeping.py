"""What every fetching step does with an answer: keeps it in the archive. Judges no answer."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from demarche.adapters.archive import Batch
from demarche.model import Answer, Outcome


def keep_answer(files: Batch, answer: Answer, captured_at: datetime, *, repeats: str | None, digest: str) -> str:
    """Write an answer to the archive; returns the record's id."""
    status = f"{answer.status} {answer.reason}".strip()
    # The chunks were joined while reading, so the header would lie about the body that is kept.
    headers = [
        (f"X-Archive-{name}" if name.lower() == "transfer-encoding" else name, value) for name, value in answer.headers
    ]
    if repeats is not None:
        return files.keep_revisit(
            url=answer.final_url,
            captured_at=captured_at,
            status=status,
            headers=headers,
            digest=digest,
            refers_to=repeats,
        )
    return files.keep_response(
        url=answer.final_url,
        captured_at=captured_at,
        status=status,
        headers=headers,
        body=answer.raw,
        is_truncated=answer.problem is not None,
    )


def denied(url: str, at: datetime) -> Answer:
    """What stands in for an answer that robots.txt did not let us ask for."""
    return Answer(url=url, final_url=url, started_at=at, duration_ms=0, problem=Outcome.ROBOTS_DENIED)


def running_clock(now: datetime) -> Callable[[], datetime]:
    """A clock that starts at `now` and runs with the real one: a simulated day passes at the right speed."""
    began = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - began)
