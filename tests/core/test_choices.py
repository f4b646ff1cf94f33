"""Tests for the learned choices of instruments, stage, sign and frames, and for the words that they rest on."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from demarche.adapters.rulebook import SHIPPED, read_arrays, read_table, read_weights
from demarche.adapters.territories import territory_names
from demarche.core.actors import Gazetteer
from demarche.core.choices import Choices, describe_meaning, pick_frames, pick_instruments, pick_one
from demarche.core.coding import Coder
from demarche.core.instruments import CueFinder
from demarche.core.meaning import MeaningTable
from demarche.model import FRAMES, INSTRUMENTS, SIGNS, STAGES, Candidate

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
WEIGHTS = {
    "instruments": {"readmission": {"bias": -2.0, "title:readmit": 3.0}, "demarche": {"bias": -1.0}},
    "frames": {"security": {"bias": -3.0, "points frame:security": 2.0}},
}
# Headlines of our own: language, title, an instrument that it must get.
HEADLINES = (
    ("ko", "독일, 모로코와 자국민 송환 합의", "readmission"),
    ("ko", "외교부, 비자 발급 중단에 항의…대사 초치", "demarche"),
    ("ur", "جرمنی اور مراکش کا شہری واپس لینے پر معاہدہ", "readmission"),
    ("hi", "भारत ने तुर्की के नागरिकों के वीजा रद्द किए", "visa_restriction"),
    ("he", "גאורגיה תקבל פטור מוויזה לאיחוד", "visa_facilitation"),
    ("da", "Danmark og Georgien enige om aftale om sæsonarbejdere", "labour_mobility"),
    ("no", "Norge innfører innreiseforbud for borgere fra Belarus", "visa_restriction"),
    ("sk", "Slovensko obnovuje kontroly na hraniciach s Maďarskom", "border_measure"),
    ("ms", "Malaysia dan Nepal meterai perjanjian pekerja", "labour_mobility"),
    ("vi", "Việt Nam và Hàn Quốc ký thỏa thuận lao động", "labour_mobility"),
    ("fr", "Le Tchad suspend la délivrance de visas aux Belges", "visa_restriction"),
    ("ar", "النيجر وإيطاليا توقعان مذكرة لاستقدام عمال موسميين", "labour_mobility"),
    ("pl", "Gruzja przyjmie z powrotem swoich obywateli z Czech", "readmission"),
    ("de", "Georgien und Österreich: Visapflicht fällt weg", "visa_facilitation"),
    ("es", "Uruguay llama a consultas a su embajador en Argelia por los deportados", "rupture"),
    ("it", "Malta e Tunisia, accordo sui lavoratori stagionali", "labour_mobility"),
    ("ru", "Армения и Грузия отменили визы для граждан", "visa_facilitation"),
    ("tr", "Gürcistan, Nijer vatandaşlarına giriş yasağı koydu", "visa_restriction"),
)


@cache
def gazetteer() -> Gazetteer:
    return Gazetteer.from_tables(read_table(SHIPPED / "actors.toml"), territory_names())


@cache
def coder(is_learned: bool = True) -> Coder:
    weights = dict(read_weights(SHIPPED / "model" / "coding.json"))
    if not is_learned:
        del weights["choices"]
    return Coder(gazetteer(), read_table(SHIPPED / "instruments.toml"), "test", weights, meaning=meaning().vector)


@cache
def meaning() -> MeaningTable:
    return MeaningTable(**read_arrays(SHIPPED / "model" / "meaning.npz"))


def report(title: str, lang: str = "en", summary: str = "") -> Candidate:
    return Candidate("r", title, summary, lang=lang, date=datetime(2024, 3, 5, tzinfo=UTC))


@pytest.mark.parametrize(("lang", "title", "instrument"), HEADLINES, ids=[f"{h[0]} {h[2]}" for h in HEADLINES])
def test_an_act_is_found_in_the_idiom_of_the_language(lang: str, title: str, instrument: str) -> None:
    assert instrument in coder().code(report(title, lang)).instruments


@pytest.mark.parametrize(("lang", "near"), [("no", "da"), ("sk", "cs"), ("ms", "id"), ("hr", "sr"), ("mk", "bg")])
def test_a_language_without_words_reads_those_of_a_near_relative(lang: str, near: str) -> None:
    finder = CueFinder(read_table(SHIPPED / "instruments.toml"))
    text = "visum vízum visa viza виза grænse hranice sempadan granica граница"
    assert finder.find(text, lang) == finder.find(text, near) != []


def test_weights_that_weigh_meanings_need_a_table_of_them() -> None:
    weights = read_weights(SHIPPED / "model" / "coding.json")
    with pytest.raises(ValueError, match="no table of meanings"):
        Coder(gazetteer(), read_table(SHIPPED / "instruments.toml"), "test", weights)


def test_dublin_the_city_is_no_return_of_asylum_seekers() -> None:
    coding = coder().code(report("Dublin protests to London over checks on the bus from Belfast"))
    assert "readmission" not in coding.instruments
    coding = coder().code(report("Italy refuses to accept Dublin returns from Germany"))
    assert "readmission" in coding.instruments


def test_without_learned_weights_the_rules_decide() -> None:
    coding = coder(is_learned=False).code(report("Georgia and Niger sign readmission agreement"))
    assert (coding.instruments, coding.stage, coding.sign) == (("readmission",), "agreed", "cooperative")


def test_the_learned_weights_know_every_code_and_no_other() -> None:
    learned = read_weights(SHIPPED / "model" / "coding.json")["choices"]
    lists = {"instruments": INSTRUMENTS, "stage": STAGES, "sign": SIGNS, "frames": FRAMES}
    assert {name: set(codes) for name, codes in learned.items()} == {name: set(codes) for name, codes in lists.items()}


def test_chances_follow_the_features_that_are_there() -> None:
    choices = Choices(WEIGHTS)
    bare, told = choices.weigh({"title:nobody knows": 1.0}), choices.weigh({"title:readmit": 1.0})
    assert bare["instruments"]["readmission"] == pytest.approx(0.119, abs=0.001)
    assert told["instruments"]["readmission"] == pytest.approx(0.731, abs=0.001)
    assert told["instruments"]["demarche"] == bare["instruments"]["demarche"]
    assert list(told) == ["instruments", "frames"]


def test_the_likeliest_two_instruments_are_chosen_and_one_always() -> None:
    assert pick_instruments({"demarche": 0.5, "readmission": 0.9, "deportation": 0.4}, ()) == (
        "readmission",
        "demarche",
    )
    assert pick_instruments({"demarche": 0.05, "readmission": 0.1}, ()) == ("readmission",)
    assert pick_frames({"security": 0.05}) == ()


def test_a_seldom_instrument_stands_where_the_rules_choose_it() -> None:
    chances = {"demarche": 0.3, "rupture": 0.05}
    assert pick_instruments(chances, ("rupture",)) == ("rupture", "demarche")
    assert pick_instruments(chances, ("demarche",)) == ("demarche",)


def test_what_was_learned_decides_between_stages_that_the_rules_find_equal_and_overrules_no_clear_one() -> None:
    chances = {"talks": 0.8, "agreed": 0.2}
    assert pick_one("stage", {"talks": 1.0, "agreed": 1.0}, chances) == "talks"
    assert pick_one("stage", {"talks": 0.0, "agreed": 1.5}, chances) == "agreed"


def test_a_label_by_the_digest_of_a_title_finds_its_text(tmp_path: Path) -> None:
    title = "Georgia and Niger agree on visas"
    label = {"key": f"set:{sha256(title.encode()).hexdigest()[:12]}", "lang": "en", "label": 2}
    label |= {"initiators": ["GE", "NE"], "targets": ["GE", "NE"], "stage": ["agreed"], "sign": "cooperative"}
    lost = {**label, "key": "set:000000000000"}
    (tmp_path / "labels.jsonl").write_text(f"{json.dumps(label)}\n{json.dumps(lost)}\n", encoding="utf-8")
    text = {"id": "1", "title": title, "summary": "", "date": "2024-03-05", "lang": "en"}
    (tmp_path / "texts.jsonl").write_text(json.dumps(text) + "\n", encoding="utf-8")
    command = [sys.executable, "join_labels.py", tmp_path / "labels.jsonl", "--texts", tmp_path / "texts.jsonl"]
    done = subprocess.run(
        [*command, "--out", tmp_path / "out.jsonl"], cwd=BENCHMARKS, check=True, capture_output=True, text=True
    )
    (row,) = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert (row["title"], row["stage"], row["sign"]) == (title, ["agreed"], ["cooperative"])
    assert "1 of 2" in done.stdout


@pytest.mark.parametrize("size", [1, 3, 5])
def test_a_vector_counts_what_its_numbers_count_as_features(size: int) -> None:
    weights = {"sign": {"coercive": {"bias": 0.5, "meaning 0": 1.0, "meaning 2": -2.0, "people": 0.25}}}
    choices, features = Choices(weights), {"people": 1.0}
    vector = np.linspace(0.1, 0.5, size)
    by_name = choices.weigh(features | describe_meaning(vector))["sign"]["coercive"]
    assert choices.weigh(features, vector)["sign"]["coercive"] == pytest.approx(by_name)
