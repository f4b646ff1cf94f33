"""Finds out in which characters a document is written and gives it as clean text. It does not parse it."""

import codecs
import re

# Byte order marks, the longer first.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# "<?" or "<r" without a mark.
SHAPES = (
    (re.compile(rb"<\x00\x00\x00.\x00\x00\x00", re.DOTALL), "utf-32-le"),
    (re.compile(rb"\x00\x00\x00<\x00\x00\x00", re.DOTALL), "utf-32-be"),
    (re.compile(rb"(?:[<{]|\s)\x00[^\x00]\x00", re.DOTALL), "utf-16-le"),
    (re.compile(rb"\x00(?:[<{]|\s)\x00[^\x00]", re.DOTALL), "utf-16-be"),
    (re.compile(rb"\x4c\x6f\xa7\x94"), "cp037"),
)
DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']?([A-Za-z0-9._:-]{2,40})""")
DECLARED_HTML = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{2,40})""", re.IGNORECASE)
HEADER = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{2,40})""", re.IGNORECASE)
# What a name means to those who write feeds: the larger set that contains it, as browsers read it.
MEANT = {
    "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252",
    "iso8859-1": "cp1252", "iso_8859-1": "cp1252", "iso-8859-9": "cp1254", "iso-8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "shift_jis": "cp932", "shift-jis": "cp932",
    "x-sjis": "cp932", "sjis": "cp932", "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "big5": "big5hkscs",
    "iso-8859-8-i": "iso-8859-8", "x-user-defined": "cp1252", "unicode": "utf-8", "utf8": "utf-8", "utf-8n": "utf-8",
    "mac": "mac_roman", "csmacintosh": "mac_roman", "x-mac-roman": "mac_roman", "x-mac-cyrillic": "mac_cyrillic",
    "ms-ee": "cp1250", "ms-cyrl": "cp1251", "ms-ansi": "cp1252", "ms-greek": "cp1253", "ms-turk": "cp1254",
    "ms-hebr": "cp1255", "ms-arab": "cp1256", "winbaltrim": "cp1257", "cp-1251": "cp1251", "win-1251": "cp1251",
    "utf-16": "utf-8", "utf-32": "utf-8", "ucs-2": "utf-8", "iso-10646-ucs-2": "utf-8",  # its bytes would have shown it
}  # fmt: skip
# Codecs of Python that no document is written in and that cost time or change backslashes.
REFUSED = frozenset(("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"))
STATEFUL = ("iso2022", "iso-2022", "hz", "utf-7", "utf7")  # their bytes are all ASCII, so they look like UTF-8
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def decoded_text(body: bytes, content_type: str = "") -> tuple[str, str]:
    """A document's text without byte order mark and characters that XML forbids, and a note where a claim was wrong.

    Byte order marks decide first, then valid UTF-8 (text in another set is practically never valid UTF-8), then the
    document's own declaration, the Content-Type header, and at last windows-1252. Never fails.
    """
    encoding, skipped = _visible(body)
    if encoding:
        return _clean(body[skipped:].decode(encoding, "replace")), ""
    body = body.replace(b"\x00", b"")
    claims = _claims(body, content_type)
    if not claims or not claims[0].startswith(STATEFUL):
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            wrong = bool(claims) and not text.isascii() and "utf-8" not in claims
            return _clean(text), f"declared as {claims[0]}, is utf-8" if wrong else ""
    for claim in claims:
        if claim == "utf-8":
            continue
        try:
            return _clean(body.decode(claim)), ""
        except (UnicodeError, LookupError, ValueError):
            continue
    if "utf-8" in claims or _is_mostly_utf8(body):
        return _clean(body.decode("utf-8", "replace")), "broken utf-8"
    return _clean(body.decode("cp1252", "replace")), f"not {claims[0]}, read as windows-1252" if claims else ""


def _visible(body: bytes) -> tuple[str, int]:
    """The encoding that the first bytes show, with the length of its mark; ("", 0) where they show none."""
    for mark, encoding in MARKS:
        if body.startswith(mark):
            if encoding == "utf-8":
                try:
                    body.decode(encoding)
                except UnicodeDecodeError:
                    continue
            return encoding, len(mark)
    for shape, encoding in SHAPES:
        if shape.match(body):
            return encoding, 0
    return "", 0


def _claims(body: bytes, content_type: str) -> list[str]:
    """The codecs that the document and its header name and that exist, in this order."""
    found = [match[1].decode("ascii") for match in [DECLARED.match(body) or DECLARED_HTML.search(body[:4096])] if match]
    header = HEADER.search(content_type)
    if header:
        found.append(header[1])
    claims = []
    for name in found:
        meant = MEANT.get(name.lower(), name.lower())
        try:
            known = codecs.lookup(meant).name
        except (LookupError, ValueError):
            continue
        if meant not in REFUSED and known not in REFUSED:
            claims.append(meant)
    return claims


def _is_mostly_utf8(body: bytes) -> bool:
    """True for UTF-8 with a few broken bytes, such as a text cut in the middle of a letter."""
    sample = body[:200_000].decode("utf-8", "replace")
    letters = sum(1 for sign in sample if sign > "\x7f")
    return letters > 0 and sample.count("\ufffd") * 10 < letters


def _clean(text: str) -> str:
    """The text without a mark at its start and without characters that XML forbids."""
    text = text.removeprefix("\ufeff")
    return NOT_IN_XML.sub("", text) if NOT_IN_XML.search(text) else text
