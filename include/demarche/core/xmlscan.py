"""Makes feed XML safe and, where a known repair helps, well-formed, and measures it. It does not read entries."""

import html
import re
from dataclasses import dataclass
from html.entities import html5
from xml.parsers import expat

MAX_DEPTH = 200  # elements inside each other; real feeds stay under 30, even with XHTML inside
MAX_BROKEN_DEPTH = 5_000  # where tags are left open, depth says little; beyond this nobody meant it
MAX_ATTRIBUTES = 500  # of one element; the parsers behind need time that grows with the square
MAX_ENTITIES = 64
MAX_ENTITY_LENGTH = 64  # characters; real feeds declare single letters and a publisher's name
ROOTS = ("rss", "feed", "rdf", "urlset", "sitemapindex")
ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?(?:rss|feed|rdf|urlset|sitemapindex)(?=[\s>/])", re.IGNORECASE)
CHANNEL = re.compile(r"<channel(?=[\s>/])", re.IGNORECASE)
ANY_TAG = re.compile(r"<[A-Za-z_]")
HTML_ROOT = re.compile(r"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
PROLOG = 100_000  # characters in which the root must begin
DECLARED_ENTITY = re.compile(r"""<!ENTITY\s+([A-Za-z][\w.-]{0,40})\s+(?:"([^"<%]*)"|'([^'<%]*)')\s*>""")
REFERENCE = re.compile(r"&([A-Za-z][\w.-]{0,40});")
# An ampersand that begins no reference, and a bracket that begins no tag.
BARE_AMPERSAND = re.compile(r"&(?!(?:#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});)")
BARE_BRACKET = re.compile(r"<(?![A-Za-z_/!?])")
CHARACTER = re.compile(r"&#(?:([0-9]{1,7})|[xX]([0-9A-Fa-f]{1,6}));")
PREFIXED = re.compile(r"[<\s/]([A-Za-z_][\w.-]*):[A-Za-z_]")
XML_NAMES = frozenset(("amp", "lt", "gt", "quot", "apos"))
# What feeds mean by prefixes that they forgot to declare.
NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
    "image": "http://www.google.com/schemas/sitemap-image/1.1",
}


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over a document saw. `error` is expat's code (0 for well-formed), `place` its byte offset."""

    root: str = ""  # local name, lower case
    entry_count: int = 0  # elements called item or entry, wherever they stand
    error: int = 0
    place: int = 0
    message: str = ""
    refusal: str = ""  # why the document must not reach a parser


class _RefusedError(Exception):
    """Raised inside expat to end a scan."""


def scanned(data: bytes, max_depth: int = MAX_DEPTH) -> Scan:
    """The measures of a document in UTF-8, without building anything. Entities are not expanded."""
    depth = deepest = entry_count = 0
    root = ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, deepest, entry_count, root
        depth += 1
        if depth > deepest:
            deepest = depth
            if depth > MAX_BROKEN_DEPTH:
                raise _RefusedError(f"elements nested deeper than {MAX_BROKEN_DEPTH}")
        if len(attributes) > MAX_ATTRIBUTES:
            raise _RefusedError(f"an element with more than {MAX_ATTRIBUTES} attributes")
        local = name.rpartition(" ")[2]
        if local in ("item", "entry"):
            entry_count += 1
        root = root or local.lower()

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartElementHandler, parser.EndElementHandler = start, end
    error = place = 0
    message = refusal = ""
    try:
        parser.Parse(data, True)
    except expat.ExpatError as problem:
        error, place, message = problem.code, parser.ErrorByteIndex, expat.ErrorString(problem.code) or "broken"
        message += f" in line {problem.lineno}"
    except _RefusedError as reason:
        refusal = str(reason)
    if not error and not refusal and deepest > max_depth:
        refusal = f"elements nested deeper than {max_depth}"
    return Scan(root, entry_count, error, place, message, refusal)


def without_prolog(text: str) -> tuple[str, str]:
    """The document from its root on, and what stood before it: declarations, comments, rubbish.

    Nothing of a DOCTYPE reaches a parser, so neither entities nor external subsets can do harm.
    """
    head = blanked_comments(text[:PROLOG])
    root = ROOT.search(head) or (None if HTML_ROOT.search(head) else CHANNEL.search(head)) or _first_tag(head)
    if root is None:
        return "", text
    return text[root.start() :], text[: root.start()]


def _first_tag(head: str) -> re.Match[str] | None:
    """The first tag that stands outside an internal DTD subset, where one is closed."""
    opening, _, _ = head.partition("<!DOCTYPE")[2].partition(">")
    subset_end = head.find("]>") if "[" in opening else -1
    return ANY_TAG.search(head, max(subset_end, 0))


def blanked_comments(text: str) -> str:
    """The text with spaces for comments; one that is never closed loses its opening only."""
    pieces: list[str] = []
    position = 0
    while True:
        start = text.find("<!--", position)
        if start < 0:
            break
        end = text.find("-->", start + 4)
        if end < 0:
            return "".join(pieces) + text[position:].replace("<!--", "    ")
        pieces += [text[position:start], " " * (end + 3 - start)]
        position = end + 3
    return "".join(pieces) + text[position:]


def tolerable(text: str) -> str:
    """An ill-formed document without what makes the tolerant parser slow: comments and empty brackets."""
    return "".join(
        piece if is_cdata else BARE_BRACKET.sub("&lt;", blanked_comments(piece)) for piece, is_cdata in _pieces(text)
    )


def with_entities(text: str, prolog: str, most: int = MAX_ENTITIES) -> str:
    """The document with the short entities that its prolog declares put in; others stay as they are."""
    declared: dict[str, str] = {}
    for found in DECLARED_ENTITY.finditer(prolog):
        value = html.unescape(found[2] if found[2] is not None else found[3])
        if len(value) <= MAX_ENTITY_LENGTH and len(declared) < most and found[1] not in XML_NAMES:
            declared[found[1]] = html.escape(value)
    if not declared:
        return text
    growth = sum(text.count(f"&{name};") * len(value) for name, value in declared.items())
    if growth > len(text) + 10_000:
        return text
    return REFERENCE.sub(lambda found: declared.get(found[1], found[0]), text)


def repaired(text: str, scan: Scan) -> str:
    """The document with the faults mended that feeds have most: stray & and <, HTML entities, prefixes, a tail."""
    if scan.error == JUNK_AFTER_ROOT:
        data = text.encode("utf-8")
        tail = data[scan.place :]
        return text if b"<item" in tail or b"<entry" in tail else data[: scan.place].decode("utf-8", "ignore")
    if scan.error == UNBOUND_PREFIX:
        return _with_prefixes(text)
    return "".join(piece if is_cdata else _mended(piece) for piece, is_cdata in _pieces(text))


JUNK_AFTER_ROOT = expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]
UNBOUND_PREFIX = expat.errors.codes[expat.errors.XML_ERROR_UNBOUND_PREFIX]


def _pieces(text: str) -> list[tuple[str, bool]]:
    """The text cut into CDATA sections and what stands between them, with True for the former."""
    pieces, position = [], 0
    while True:
        start = text.find("<![CDATA[", position)
        end = text.find("]]>", start) if start >= 0 else -1
        if end < 0:
            pieces.append((text[position:], False))
            return pieces
        pieces += [(text[position:start], False), (text[start : end + 3], True)]
        position = end + 3


def _mended(piece: str) -> str:
    """Markup with every reference made valid."""
    piece = BARE_AMPERSAND.sub("&amp;", piece)
    piece = CHARACTER.sub(_valid_character, piece)
    piece = REFERENCE.sub(_known_entity, piece)
    return BARE_BRACKET.sub("&lt;", piece)


def _valid_character(found: re.Match[str]) -> str:
    """The reference as it was, or nothing where XML has no such character."""
    code = int(found[1]) if found[1] else int(found[2], 16)
    is_valid = code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code <= 0x10FFFF
    return found[0] if is_valid else ""


def _known_entity(found: re.Match[str]) -> str:
    """The letter that an HTML entity means; a name that nobody knows becomes text."""
    name = found[1]
    if name in XML_NAMES:
        return found[0]
    letters = html5.get(name + ";")
    return html.escape(letters) if letters else f"&amp;{name};"


def _with_prefixes(text: str) -> str:
    """The document with every prefix declared at its root."""
    end = text.find(">")
    opening = text[:end]
    used = set(PREFIXED.findall(text)) - {"xml", "xmlns"}
    missing = [prefix for prefix in sorted(used) if f"xmlns:{prefix}" not in opening][:MAX_ENTITIES]
    at = end - 1 if opening.endswith("/") else end
    declarations = "".join(f' xmlns:{prefix}="{NAMESPACES.get(prefix, "urn:prefix:" + prefix)}"' for prefix in missing)
    return text[:at] + declarations + text[at:]
