"""Turns markup into plain text; sentences, titles and letters have files of their own and are offered here too.

It knows no feed and no page.
"""

import html
import re
import unicodedata
import warnings

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning
from bs4.builder import ParserRejectedMarkup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag

from demarche.core.letters import folded
from demarche.core.sentences import sentences
from demarche.core.titles import normalised_title

__all__ = ["folded", "normalised_title", "plain_text", "sentences", "shortened", "summary_text", "text_of_node", "tidy"]

warnings.filterwarnings("ignore", category=MarkupResemblesLocatorWarning)  # a title may look like a file name

MAX_HTML = 400_000  # characters of markup that are looked at; a summary needs a hundredth of it


def _names(table: str) -> frozenset[str]:
    """The entries of a table that is written as words."""
    return frozenset(table.split())


UNSEEN = _names("script style noscript template iframe object svg math head audio video form button select")
CAPTIONS = frozenset(("figure", "figcaption"))
CAPTION_CLASS = re.compile(r"caption|credit|media-info|wp-block-image", re.IGNORECASE)
# Tags that stand inside a word's line; every other tag parts two words.
INLINE = _names(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark nobr q ruby s samp small span strike "
    "strong sub sup time tt u var wbr"
)
ESCAPED_MARKUP = re.compile(r"</?(?:p|br|b|i|a|em|strong|div|span|img|ul|li|h[1-6])\b[^<>]*>", re.IGNORECASE)
# A tag that another one begins in; html.parser looks for its end through the whole text, for each of them.
DANGLING = re.compile(r"<(?=[^<>]*(?:<|$))")
MAX_DANGLING = 20  # as many may be meant, as in an alt text with a bracket
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
# Soft hyphens, byte order marks, zero-width spaces and direction marks hide words from a search. The joiners
# U+200C and U+200D stay: Persian and Indic words are spelled with them.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069"
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)

# What ends a summary without saying anything, in the languages of the feeds.
INVITATIONS = (
    "continue reading", "read more", "read the full story", "read the full article", "read full story", "full story",
    "keep reading", "read on", "learn more", "view entire post", "more", "click here to read more", "watch the video",
    "weiterlesen", "mehr lesen", "mehr dazu", "zum artikel", "lesen sie mehr", "jetzt lesen", "mehr",
    "lire la suite", "lire plus", "en savoir plus", "lire l'article", "lire l’article", "suite",
    "leer más", "seguir leyendo", "sigue leyendo", "leer mas", "continuar leyendo", "más información", "ver más",
    "leggi tutto", "continua a leggere", "leggi di più", "leggi anche", "continua",
    "ler mais", "leia mais", "continuar lendo", "continuar a ler", "saiba mais",
    "lees meer", "lees verder", "verder lezen",
    "czytaj więcej", "czytaj dalej", "więcej", "czytaj także", "celý článek", "číst dále", "čítať ďalej", "více",
    "tovább", "tovább olvasom", "citește mai mult", "citeşte mai mult", "mai mult", "прочетете още",
    "читать далее", "читать дальше", "читати далі", "читати більше", "подробнее", "детальніше", "далее",
    "läs mer", "les mer", "læs mere", "lue lisää", "lue koko juttu", "lesa meira",
    "devamını oku", "devamı", "daha fazla oku", "haberin devamı", "baca selengkapnya", "baca juga", "xem thêm",
    "περισσότερα", "διαβάστε περισσότερα", "διαβάστε επίσης", "opširnije", "pročitajte više", "više", "lexo më shumë",
    "اقرأ المزيد", "إقرأ المزيد", "المزيد", "تابع القراءة", "ادامه مطلب", "بیشتر بخوانید", "مزید پڑھیں", "קרא עוד",
    "और पढ़ें", "पूरी खबर पढ़ें", "আরও পড়ুন", "আরো পড়ুন", "続きを読む", "全文を読む", "阅读全文", "閱讀全文", "閱讀更多",
    "阅读更多", "더보기", "더 보기", "อ่านต่อ",
)  # fmt: skip
_ARROWS = r"[\s.…\[\]()>»›→⟶:|·–—-]*"
_ALTERNATIVES = "|".join(re.escape(words) for words in sorted(INVITATIONS, key=len, reverse=True))
# The words count only after a sign that a sentence is over, so that "he wanted more" keeps its end.
INVITATION = re.compile(
    rf"(?:(?<=[.!?…。！？\])\"”»])|(?<=\s[>»›→|]))\s*[\[(]?\s*(?:{_ALTERNATIVES})(?:\s+[^.!?…]{{0,120}}[→»›>])?{_ARROWS}$",
    re.IGNORECASE,
)
CUT_SIGN = re.compile(r"…|\.\.\.|&hellip;")  # without one there is no cut mark
CUT_MARK = re.compile(r"\s*[\[(](?:…|\.\.\.|&hellip;)[\])]\s*(?:$|(?=The post ))")
# WordPress signs its feeds; the verb is translated, the shape stays.
SIGNATURE = re.compile(
    r"\s*(?:The post|The article|Der Beitrag|Artikel|L['’]article|La entrada|El artículo|L['’]articolo|O post|"
    r"Artykuł|Het bericht|Inlägget|Indlægget|Сообщение|Запись|Допис|Příspěvek|Yazı)\s.{1,300}?\s"
    r"(?:appeared first on|first appeared on|erschien zuerst auf|est apparu en premier sur|se publicó primero en|"
    r"aparece primero en|proviene da|sembra essere il primo su|apareceu primeiro em|pochodzi z serwisu|"
    r"verscheen eerst op|dök först upp på|появились сначала на|appeared|ilk önce .{0,60} üzerinde ortaya çıktı)"
    r"(?:\s.{0,120})?$",
    re.IGNORECASE | re.DOTALL,
)
COMMENT_LINK = re.compile(r"^(?:comments?|kommentare?|commentaires?|comentarios?)$", re.IGNORECASE)


def plain_text(markup: str) -> str:
    """The words of a piece of HTML on one line: no tags, entities resolved, spaces single, unseen signs gone.

    Text that was escaped twice is unescaped once more. NFC, and always encodable as UTF-8.
    """
    return tidy(_words(markup, drop_captions=False))


def summary_text(markup: str) -> str:
    """As plain_text, without pictures' captions, cut marks and invitations to read on."""
    text = tidy(_words(markup, drop_captions=True))
    text = SIGNATURE.sub("", text)
    for _ in range(3):
        shorter = INVITATION.sub("", CUT_MARK.sub(_cut, text) if CUT_SIGN.search(text) else text).rstrip()
        if shorter == text:
            break
        text = shorter
    return "" if COMMENT_LINK.match(text) else text


def _cut(mark: re.Match[str]) -> str:
    """What a cut mark becomes: nothing after a whole sentence, else the sign that words are missing."""
    return "" if mark.string[: mark.start()].endswith((".", "!", "?", "…")) else "…"


def tidy(text: str) -> str:
    """Plain text in NFC on one line, without signs that nobody sees."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", INVISIBLE.sub("", text))
    elif not text.isprintable():
        text = INVISIBLE.sub("", text)
    return " ".join(text.split())


def shortened(text: str, limit: int) -> str:
    """The text up to the last sentence, or else word, that ends within `limit` characters."""
    if len(text) <= limit:
        return text
    head = text[:limit]
    ends = [end for _, end in sentences(head)][:-1]
    if ends and ends[-1] >= limit // 2:
        return head[: ends[-1]]
    space = head.rfind(" ")
    return (head[:space] if space >= limit // 2 else head).rstrip(" ,;:–—-") + "…"


def _words(markup: str, *, drop_captions: bool) -> str:
    """The text of markup before its spaces are put in order."""
    markup = markup[:MAX_HTML]
    if "<" not in markup:
        text = html.unescape(markup) if "&" in markup else markup
    else:
        text = _text_of_tags(markup, drop_captions=drop_captions)
    if "<" in text and ESCAPED_MARKUP.search(text):
        text = _text_of_tags(text, drop_captions=drop_captions)
    elif "&" in text and ENTITY.search(text):
        text = html.unescape(text)
    return text


def _text_of_tags(markup: str, *, drop_captions: bool) -> str:
    """The text of parsed markup; block tags part words, inline tags do not."""
    if len(DANGLING.findall(markup)) > MAX_DANGLING:
        markup = DANGLING.sub("&lt;", markup)
    opening = markup.rfind("<!--")
    if opening >= 0 and "-->" not in markup[opening:]:  # a comment that nobody closed hides the rest
        markup = markup[:opening]
    try:
        soup = BeautifulSoup(markup, "html.parser")
    except (ParserRejectedMarkup, ValueError, AssertionError):  # hostile declarations
        return re.sub(r"<[^<>]*>", " ", markup)
    return text_of_node(soup, drop_captions=drop_captions)


def text_of_node(node: Tag, *, drop_captions: bool = False) -> str:
    """The seen text below a parsed node, with a space wherever a block begins or ends."""
    pieces: list[str] = []
    current: PageElement | None = node.contents[0] if node.contents else None
    last = _after(node)
    while current is not None and current is not last:
        if isinstance(current, Tag):
            if current.name in UNSEEN or (drop_captions and _is_caption(current)):
                pieces.append(" ")
                current = _after(current)
                continue
            if current.name not in INLINE:
                pieces.append(" ")
        elif isinstance(current, NavigableString) and not isinstance(current, PreformattedString):
            pieces.append(current)
            closing = current
            while closing.next_sibling is None and closing.parent is not None and closing.parent is not node:
                if closing.parent.name not in INLINE:
                    pieces.append(" ")
                    break
                closing = closing.parent  # type: ignore[assignment]
        current = current.next_element
    return "".join(pieces)


def _after(node: PageElement) -> PageElement | None:
    """What follows a node and all that is below it in the document."""
    current: PageElement | None = node
    while current is not None:
        if current.next_sibling is not None:
            return current.next_sibling
        current = current.parent
    return None


def _is_caption(tag: Tag) -> bool:
    """True for a picture's caption or credit."""
    if tag.name in CAPTIONS:
        return True
    classes = tag.get("class")
    return bool(classes) and bool(
        CAPTION_CLASS.search(" ".join(classes) if isinstance(classes, list) else str(classes))
    )
