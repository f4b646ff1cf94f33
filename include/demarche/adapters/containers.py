"""Compacted days of the archive: many small files as slices of a few big ones, found by their old names.

    archive/2026/10/05/day-1.feeds.warc.gz     the batches' WARC files, end to end: a WARC file as well
    archive/2026/10/05/day-1.feeds.ledger      their ledgers, end to end
    archive/2026/10/05/day-1.index             old name → where it lies; written last

Owns the index and the reading of slices. A later index wins over an earlier one, and any index over small files of
the same name: so days are compacted, and records dropped from them, by writing one more index.
"""

import io
import json
import os
from collections import ChainMap
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from demarche.adapters.files import replacing


@dataclass(frozen=True, slots=True)
class Slice:
    """Where one old file lies. `window` is the name of its folder (HHMM); `length` 0 stands for a file that is gone."""

    window: str
    file: str
    start: int
    length: int
    sha256: str


class _Part(io.RawIOBase):
    """A part of a file as a file of its own."""

    def __init__(self, path: Path, start: int, length: int) -> None:
        self._file = path.open("rb")
        self._file.seek(start)
        self._left = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._file.read(min(len(buffer), self._left))
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


def open_slice(day: Path, place: Slice) -> io.BufferedReader:
    """One old file of a compacted day."""
    return io.BufferedReader(_Part(day / place.file, place.start, place.length))


def slices(day: Path) -> dict[str, Slice]:
    """The old files of a day folder by name."""
    indexes = [_index(path, path.stat().st_mtime_ns) for path in index_paths(day)]
    return indexes[0] if len(indexes) == 1 else dict(ChainMap(*reversed(indexes)))


def index_paths(day: Path) -> list[Path]:
    """The indexes of a day, oldest first."""
    return sorted(day.glob("day-*.index"), key=generation)


def generation(path: Path) -> int:
    """The number of an index or of a file that it speaks of."""
    return int(path.name.split(".")[0].removeprefix("day-"))


def write_index(path: Path, places: Iterable[tuple[str, Slice]]) -> None:
    """Write an index under a temporary name, then rename it: from that moment on it holds."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        json.dump({name: asdict(place) for name, place in places}, file, indent=0)
        file.flush()
        os.fsync(file.fileno())  # what it replaces is deleted next


@lru_cache(maxsize=64)
def _index(path: Path, _changed_at: int) -> dict[str, Slice]:
    return {name: Slice(**place) for name, place in json.loads(path.read_text(encoding="utf-8")).items()}
