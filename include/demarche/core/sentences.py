"""Says where the sentences of a text begin and end, in any script. It does not read them."""

import re
from collections.abc import Iterator

# Marks that end a sentence; the first group needs white space after it, the second (CJK and others) does not.
SPACED_ENDS = ".!?…‽⁇⁈⁉؟۔।॥։។᙮᠃።፧၊။"
CLOSE_ENDS = "。！？｡．"
CLOSERS = "\"'”’»«)]}›」』）】》〉"
END = re.compile(
    rf"[{re.escape(SPACED_ENDS)}]+[{re.escape(CLOSERS)}]*(?=\s|$)|[{CLOSE_ENDS}]+[{re.escape(CLOSERS)}]*|\n+"
)
MARK = re.compile(rf"[{re.escape(SPACED_ENDS + CLOSE_ENDS)}\n]")
ABBREVIATION_END = re.compile(r"([^\s(\[\"'“„«]*)\.$")
NEXT_WORD = re.compile(r"\s*[\"'“„«(\[¿¡‘‹]*(\S*)")


def _words(table: str) -> frozenset[str]:
    """The entries of a table that is written as words."""
    return frozenset(table.split())


# Words after which a full stop ends no sentence, in the larger languages of Latin, Greek and Cyrillic script.
ABBREVIATIONS = _words(  # titles and ranks
    "mr mrs ms mx dr prof gen lt col maj capt sgt cpl pvt sen rep gov hon rev fr sr jr st ste mt ft adm cmdr supt insp "
    "pres sec min amb att hr fru frau dir ing mag dipl dott dra dña sra srta dna mme mlle mgr mons avv mudr "
    "judr phdr bc doc hab płk gen kpt por śp ks św ul tzn тов гр проф акад ген полк им ул обл кн д-р "
    # common words
    "vs etc al inc ltd corp co cos bros dept est approx ca cf eg ie no nos nr nos vol vols fig p pp ed eds art arts "
    "par tel ext max misc resp bzw usw vgl evtl ggf inkl zzgl ca mio mrd tsd str abs bzgl sog u.a z.b d.h u.s i.d v.a "
    "env éd apr av bd boul tél réf pag núm pág págs ej aprox depto dpto art cap ecc sig sigg es tab cfr "
    "np itd itp tzw tj godz ok proc mln mld tys zł r w im al pkt szt nr tzv např popř atd str mil mld č "
    "bl m.fl t.ex s.k bl.a f.eks osv jf dvs mv pga ev kl jan feb mar apr jun jul aug sep sept oct okt nov dec dez ene "
    "янв февр апр авг сент окт нояб дек тыс млн млрд руб долл стр см напр др пр т.е т.д т.п г гг в вв "
    "vb vd örn bkz dk sn doç yrd av cad mah sok no tel hz"
)
# Words that begin a sentence often enough to end "the U.S. The" and "in 12. Sie" before them.
STARTERS = _words(
    "the a an in on at it he she they we i you this that these those but and or if when while as after before for from "
    "his her their its our some many most however meanwhile also there here what who why how according with by to "
    "der die das ein eine er sie es wir ich in im am auf bei nach und aber auch doch wenn als mit von zu für dies "
    "diese le la les un une il elle ils elles on nous je ce cette ces en dans mais et selon après avec pour "
    "el la los las un una en por para pero y este esta según tras lo il lo gli i un una in ma e secondo per questo "
    "o os as um uma em mas segundo ale w na po to jest jak de het een in maar"
)
# A number with a full stop is an ordinal here ("3. Oktober").
ORDINAL_LANGUAGES = _words("de cs sk sl hr sr bs hu da no nb nn fi et lv is tr mk lb")


def sentences(text: str, *, lang: str = "") -> tuple[tuple[int, int], ...]:
    """Start and end offsets of the sentences, without the white space between them. Lines end sentences too."""
    found: list[tuple[int, int]] = []
    start = 0
    for match in _marks(text):
        if match[0][0] != "\n" and not _is_end(text, start, match, lang):
            continue
        _add(found, text, start, match.start() if match[0][0] == "\n" else match.end())
        start = match.end()
    _add(found, text, start, len(text))
    return tuple(found)


def _marks(text: str) -> Iterator[re.Match[str]]:
    """Every match of END, which is tried only where a mark stands."""
    end = 0
    for mark in MARK.finditer(text):
        if mark.start() >= end and (match := END.match(text, mark.start())):
            end = match.end()
            yield match


def _add(found: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    """Append the span without white space around it, unless nothing is left."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        found.append((start, end))


def _is_end(text: str, start: int, match: re.Match[str], lang: str) -> bool:
    """True where a mark ends the sentence and does not only shorten a word."""
    mark = match[0]
    if mark[0] in CLOSE_ENDS:
        return True
    following = NEXT_WORD.match(text, match.end())
    word = following[1] if following else ""
    if not word:
        return True
    if word[0].islower() and mark[0] in ".…!?":
        return False  # "z. B. in", "Stop!" he said
    if mark[0] != "." or len(mark.rstrip(CLOSERS)) > 1:
        return True
    before = ABBREVIATION_END.search(text, max(start, match.start() - 40), match.start() + 1)
    token = before[1] if before else ""
    return not _is_shortened(token, word, lang, text, match.start())


def _is_shortened(token: str, word: str, lang: str, text: str, stop: int) -> bool:
    """True where the token before a full stop is an abbreviation, an initial or an ordinal number."""
    low = token.casefold()
    is_start = word.rstrip(",;:").casefold() in STARTERS
    if token.isdigit():
        return len(token) <= 2 and not is_start and (lang in ORDINAL_LANGUAGES or not lang) and word[0].isalpha()
    if low in ABBREVIATIONS:
        # "no." and "co." can end a sentence as words; a capital that often begins one decides
        return not is_start or low in ("mr", "mrs", "ms", "dr", "prof", "gen", "st")
    if "." in token and all(len(part) <= 2 for part in token.split(".")):
        return not is_start  # U.S., e.g., т.е
    if len(token) == 1 and token.isalpha():
        return token.isupper() or not is_start  # an initial, or z. B.
    return False
