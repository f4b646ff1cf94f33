"""Reads language tags as feeds and pages write them. It does not recognise the language of a text."""

import re
from functools import lru_cache

# ISO 639-2 and names that feeds write where ISO 639-1 is meant.
LANGUAGE_NAMES = {
    "eng": "en", "english": "en", "ger": "de", "deu": "de", "german": "de", "deutsch": "de", "fre": "fr", "fra": "fr",
    "french": "fr", "français": "fr", "spa": "es", "spanish": "es", "español": "es", "ita": "it", "italian": "it",
    "italiano": "it", "por": "pt", "portuguese": "pt", "português": "pt", "dut": "nl", "nld": "nl", "dutch": "nl",
    "nederlands": "nl", "pol": "pl", "polish": "pl", "polski": "pl", "rus": "ru", "russian": "ru", "русский": "ru",
    "ukr": "uk", "ua": "uk", "ukrainian": "uk", "tur": "tr", "turkish": "tr", "türkçe": "tr", "ara": "ar",
    "arabic": "ar", "العربية": "ar", "per": "fa", "fas": "fa", "persian": "fa", "farsi": "fa", "gre": "el", "ell": "el",
    "gr": "el", "greek": "el", "heb": "he", "iw": "he", "hebrew": "he", "hin": "hi", "hindi": "hi", "urd": "ur",
    "ben": "bn", "chi": "zh", "zho": "zh", "cn": "zh", "chinese": "zh", "jpn": "ja", "jp": "ja", "japanese": "ja",
    "kor": "ko", "kr": "ko", "korean": "ko", "cze": "cs", "ces": "cs", "cz": "cs", "slo": "sk", "slk": "sk",
    "hun": "hu", "rum": "ro", "ron": "ro", "bul": "bg", "hrv": "hr", "srp": "sr", "slv": "sl", "swe": "sv", "se": "sv",
    "dan": "da", "dk": "da", "nor": "no", "nob": "no", "nb": "no", "nn": "no", "fin": "fi", "est": "et", "lav": "lv",
    "lit": "lt", "alb": "sq", "sqi": "sq", "mac": "mk", "mkd": "mk", "cat": "ca", "ind": "id", "in": "id", "may": "ms",
    "msa": "ms", "vie": "vi", "tha": "th", "swa": "sw", "amh": "am", "fil": "tl", "som": "so", "tgl": "tl",
}  # fmt: skip
LANGUAGE_TAG = re.compile(r"([a-z]{2})(?:[-_;.,\s]|$)")


@lru_cache(maxsize=1024)
def language_code(tag: str) -> str:
    """The ISO 639-1 code that a language tag or name means (`en` for `en-US`, `eng`, `English`), or ""."""
    text = tag.strip().lower()
    first = re.split(r"[-_;.,\s]", text, maxsplit=1)[0]
    if text in LANGUAGE_NAMES or first in LANGUAGE_NAMES:
        return LANGUAGE_NAMES.get(text) or LANGUAGE_NAMES[first]
    found = LANGUAGE_TAG.match(text)
    return found[1] if found and text[:2] not in ("x-", "xx") else ""
