"""Reads feedparser's expectations: a Python expression in a comment at the head of each document."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demarche.core.encodings import decoded_text
from demarche.core.urls import absolute_url
from suites.expectations import NOT_KEPT, Case, Expectation

SERVER = "http://127.0.0.1:8097"
FOLDER = "feedparser_6.0.14/tests"
EXPECT = re.compile(r"^\s*Expect:\s*(.+?)\s*$", re.MULTILINE)
HEADER = re.compile(r"^\s*Header:\s*([\w-]+)\s*:\s*(.+?)\s*$", re.MULTILINE)
# The last part of a path into feedparser's result, and the field of ours that it is.
ENTRY_FIELDS = {
    ("title",): "title",
    ("title_detail", "value"): "title",
    ("title_detail", "language"): "language",
    ("description",): "summary",
    ("summary",): "summary",
    ("summary_detail", "value"): "summary",
    ("summary_detail", "language"): "language",
    ("content", 0, "value"): "summary",
    ("content", 0, "language"): "language",
    ("link",): "url",
    ("links", 0, "href"): "url",
    ("id",): "guid",
    ("guid",): "guid",
    ("author",): "authors",
    ("author_detail", "name"): "authors",
    ("authors", 0, "name"): "authors",
    ("authors", 1, "name"): "authors",
    ("category",): "tags",
    ("published",): "published",
    ("published_parsed",): "published",
    ("issued",): "published",
    ("created",): "published",
    ("created_parsed",): "published",
    ("updated",): "updated",
    ("updated_parsed",): "updated",
    ("language",): "language",
    ("image", "href"): "image",
    ("media_thumbnail", 0, "url"): "image",
}
FEED_FIELDS = {
    ("title",): "title",
    ("title_detail", "value"): "title",
    ("link",): "url",
    ("links", 0, "href"): "url",
    ("language",): "language",
}


def cases(root: Path) -> Iterator[Case]:
    """The documents with an expression that compares values."""
    folder = root / FOLDER
    for path in sorted(folder.rglob("*.xml")):
        text = decoded_text(path.read_bytes())[0]
        said = EXPECT.search(text)
        expectations = tuple(_expectations(said[1])) if said else ()
        if expectations:
            headers = {name.lower(): value for name, value in HEADER.findall(text)}
            name = str(path.relative_to(folder))
            # Some are served by a server of the suite's own, whose address their expectations then name.
            home = f"{SERVER}/tests/{name}" if SERVER in said[1] else ""
            url = absolute_url(headers.get("content-location", ""), home) or home
            yield Case("feedparser", name, path, expectations, url, headers.get("content-type", ""))


def _expectations(expression: str) -> Iterator[Expectation]:
    """What the comparisons of an expression ask for; a condition (bozo, an encoding) asks for nothing that we keep."""
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError:
        yield Expectation(NOT_KEPT, ())
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq):
            yield from _of_comparison(node.left, node.comparators[0])


def _of_comparison(left: ast.expr, right: ast.expr) -> Iterator[Expectation]:
    try:
        value = ast.literal_eval(right)
    except ValueError:
        yield Expectation(NOT_KEPT, ())
        return
    if isinstance(left, ast.Call) and ast.unparse(left) == "len(entries)":
        yield Expectation("count", (str(value),))
        return
    path = _path(left)
    if path == ("version",):
        yield Expectation("version", (str(value),))
    elif path[:1] == ("entries",) and len(path) > 2 and isinstance(path[1], int):
        yield _wish(path[2:], value, path[1])
    elif path[:1] == ("feed",) and FEED_FIELDS.get(path[1:]):
        yield Expectation(FEED_FIELDS[path[1:]], (str(value),))
    else:
        yield Expectation(NOT_KEPT, ())


def _wish(path: tuple[Any, ...], value: Any, entry: int) -> Expectation:
    """The expectation on one field of an entry."""
    is_tag = len(path) == 3 and path[0] == "tags" and path[2] in ("term", "label")
    field = "tags" if is_tag else ENTRY_FIELDS.get(path, NOT_KEPT)
    if isinstance(value, tuple) and field in ("published", "updated"):  # feedparser's time tuples
        value = datetime(*map(int, value[:6]), tzinfo=UTC).isoformat()
    return Expectation(field, (str(value or ""),), entry)


def _path(node: ast.expr) -> tuple[Any, ...]:
    """The steps of `entries[0]['title']`, () for anything else."""
    steps: list[Any] = []
    while True:
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            steps.append(node.slice.value)
            node = node.value
        elif isinstance(node, ast.Attribute):
            steps.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            steps.append(getattr(node.args[0], "value", ""))
            node = node.func.value
        elif isinstance(node, ast.Name):
            return (node.id, *reversed(steps))
        else:
            return ()
