"""Reads schema.org descriptions (JSON-LD) of articles, broken ones too. It does not look for them in pages."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

ARTICLES = frozenset(
    (
        "article",
        "newsarticle",
        "reportagenewsarticle",
        "analysisnewsarticle",
        "backgroundnewsarticle",
        "opinionnewsarticle",
        "reviewnewsarticle",
        "askpublicnewsarticle",
        "liveblogposting",
        "blogposting",
        "socialmediaposting",
        "report",
        "scholarlyarticle",
        "techarticle",
        "advertisercontentarticle",
        "satiricalarticle",
        "videoobject",
    )
)
PAGES = frozenset(("webpage", "itempage", "creativework", "collectionpage"))
MAX_NODES = 2_000  # in all descriptions of a page
MAX_LENGTH = 2_000_000  # characters of one description
WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?://\s*)?(?:\]\]>|-->)\s*;?\s*$"
)
TRAILING_COMMA = re.compile(r",(\s*[}\]])")


def article_description(scripts: Iterable[str]) -> Mapping[str, Any]:
    """The description of the page's article in these scripts, else of the page, else {}.

    Several descriptions of one kind are read as one, the first to say a thing being right.
    """
    nodes: list[Mapping[str, Any]] = []
    for script in scripts:
        for loaded in _loaded(script[:MAX_LENGTH]):
            nodes += list(_nodes(loaded, MAX_NODES - len(nodes)))
    for kinds in (ARTICLES, PAGES):
        chosen: dict[str, Any] = {}
        for node in nodes:
            if _types(node) & kinds:
                for name, value in node.items():
                    if value not in (None, "", [], {}):
                        chosen.setdefault(name, value)
        if chosen:
            return chosen
    return {}


def _loaded(script: str) -> Iterator[Any]:
    """The JSON values in a script: several, one behind the other, and with the common mistakes."""
    text = WRAPPING.sub("", WRAPPING.sub("", script)).strip().rstrip(";")
    decoder = json.JSONDecoder(strict=False)  # raw line ends inside strings
    position, is_mended = 0, False
    while position < len(text):
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            if is_mended or position:
                return
            text, is_mended = TRAILING_COMMA.sub(r"\1", text), True
            continue
        yield value
        while position < len(text) and text[position] in " \t\r\n,;":
            position += 1


def _nodes(value: Any, most: int) -> Iterator[Mapping[str, Any]]:
    """The typed objects in lists, graphs and main entities, outer ones first."""
    waiting, count = [value], 0
    while waiting and count < most:
        current = waiting.pop(0)
        count += 1
        if isinstance(current, list):
            waiting = current[: most - count] + waiting
        elif isinstance(current, dict):
            yield current
            for name in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item"):
                if isinstance(current.get(name), dict | list):
                    waiting.append(current[name])


def _types(node: Mapping[str, Any]) -> set[str]:
    """The node's types in lower case without schema.org before them."""
    kinds = node.get("@type")
    return {
        str(kind).rpartition("/")[2].rpartition(":")[2].lower()
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    }


def words(value: Any) -> str:
    """The first text in a value, whatever it is wrapped in."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return next((text for text in map(words, value[:20]) if text), "")
    if isinstance(value, dict):
        return words(value.get("name") or value.get("@value") or value.get("headline") or "")
    return ""


def people(value: Any) -> tuple[str, ...]:
    """The names in an author property: a string, an object, or a list of them."""
    values = value if isinstance(value, list) else [value]
    return tuple(text for text in map(words, values[:50]) if text)


def is_locked(description: Mapping[str, Any]) -> bool:
    """True where the description says that the article is not free to read."""
    return str(description.get("isAccessibleForFree", "")).strip().lower().rpartition("/")[2] in ("false", "0", "no")
