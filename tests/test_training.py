"""Training reads labels with or without their texts, keeps a month together, and repeats itself."""

import gzip
import json
from dataclasses import replace

import pytest

from demarche import training
from demarche.adapters.rulebook import SHIPPED, read_table
from demarche.core.closereading import CloseReading, reading_key
from demarche.core.lexicon import Lexicon
from demarche.core.relevance import SUREST
from demarche.core.rulings import RuleReader
from demarche.labelled import Labelled, read_labelled
from demarche.training import common_signals, fit, fold_of, measure_all, model_of, read_readings

TABLES = {
    "concepts": {"people": {"group": "object", "gate": 1}, "agree": {"group": "act", "gate": 0.4}},
    "en": {"terms": {"people": ["migrant"], "agree": ["deal"]}},
}


def fair_of(row):
    return replace(row, is_chosen=False)


def write_rows(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def labelled_rows():
    rows = []
    for n in range(60):
        deal = n % 3 == 0
        rows.append(
            {"id": str(n), "title": f"Migrants {'deal' if deal else 'camp'} {n}", "label": 2 if deal else 0,
             "date": f"2024-{n % 12 + 1:02d}-01", "lang": "en"}
        )  # fmt: skip
    return rows


def test_rows_without_a_title_take_it_from_the_texts(tmp_path):
    texts = tmp_path / "texts.jsonl.gz"
    texts.write_bytes(gzip.compress(b'{"id": "a", "title": "Migrants", "date": "2024-05-01"}\n'))
    labels = write_rows(tmp_path / "labels.jsonl", [{"key": "a", "label": 1}, {"key": "absent", "label": 2}])
    (row,) = read_labelled([labels], [texts])
    assert isinstance(row, Labelled)
    assert (row.candidate.title, row.label, row.month) == ("Migrants", 1, "2024-05")


def test_reports_chosen_as_hard_are_marked_and_count_less(tmp_path):
    fair = write_rows(tmp_path / "fair.jsonl", labelled_rows())
    hard = write_rows(tmp_path / "hard.jsonl", [{"id": "h", "title": "Talks on migrants", "label": 0}])
    rows = read_labelled([fair], chosen=[hard])
    assert [row.candidate.id for row in rows if row.is_chosen] == ["h"]
    signals = [{"talk": 1.0} for _ in rows]
    lower, higher = (fit(several, signals, ["talk"]).bias for several in ([*rows[:-1], fair_of(rows[-1])], rows))
    assert lower < higher  # the same report pulls less towards "no" where it was chosen


def test_a_month_lies_in_one_fold():
    assert fold_of("2024-05") == fold_of("2024-05") and {fold_of(f"2024-{m:02d}") for m in range(1, 13)} <= set(
        range(5)
    )


def test_the_same_labels_make_the_same_model(tmp_path):
    lexicon = Lexicon.from_tables(TABLES)
    rows = read_labelled([write_rows(tmp_path / "rows.jsonl", labelled_rows())])
    signals = measure_all(rows, lexicon, None, RuleReader(read_table(SHIPPED / "instruments.toml")))
    names = common_signals(signals)
    models = [model_of(rows, fit(rows, signals, names), "command") for _ in range(2)]
    assert models[0] == models[1]
    assert models[0]["weights"]["title:agree"] > 0 and models[0]["held_back"]["f1"] == 1.0
    assert 0 < models[0]["bands"]["review"] <= models[0]["bands"]["accepted"] < 1


def test_reports_that_taught_the_reader_keep_their_held_back_reading_and_others_are_read(tmp_path):
    lexicon = Lexicon.from_tables(TABLES)
    rows = read_labelled([write_rows(tmp_path / "rows.jsonl", labelled_rows()[:3])])
    signals = [*measure_all(rows[:2], lexicon, None, RuleReader(read_table(SHIPPED / "instruments.toml"))), None]
    taught = {"key": reading_key(rows[0].candidate.title, ""), "relevant": 1.5, "borderline": 2.5}
    path = write_rows(tmp_path / "readings.jsonl", [taught])
    asked = []

    def read(candidate):
        asked.append(candidate.title)
        return CloseReading(-40.0, -1.0, {}, {})

    found = read_readings(path, rows, signals, read)
    assert found.tolist() == [[1.5, 2.5], [-SUREST, -1.0], [0.0, 0.0]]
    assert asked == [rows[1].candidate.title]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "a", "title": "x", "label": "two"}', "line 2: key 'label' is 'two'"),
        ('{"id": "a", "title": "x"}', "line 2: key 'label' is None"),
        ('{"title": "x", "label": 2}', "line 2: neither 'id' nor 'key'"),
        ('{"id": "a", ', "line 2: not JSON"),
        ("[1]", "line 2: not a JSON object"),
    ],
)
def test_a_line_that_is_no_label_stops_training_and_is_named(tmp_path, capsys, line, message):
    path = tmp_path / "labels.jsonl"
    path.write_text(f'{{"id": "b", "title": "x", "label": 0}}\n{line}\n', encoding="utf-8")
    assert training.main([str(path), "--out", str(tmp_path / "model.json")]) == 2
    assert f"{path}, {message}" in capsys.readouterr().err
    assert not (tmp_path / "model.json").exists()


def test_labels_without_texts_are_counted_and_too_few_are_refused(tmp_path, capsys, caplog):
    path = tmp_path / "keys.jsonl"
    path.write_text("".join(f'{{"key": "k{n}", "label": {2 * (n % 2)}}}\n' for n in range(60)), encoding="utf-8")
    assert training.main([str(path), "--out", str(tmp_path / "model.json")]) == 2
    assert "60 of 60 labels have no title" in caplog.text
    assert "0 relevant and 0 other reports" in capsys.readouterr().err
