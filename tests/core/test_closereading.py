"""The close reader answers about a report as a whole and about each actor where it is named."""

from functools import cache

from demarche.adapters.rulebook import SHIPPED, read_arrays, read_table
from demarche.adapters.territories import territory_names
from demarche.core.actors import Gazetteer
from demarche.core.closereading import READ_CHARACTERS, CloseReader, reading_key
from demarche.model import FRAMES, INSTRUMENTS, SIGNS, STAGES, Candidate


@cache
def reader():
    return CloseReader(read_arrays(SHIPPED / "model" / "reader.npz"))


@cache
def gazetteer():
    return Gazetteer.from_tables(read_table(SHIPPED / "actors.toml"), territory_names())


def read(title, summary="", lang="en"):
    mentions = [gazetteer().mentions(text, lang, None) for text in (title, summary)]
    return reader().read(Candidate("x", title, summary, lang=lang), *mentions)


def test_who_acts_is_told_from_whom_it_is_done_to():
    pairs = (
        ("Poland accuses Belarus of sending migrants to its border", "PL", "BY"),
        ("Belarus accuses Poland of beating migrants at its border", "BY", "PL"),
        ("Morocco summons Spanish ambassador over treatment of its migrants", "MA", "ES"),
    )
    for title, acting, addressed in pairs:
        parts = read(title).parts
        assert parts[acting][0] > parts[addressed][0] and parts[addressed][1] > parts[acting][1], title


def test_every_code_of_the_codebook_has_its_odds():
    said = read("Germany and Ghana agree on return of rejected asylum seekers").codes
    assert {kind: set(odds) for kind, odds in said.items()} == {
        "instruments": set(INSTRUMENTS), "stage": set(STAGES), "sign": set(SIGNS), "frames": set(FRAMES),
    }  # fmt: skip
    assert max(said["instruments"], key=lambda code: said["instruments"][code]) == "readmission"


def test_an_interstate_act_reads_as_more_relevant_than_a_domestic_one():
    pairs = (
        (
            "Poland suspends visas for Belarusian officials over migrants at the frontier",
            "Poland's rail strike ends",
            "en",
        ),
        ("Italien und Libyen vereinbaren Rückführung von Migranten", "Italien streitet über Renten", "de"),
    )
    for diplomatic, domestic, lang in pairs:
        assert read(diplomatic, lang=lang).relevant > read(domestic, lang=lang).relevant + 2


def test_the_same_report_reads_the_same_after_others():
    alone = CloseReader(read_arrays(SHIPPED / "model" / "reader.npz")).read(
        Candidate("x", "Visa talks with Kosovo", "")
    )
    read("Something else entirely")
    again = read("Visa talks with Kosovo")
    assert (alone.relevant, alone.codes) == (again.relevant, again.codes)


def test_a_long_or_empty_report_is_read_without_fault():
    assert read("", "").parts == {}
    long = read("France", "Tunisia and France talk of migrants. " * 200)
    assert set(long.parts) == {"FR", "TN"}


def test_the_key_of_a_report_is_of_what_is_read():
    body = "a" * READ_CHARACTERS
    assert reading_key("t", body) == reading_key("t", body + "b") != reading_key("u", body)
