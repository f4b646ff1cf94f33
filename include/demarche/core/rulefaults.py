"""Finds words of the rules that do no work or the wrong one: doubled, shadowed, silent, everywhere, or colliding.

Owns the checks, and which of them are faults; the others are worth a look. It changes no rule and reads no file.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from demarche.core.lexicon import OPENING, Lexicon
from demarche.core.matching import Matcher, fold
from demarche.core.rulewords import ANY, RuleWord, spoken
from demarche.core.schemes import Scheme
from demarche.model import Term

OFTEN = 0.2  # a word in a fifth of the reports of its language tells little
EVERYWHERE = 0.8  # … and one in four fifths of them nothing
ENOUGH = 20  # reports of a language before such shares mean anything
FOREIGN = 0.05  # of the reports of another language, by chance alone
SEVERAL = 3

Report = tuple[str, str]  # language ("" where it is not known), text


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a word. A fault is never right; the rest may be meant so."""

    kind: str
    word: RuleWord
    says: str
    is_fault: bool = False


def doubled(words: Iterable[RuleWord]) -> Iterator[Finding]:
    """Words that stand twice under one meaning of one language, once letters are folded."""
    seen: set[tuple[object, ...]] = set()
    for word in words:
        pattern = word.pattern
        form = pattern.text if pattern.is_cased else fold(pattern.text)
        marks: tuple[object, ...] = (pattern.mode, word.needs_capital, word.on)
        if word.table == "lexicon":
            form, marks = fold(word.written), ()
        key = (word.table, word.lang, word.meaning, form, marks)
        if key in seen:
            yield Finding("doubled", word, "stands twice", is_fault=word.table == "lexicon")
        seen.add(key)


def shadowed(words: Iterable[RuleWord]) -> Iterator[Finding]:
    """Words that a shorter stem of the same meaning finds already."""
    by_meaning: dict[tuple[str, str, str], list[RuleWord]] = defaultdict(list)
    for word in words:
        by_meaning[word.table, word.lang, word.meaning].append(word)
    for alike in by_meaning.values():
        stems = {fold(word.pattern.text): word for word in alike if word.pattern.mode == "stem"}
        for word in alike:
            form = fold(word.pattern.text)
            if word.pattern.is_cased or word.pattern.mode == "inside":
                continue
            for length in range(1, len(form)):
                stem = stems.get(form[:length])
                if stem is not None and _reaches(stem, form[length:]) and stem.needs_capital <= word.needs_capital:
                    yield Finding("shadowed", word, f"shadowed by {stem.written!r}")
                    break


def _reaches(stem: RuleWord, rest: str) -> bool:
    """Whether a stem goes on for what the longer form has more in the same word."""
    letters = next((n for n, letter in enumerate(rest) if not letter.isalnum()), len(rest))
    return stem.pattern.tail < 0 or letters <= stem.pattern.tail


def silent(words: Iterable[RuleWord], meanings: Callable[[RuleWord], Sequence[str]]) -> Iterator[Finding]:
    """Words that do not even mean what they should in a text of themselves alone. `meanings` is what is found there."""
    for word in words:
        found = meanings(word)
        if word.meaning not in found:
            instead = f"gives {', '.join(sorted(set(found)))}" if found else "finds nothing"
            yield Finding("silent", word, f"never fires: a text of it alone {instead}", is_fault=True)


def two_codes(names: Iterable[RuleWord]) -> Iterator[Finding]:
    """Names that one language, with what holds in all, writes for two actors: one of the two is never found."""
    owners: dict[tuple[str, str], dict[str, RuleWord]] = defaultdict(dict)
    shared: list[RuleWord] = []
    for name in names:
        if name.table in ("actors.bodies", "actors.words", "actors.places", "actors.groups"):
            if name.lang == ANY:
                shared.append(name)
            else:
                owners[name.lang, _form(name)].setdefault(name.meaning, name)
    for name in shared:
        for lang in [ANY, *{lang for lang, _ in owners}]:
            if lang == ANY or (lang, _form(name)) in owners:
                owners[lang, _form(name)].setdefault(name.meaning, name)
    for by_code in owners.values():
        for code, name in list(by_code.items())[1:]:
            other = next(iter(by_code))
            yield Finding("two codes", name, f"is written for {other} too, so {code} or {other} is lost", is_fault=True)


def two_schemes(terms: Iterable[RuleWord], schemes: Mapping[str, Scheme]) -> Iterator[Finding]:
    """Names that one language gives two schemes. A fault where both may be meant: in one year, and in any company."""
    owners: dict[tuple[str, str], list[RuleWord]] = defaultdict(list)
    for term in terms:
        if term.meaning in schemes:
            alike = owners[term.lang, fold(spoken(term.written))]
            for other in alike:
                one, two = schemes[term.meaning], schemes[other.meaning]
                is_fault = not one.beside and not two.beside and _overlap(one, two)
                yield Finding("two schemes", term, f"is {two.id}, too", is_fault)
            alike.append(term)


def _overlap(one: Scheme, two: Scheme) -> bool:
    return any(first <= end and begin <= last for first, last in one.years for begin, end in two.years)


def _form(name: RuleWord) -> str:
    return name.pattern.text if name.pattern.is_cased else fold(name.pattern.text)


def spelled_alike(terms: Iterable[RuleWord], group_of: Mapping[str, str]) -> Iterator[Finding]:
    """Terms that two languages spell alike for unlike concepts: a text of unknown language may get the wrong one.

    A fault where one of them masks the other, which opens the gate.
    """
    by_form: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    listed = list(terms)
    for term in listed:
        by_form[fold(spoken(term.written))][term.lang].add(term.meaning)
    for term in listed:
        mine = by_form[fold(spoken(term.written))]
        for lang, concepts in mine.items():
            if lang != term.lang and not concepts & mine[term.lang]:
                groups = {group_of[concept] for concept in concepts}
                is_fault = group_of[term.meaning] in OPENING and group_of[term.meaning] != "mask" and "mask" in groups
                says = f"is {', '.join(sorted(concepts))} in {lang}"
                yield Finding("spelled alike", term, says, is_fault)


def over_reports(words: Sequence[RuleWord], lexicon: Lexicon, reports: Sequence[Report]) -> Iterator[Finding]:
    """Words that never fire in the reports of their language, or nearly always. A fault where they always do."""
    totals = Counter(lang for lang, _ in reports)
    fired = _fired(words, lexicon, reports)
    for word in words:
        total = totals[word.lang] if word.lang != ANY else len(reports)
        count = fired[_key(word)]
        if total and not count:
            yield Finding("not seen", word, f"never fires in {total} reports")
        elif total >= ENOUGH and count >= OFTEN * total:
            says = f"fires in {count} of {total} reports"
            is_small = word.table == "actors.origin_words"  # prepositions, which are looked for beside people only
            yield Finding("everywhere", word, says, is_fault=count >= EVERYWHERE * total and not is_small)


def _key(word: RuleWord) -> tuple[str, str, str, str]:
    return word.table, word.lang, word.meaning, spoken(word.written) if word.table == "lexicon" else word.written


def _fired(
    words: Sequence[RuleWord], lexicon: Lexicon, reports: Sequence[Report]
) -> Counter[tuple[str, str, str, str]]:
    """In how many reports of its language each word fires."""
    groups: dict[tuple[str, str], list[RuleWord]] = defaultdict(list)
    for word in words:
        if word.table != "lexicon":
            groups[word.table, word.lang].append(word)
    matchers = {key: Matcher([word.pattern for word in group]) for key, group in groups.items()}
    known = {_key(word) for word in words if word.table == "lexicon"}
    fired: Counter[tuple[str, str, str, str]] = Counter()
    for lang, text in reports:
        found = {
            ("lexicon", of, term.concept, term.term) for term in lexicon.terms(text, "", lang) for of in (lang, ANY)
        }
        fired.update(found & known)
        for (table, of), matcher in matchers.items():
            if of in (lang, ANY):
                indexes = {index for index, _, _ in matcher.hits(text)}
                fired.update({_key(groups[table, of][index]) for index in indexes})
    return fired


def foreign(terms: Iterable[RuleWord], lexicon: Lexicon, reports: Sequence[Report]) -> Iterator[Finding]:
    """Terms that open the gate for reports of another language, where its own terms say nothing of the kind.

    A fault where they do so in a twentieth of its reports.
    """
    places: dict[tuple[str, str], list[RuleWord]] = defaultdict(list)
    for term in terms:
        places[term.meaning, spoken(term.written)].append(term)
    totals = Counter(lang for lang, _ in reports)
    counts: Counter[tuple[str, str, str]] = Counter()
    surfaces: dict[tuple[str, str, str], str] = {}
    for lang, text in reports:
        if lang in lexicon.languages:
            for hit in _strangers(lexicon, lang, text):
                key = (lang, hit.concept, hit.term)
                surfaces.setdefault(key, text[hit.start : hit.end])
                counts[key] += 1
    for (lang, concept, written), count in sorted(counts.items()):
        is_fault = count >= SEVERAL and totals[lang] >= ENOUGH and count >= FOREIGN * totals[lang]
        says = f"fires in {count} of {totals[lang]} reports in {lang}, such as {surfaces[lang, concept, written]!r}"
        for word in places[concept, written][:1]:
            yield Finding("foreign", word, says, is_fault)


def in_foreign_words(terms: Iterable[RuleWord], lexicon: Lexicon, vocabulary: Iterable[RuleWord]) -> Iterator[Finding]:
    """Terms that open the gate inside words of another language that other tables list, and its own terms do not."""
    places: dict[tuple[str, str], RuleWord] = {}
    for term in terms:
        places.setdefault((term.meaning, spoken(term.written)), term)
    seen: set[tuple[str, str, str]] = set()
    for word in vocabulary:
        if word.lang in lexicon.languages:
            for hit in _strangers(lexicon, word.lang, word.text):
                key = (word.lang, hit.concept, hit.term)
                if key not in seen and (place := places.get((hit.concept, hit.term))) is not None:
                    seen.add(key)
                    yield Finding("foreign", place, f"fires in {word.text!r} of {word.lang} ({word.table})")


def _strangers(lexicon: Lexicon, lang: str, text: str) -> list[Term]:
    """What the terms of all languages find to open the gate with, where those of the text's own language do not."""
    own = lexicon.terms(text, "", lang)
    concepts = {term.concept for term in own}
    found: dict[tuple[str, str], Term] = {}
    for term in lexicon.terms(text, "", ""):
        group = lexicon.concepts[term.concept].group
        is_apart = all(term.end <= other.start or other.end <= term.start for other in own)
        if group in OPENING and group != "mask" and term.concept not in concepts and is_apart:
            found.setdefault((term.concept, term.term), term)
    return list(found.values())


def group_of(lexicon: Lexicon) -> dict[str, str]:
    """The group of each concept."""
    return {name: concept.group for name, concept in lexicon.concepts.items()}


def reports_of(rows: Iterable[Mapping[str, Any]]) -> list[Report]:
    """Title and summary of each row, with its language."""
    return [(str(row.get("lang") or ""), f"{row.get('title') or ''}\n{row.get('summary') or ''}") for row in rows]
