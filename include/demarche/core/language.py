"""Says which language a text is in (the only home of py3langid).

Owns the trust put in the detector and in what a feed declares. It translates nothing.
"""

import re
from functools import cache, lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNKNOWN = "und"
TRUSTED = 0.7  # measured: at or above it 99.5 % of eight-word openings are right
CONSIDERED = 3  # a declared language counts where it is among so many of the detector's best

# What no detector separates, or what names the same written language.
_SAME = {
    "wuu": "zh", "yue": "zh", "cmn": "zh", "bs": "hr", "sr": "hr", "sh": "hr", "cnr": "hr", "nb": "no", "nn": "no",
    "iw": "he", "in": "id", "fil": "tl", "ji": "yi", "mo": "ro",
}  # fmt: skip
# What the detector takes for one another, by its answer: the declared language is believed where it is one of these.
_TWINS = {"hr": ("bs", "sr"), "ms": ("id",), "id": ("ms",), "pcm": ("en",), "ext": ("es",)}
_CYRILLIC = re.compile("[\u0400-\u04ff]")
# A script that only one of our languages uses settles the matter, however short the text.
_SCRIPTS = (
    ("\u0370", "\u03ff", "el"), ("\u0590", "\u05ff", "he"), ("\u0e00", "\u0e7f", "th"), ("\u10a0", "\u10ff", "ka"),
    ("\u0530", "\u058f", "hy"), ("\uac00", "\ud7af", "ko"), ("\u3040", "\u30ff", "ja"),
)  # fmt: skip
_OF_SCRIPTS = re.compile("[" + "".join(f"{low}-{high}" for low, high, _ in _SCRIPTS) + "]")
_SCRIPT_SHARE = 0.3  # of the letters; a Greek name in an English headline must not count


@lru_cache(maxsize=1024)
def normalise_code(code: str) -> str:
    """A language tag as the rules know it: `pt-BR` becomes pt, Bosnian, Croatian and Serbian become hr."""
    base = _base(code)
    return _SAME.get(base, base)


def name_language(text: str, lang: str, declared: str) -> str:
    """The language to tell people (and the coder) of a text whose language the rules know as `lang`.

    Serbian in Cyrillic is sr; else what is declared decides between languages that cannot be told apart by their words.
    """
    if lang == "hr" and _CYRILLIC.search(text):
        return "sr"
    base = _base(declared)
    return base if base in _TWINS.get(lang, ()) else lang


def told_language(text: str, declared: str = "") -> str:
    """The language of `text` by its own name (see `name_language`), or `und`."""
    return name_language(text, detect_language(text, declared), declared)


def _base(code: str) -> str:
    return code.replace("_", "-").split("-")[0].strip().lower()


@lru_cache(maxsize=64)  # the gate asks about a report, then the judge
def detect_language(text: str, declared: str = "") -> str:
    """The language of `text` as a code, or `und`.

    The detector's first choice at a probability of 0.7; below that the declared language (of the feed or the
    entry) where it is among the first three; a script of one language alone decides by itself.
    """
    told = normalise_code(declared)
    by_script = _language_of_script(text)
    if by_script:
        return by_script
    if not _has_letter(text):
        return UNKNOWN
    first, probability = _identifier().classify(text)
    if probability >= TRUSTED:  # nothing can be added to another language that would be more
        return normalise_code(str(first))
    ranked = rank_languages(text)
    best, probability = ranked[0]
    if probability >= TRUSTED:
        return best
    if told and told in {code for code, _ in ranked[:CONSIDERED]}:
        return told
    return UNKNOWN


def rank_languages(text: str) -> list[tuple[str, float]]:
    """Language codes by probability, best first, with inseparable languages added together."""
    if not _has_letter(text):
        return []
    merged: dict[str, float] = {}
    for code, probability in _identifier().rank(text):
        if probability < 0.001:
            break
        code = _SAME.get(code, code)
        merged[code] = merged.get(code, 0.0) + float(probability)
    return sorted(merged.items(), key=lambda pair: -pair[1])


def _has_letter(text: str) -> bool:
    return any(map(str.isalpha, text))


def _language_of_script(text: str) -> str:
    if text.isascii() or not _OF_SCRIPTS.search(text):
        return ""
    letters = [c for c in text if c.isalpha()]
    for low, high, code in _SCRIPTS:
        if sum(low <= c <= high for c in letters) > _SCRIPT_SHARE * len(letters):
            return code
    return ""


@cache
def _identifier() -> LanguageIdentifier:
    """The detector with probabilities; loading takes half a second and 90 MB, so it happens once, when needed."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
