"""What stories remember of a report says the same as what was read in it."""

from demarche.core.tellings import KeptWords, words_of

TITLE = "Tunis summons Rome's envoy over 120 returned migrants, Tunis says"
LEAD = "The envoy was told that Tunis will take back none of the 120 without papers, says the ministry in Tunis."


def test_kept_words_are_those_that_were_read() -> None:
    words = words_of(TITLE, LEAD)
    kept = KeptWords(
        title_stems=" ".join(sorted(words.title_stems)),
        lead_stems=" ".join(sorted(words.stems - words.title_stems)),
        sounds=" ".join(sorted(words.sounds)),
        numbers=" ".join(sorted(words.numbers)),
    )
    assert words.title_stems and words.sounds and words.numbers
    assert (kept.title_stems, kept.stems) == (words.title_stems, words.stems)
    assert (kept.sounds, kept.numbers) == (words.sounds, words.numbers)
    assert sorted(kept.keys()) == sorted(words.keys())
