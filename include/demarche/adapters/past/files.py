"""Finds and opens what people have on disk: WARC and WACZ, feed documents, tables, lists of feeds."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

PIECE = 1 << 20  # bytes that are read at once
KINDS = {
    ".warc": "warc",
    ".warc.gz": "warc",
    ".wacz": "wacz",
    ".xml": "feed",
    ".rss": "feed",
    ".atom": "feed",
    ".rdf": "feed",
    ".xml.gz": "feed",
    ".rss.gz": "feed",
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv.gz": "csv",
    ".jsonl.gz": "jsonl",
    ".opml": "opml",
}
SKIPPED = ("manifest.json",)


class FilesError(OSError):
    """A path that cannot be imported; the message names it."""


def found_files(paths: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """Kind and path of each file below the given ones, in order. A file that was named must be of a known kind."""
    for given in paths:
        path = Path(given)
        if path.is_dir():
            inside = ((kind_of(each), each) for each in sorted(path.rglob("*")) if each.is_file())
            yield from ((kind, each) for kind, each in inside if kind)
        elif not path.exists():
            raise FilesError(f"{path} does not exist")
        elif kind := kind_of(path):
            yield kind, path
        else:
            raise FilesError(f"{path}: what is in it? Known are {', '.join(KINDS)}")


def kind_of(path: Path) -> str:
    """What a file is by its name, or ""."""
    name = path.name.lower()
    if name.startswith("."):
        return ""
    return next((kind for suffix, kind in sorted(KINDS.items(), key=lambda s: -len(s[0])) if name.endswith(suffix)), "")


def read_whole(path: Path, limit: int) -> bytes:
    """The content of a file, unpacked where its name ends in .gz. Raises FilesError above the limit."""
    try:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
            body = file.read(limit + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FilesError(f"{path}: {error}") from error
    if len(body) > limit:
        raise FilesError(f"{path}: more than {limit} bytes")
    return body


def read_lines(path: Path) -> Iterator[str]:
    """The lines of a text file, unpacked where its name ends in .gz."""
    with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
        yield from io.TextIOWrapper(cast(BinaryIO, file), encoding="utf-8-sig", errors="replace", newline="")


def warc_parts(path: Path) -> tuple[str, ...]:
    """The WARC files in a WACZ package; of a plain WARC file one without a name. Raises FilesError."""
    if not path.name.lower().endswith(".wacz"):
        return ("",)
    try:
        with zipfile.ZipFile(path) as pack:
            names = tuple(name for name in pack.namelist() if name.lower().endswith((".warc", ".warc.gz")))
    except zipfile.BadZipFile as error:
        raise FilesError(f"{path}: no WACZ package, since no zip: {error}") from error
    if not names:
        raise FilesError(f"{path}: a WACZ package without a WARC file")
    return names


def read_pieces(path: Path, part: str, offset: int) -> Iterator[bytes]:
    """A WARC file, or one in a package, from an offset on, in pieces."""
    with _opened(path, part) as file:
        file.seek(offset)
        while piece := file.read(PIECE):
            yield piece


@contextmanager
def _opened(path: Path, part: str) -> Iterator[BinaryIO]:
    if not part:
        with path.open("rb") as file:
            yield file
        return
    with zipfile.ZipFile(path) as pack, pack.open(part) as member:
        yield cast(BinaryIO, member)
