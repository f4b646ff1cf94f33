"""Makes the key under which two titles are the same. It does not compare stories."""

import re
import unicodedata

# Labels that newsrooms put before a headline; the same report carries them or not.
LABEL = re.compile(
    r"^(?:breaking(?: news)?|exclusive|watch|live(?: updates?)?|update ?\d*|updated|just in|video|photos?|analysis|"
    r"opinion|explainer|factbox|corrected|eilmeldung|eil|exklusiv|liveblog|newsblog|en direct|direct|vidéo|exclusif|"
    r"última hora|urgente|en vivo|vídeo|video|ultim'ora|diretta|esclusiva|pilne|срочно|молния|son dakika|"
    r"عاجل|速報|快讯|突发)"
    r"\s*(?:[:|–—-]|/{1,2})\s*(?=\S)",
    re.IGNORECASE,
)
TAIL = re.compile(r"\s+[|–—-]\s+([^|–—]{2,40})$")
OUTLET_WORDS = re.compile(
    r"\b(?:news|times|post|herald|tribune|guardian|reuters|ap|afp|dpa|bbc|cnn|dw|euronews|al jazeera|daily|journal|"
    r"gazette|chronicle|mail|telegraph|observer|independent|press|online|today|radio|tv|fm|zeitung|spiegel|tagesschau|"
    r"nachrichten|welt|monde|figaro|libération|france ?\d+|rfi|país|mundo|noticias|diario|repubblica|corriere|ansa|"
    r"notizie|wiadomości|gazeta|haber\w*|новости|ria|тасс)\b|\.(?:com|net|org|de|fr|es|it|pl|co\.uk|eu|tv)\b",
    re.IGNORECASE,
)
NOT_WORD = re.compile(r"[^\w\s]")


def normalised_title(title: str, outlet: str = "") -> str:
    """A title as a key: lower case, no punctuation, labels or outlet's name at the end.

    The name goes where it is `outlet`, or plainly an outlet's; a subtitle after a dash stays.
    """
    text = unicodedata.normalize("NFKC", title)
    for _ in range(3):
        text, is_labelled = LABEL.subn("", text.strip())
        if not is_labelled:
            break
    found = TAIL.search(text)
    if found and found.start() >= 12 and _is_outlet(found[1], outlet):
        text = text[: found.start()]
    words = NOT_WORD.sub(" ", text.casefold().replace("'", "").replace("’", "")).replace("_", " ")
    return " ".join(words.split())


def _is_outlet(tail: str, outlet: str) -> bool:
    """True where the end of a title names who published it."""
    name = tail.strip().casefold()
    if outlet and (name == outlet.casefold() or name in outlet.casefold().split(" – ")):
        return True
    return len(name.split()) <= 4 and bool(OUTLET_WORDS.search(name))
