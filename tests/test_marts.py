"""The marts: what an analyst's question gives, and that the tables behind them follow each load."""

import random
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from demarche.adapters.warehouse import GroupedTables, Recall, Warehouse
from demarche.adapters.warehouse.checking import choose_checked
from demarche.adapters.warehouse.derived import make_derived
from demarche.adapters.warehouse.schema import SQL, migrate
from demarche.model import Fetch, Outcome
from demarche.steps.staging import fetch_row, write_rows

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
STORED = (
    "articles",
    "stories",
    "story_days",
    "story_origins",
    "events",
    "article_versions",
    "verdict_audit",
    "labelled",
    "country_pairs",
    "codes_daily",
    "pressure",
    "entries_daily",
    "fetches_daily",
    "polls_daily",
    "feed_polls",
)
MADE = (
    "doubts",
    "validators",
    "pauses",
    "polled_minutes",
    "coverage_spans",
    "coverage",
    "coverage_daily",
    "volume_days",
    "volumes_daily",
    "alerts",
    "lying_validators",
)


class Desk:
    """A warehouse in memory to which a test adds reports, one line each."""

    def __init__(self, connection):
        self.connection = connection
        self.number = 0

    def report(self, title="A report", *, story="s1", article="", at=NOON, outlet="Example", lang="en", band="accepted",
               summary="", wire="", **codes):  # fmt: skip
        """One sighting, coded as it says; a copy where it names an article that is there."""
        self.number += 1
        entry = f"e{self.number}"
        self.add("raw.entries", entry_id=entry, window_at=at, feed_id=outlet, fetch_id="f", seen_at=at, title=title,
                 summary=summary, url=f"https://news.example/{entry}")  # fmt: skip
        self.add("core.verdicts", entry_id=entry, window_at=at, band=band, score=0.9, lang=lang, has_page=False,
                 rules_version="r")  # fmt: skip
        self.add("core.groupings", entry_id=entry, window_at=at, article_id=article or f"a{self.number}",
                 story_id=story if band == "accepted" else "", reason="first", wire=wire)  # fmt: skip
        defaults = {"initiators": ["DE"], "targets": ["TR"], "instruments": ["demarche"], "stage": "stated",
                    "sign": "coercive", "frames": ["security"], "rules_version": "r"}  # fmt: skip
        self.add("core.codings", entry_id=entry, window_at=at, **{**defaults, **codes})
        return article or f"a{self.number}"

    def add(self, table, **row):
        names = ", ".join(f'"{name}"' for name in row)
        self.connection.execute(
            f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values())
        )

    def ask(self, query, *values, is_fresh=True):
        if is_fresh:
            make_derived(self.connection)
        return self.connection.execute(query, list(values)).fetchall()

    def broken(self, check):
        choose_checked(self.connection, is_whole=True)
        return self.ask((SQL / "checks" / f"{check}.sql").read_text(encoding="utf-8"))


@pytest.fixture
def desk():
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        migrate(connection)
        yield Desk(connection)


# --- search --------------------------------------------------------------------------------------------------------

HEADLINES = {
    "de": "Zürich warnt: Straße der Flüchtlinge gesperrt",
    "ja": "移民外交をめぐるビザ協議が始まる",
    "ar": "بحث اتفاق المُهاجرين مع أوروبا",
    "el": "Μετανάστες: νέα συμφωνία με τον Νότο",
    "th": "ผู้ลี้ภัยข้ามพรมแดน",
    "ru": "Мигрантов вернут: ещё одно соглашение",
    "hi": "प्रवासी मित्र देशों के बीच वार्ता",
    "pl": "Łódź przyjmie uchodźców po umowie",
    "tr": "SIĞINMACILAR İÇİN YENİ ANLAŞMA",
    "ko": "정부의 난민협정 논의",
    "he": "שָׁלוֹם ופליטים",
    "en": "Improvisation about a visa ban for some of them",
}


@pytest.fixture(scope="module")
def headlines():
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        migrate(connection)
        desk = Desk(connection)
        for number, (lang, title) in enumerate(HEADLINES.items()):
            desk.report(title, lang=lang, at=NOON - number * DAY, story=lang)
        make_derived(connection)
        yield desk


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("zurich strasse", ["de"]),
        ("FLÜCHT", ["de"]),
        ("移民", ["ja"]),
        ("ビザ", ["ja"]),
        ("مهاجرين", ["ar"]),
        ("أوروبا اتفاق", ["ar"]),
        ("μεταναστεσ νεα", ["el"]),
        ("ลี้ภัย", ["th"]),
        ("мигрант еще", ["ru"]),
        ("मित्र", ["hi"]),
        ("मात्र", []),
        ("lodz uchodzcow", ["pl"]),
        ("sığınmacı", ["tr"]),
        ("siginmaci", ["tr"]),
        ("난민", ["ko"]),
        ("שלום", ["he"]),
        ("visa", ["en"]),
        ('"visa ban"', ["en"]),
        ('"ban visa"', []),
        ("ban visa some them for", ["en"]),
        ("ban visa some them nobody", []),
        ("", []),
        ('"', []),
    ],
)
def test_search_finds_words_in_every_script(headlines, words, found):
    assert headlines.ask('SELECT "language" FROM mart.search(?)', words, is_fresh=False) == [(each,) for each in found]


def test_search_can_be_limited_to_a_language_and_to_the_newest_days(headlines):
    def languages(arguments):
        return [row[0] for row in headlines.ask(f'SELECT "language" FROM mart.search({arguments})', is_fresh=False)]

    assert languages("'visa', lang := 'en'") == ["en"]
    assert languages("'visa', lang := 'de'") == []
    assert languages("'zurich', days := 1") == ["de"]
    assert languages("'visa', days := 11") == []
    assert languages("'visa', days := 12") == ["en"]


# --- stories -------------------------------------------------------------------------------------------------------


def test_the_support_of_a_story_shows_who_acts_on_whom_and_the_votes_on_stage_and_sign(desk):
    desk.report(initiators=["GR", "IT"], targets=["HU"], stage="demanded", sign="neutral")
    desk.report(initiators=["HU", "IT"], targets=["HU", "IT"], stage="talks", sign="cooperative")
    desk.report(initiators=["GR"], targets=[], stage="demanded", sign="cooperative")
    (support,) = desk.ask("SELECT support FROM mart.stories")[0]
    voted = {(s["field"], s["code"]): (s["articles"], s["voters"]) for s in support}
    assert {code: counts for (field, code), counts in voted.items() if field == "dyads"} == {
        "IT>HU": (2, 2), "GR>HU": (1, 2), "HU>IT": (1, 2)
    }  # fmt: skip
    assert (voted["stage", "demanded"], voted["sign", "cooperative"]) == ((2, 3), (2, 3))


def test_a_story_says_who_acts_on_whom_where_a_third_of_its_articles_agree_and_how_sure_they_are(desk):
    desk.report(initiators=["US"], targets=["DE"], direction_confidence=0.9)
    desk.report(initiators=["US"], targets=["DE"], direction_confidence=0.8)
    desk.report(initiators=["US"], targets=["DE", "FR"], direction_confidence=0.7)
    desk.report(initiators=["RU"], targets=["US"], direction_confidence=0.4)
    desk.report(initiators=["US"], targets=[], direction_confidence=0.0)
    desk.report(initiators=["US"], targets=[], direction_confidence=0.0, story="s2")
    query = "SELECT dyads, direction_confidence FROM mart.stories ORDER BY story_id"
    assert desk.ask(query) == [(["US>DE"], 0.7), ([], None)]


@pytest.mark.parametrize(
    ("sides", "who"),
    [
        ([(["US"], ["DE", "FR"])], "US → DE FR"),
        ([(["CO", "ES"], ["CO", "ES"])], "CO ↔ ES"),
        ([(["DK", "FI", "SE"], ["DK", "FI", "SE"])], "DK ↔ FI ↔ SE"),
        ([(["GR", "IT"], ["HU"]), (["HU"], ["EU", "IT"])], "GR IT → HU; HU → EU IT"),
        ([(["IT", "TN"], ["IT", "TN", "LY"])], "IT → LY TN; TN → IT LY"),
        ([(["UNHCR"], [])], "UNHCR → ?"),
        ([([], ["RS"])], "? → RS"),
        ([([], [])], "? → ?"),
    ],
)
def test_a_story_tells_a_reader_who_acts_on_whom(desk, sides, who):
    for initiators, targets in sides:
        desk.report(initiators=initiators, targets=targets)
    assert desk.ask("SELECT who FROM mart.stories") == [(who,)]


def test_an_event_has_the_roles_of_its_own_two_actors(desk):
    roles = [{"code": code, "role": role} for code, role in
             [("EU", "destination"), ("RS", "transit"), ("RU", "sending")]]  # fmt: skip
    desk.report(initiators=["RS"], targets=["EU", "RU"], roles=roles)
    found = dict(desk.ask("SELECT target, [r.code || ' ' || r.role FOR r IN roles] FROM mart.events"))
    assert found == {"EU": ["EU destination", "RS transit"], "RU": ["RS transit", "RU sending"]}


def test_the_event_mode_and_cameo_code_of_a_story_stand_together_in_an_article(desk):
    for event, mode, cameo in [
        ("COERCE", "restrict", "172"), ("COERCE", "restrict", "172"), ("ACCUSE", "disapprove", "111"),
        ("ACCUSE", "disapprove", "110"), ("ACCUSE", "disapprove", "112"),
    ]:  # fmt: skip
        desk.report(plover_event=event, plover_mode=mode, cameo=cameo)
    desk.report("An article of an older release")
    assert desk.ask("SELECT plover_event, plover_mode, cameo FROM mart.stories") == [("COERCE", "restrict", "172")]


def test_a_story_says_what_a_third_of_its_articles_agree_on_and_shows_the_support_of_all(desk):
    for targets in (["TR"], ["TR"], ["TR", "GR"], ["GR"], ["US"], []):
        desk.report(targets=targets)
    targets, support = desk.ask("SELECT targets, support FROM mart.stories")[0]
    assert targets == ["GR", "TR"]
    voted = {s["code"]: (s["articles"], s["voters"]) for s in support if s["field"] == "targets"}
    assert voted == {"TR": (3, 5), "GR": (2, 5), "US": (1, 5)}


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ([["stated"]], [("stated", None, False)]),
        ([["threatened"], ["agreed"]], [("threatened", None, True), ("agreed", "threatened", True)]),
        ([["agreed"], ["stated"]], [("agreed", None, True), ("stated", "agreed", False)]),
        ([["talks"], ["stated"], ["talks"]],
         [("talks", None, True), ("stated", "talks", False), ("talks", "talks", False)]),
        ([["stated", "stated", "demanded"]], [("demanded", None, True)]),
        ([["demanded", "agreed"]], [("agreed", None, True)]),
        ([["demanded", "demanded", "agreed"]], [("demanded", None, True)]),
    ],
)  # fmt: skip
def test_a_timeline_tells_when_an_act_came_to_another_stage(desk, stages, expected):
    for number, day in enumerate(stages):
        for stage in day:
            desk.report(stage=stage, at=NOON + number * DAY)
    assert desk.ask("SELECT stage, stage_before, is_stage_change FROM mart.timeline('s1')") == expected


def test_the_stage_of_a_story_is_the_last_that_tells_more_than_words(desk):
    for number, stage in enumerate(("demanded", "agreed", "stated")):
        desk.report(stage=stage, at=NOON + number * DAY)
    assert desk.ask("SELECT stage FROM mart.stories") == [("agreed",)]


def test_a_timeline_is_found_by_an_id_that_is_no_longer_in_use(desk):
    desk.report(story="new")
    desk.add("core.story_redirects", story_id="old", successor_story_id="middle", reason="merged", since_at=NOON)
    desk.add("core.story_redirects", story_id="middle", successor_story_id="new", reason="merged", since_at=NOON)
    assert desk.ask("SELECT story_id FROM mart.timeline('old')") == [("new",)]


def test_about_and_between_say_who_stands_where(desk):
    desk.report(story="s1", initiators=["US"], targets=["EU"], about=["SY"])
    desk.report(story="s2", initiators=["EU"], targets=["US"])
    desk.report(story="s3", initiators=["EU", "US"], targets=["EU", "US"])
    desk.report(story="s4", initiators=["US"], targets=["MX"])
    assert desk.ask("SELECT story_id, direction FROM mart.between('US', 'EU') ORDER BY 1") == [
        ("s1", "US → EU"), ("s2", "EU → US"), ("s3", "US ↔ EU")]  # fmt: skip
    assert desk.ask("SELECT part FROM mart.about('SY')") == [("nationality",)]
    assert desk.ask("SELECT story_id, part FROM mart.about('EU') ORDER BY 1") == [
        ("s1", "target"), ("s2", "initiator"), ("s3", "both")]  # fmt: skip


def test_the_pressure_index_follows_its_formula(desk):
    desk.report(story="s1", sign="coercive", stage="carried_out")
    desk.report(story="s1", sign="coercive", stage="carried_out")
    desk.report(story="s2", sign="mixed", stage="threatened")
    desk.report(story="s3", sign="cooperative", stage="agreed", initiators=["TR"], targets=["DE"])
    desk.report(story="s4", targets=[])
    (row,) = desk.ask("FROM mart.pressure_index('TR')")
    assert row[1] == pytest.approx(100 * (1 + 0.5 * 0.5) / 3)
    assert row[2] == pytest.approx(100 * (-0.5 * 0.5) / 3)
    assert row[3:] == (2, 1, 1, 0, 3)


def test_independent_reports_counts_a_wire_report_once_for_its_agency(desk):
    article = desk.report(outlet="First", wire="Agency")
    desk.report(outlet="Second", article=article, wire="Agency")
    desk.report(outlet="Third", article=article)
    desk.report(outlet="Second", story="s2")
    rows = desk.ask(
        "SELECT origin, report_count, sighting_count, carried_by FROM mart.independent_reports('2026-03-10')"
    )
    assert rows == [("Agency", 1, 3, ["First", "Second", "Third"]), ("Second", 1, 1, ["Second"])]


def test_country_pairs_count_stories_by_month_instrument_and_sign(desk):
    desk.report(story="s1")
    desk.report(story="s1", instruments=["demarche", "readmission"])
    desk.report(story="s2", at=NOON + 30 * DAY)
    desk.report(story="s3", band="review")
    rows = desk.ask(
        "SELECT month::VARCHAR, instrument, sign, story_count, article_count FROM mart.country_pairs ORDER BY ALL"
    )
    assert rows == [("2026-03-01", "demarche", "coercive", 1, 2), ("2026-03-01", "readmission", "coercive", 1, 1),
                    ("2026-04-01", "demarche", "coercive", 1, 1)]  # fmt: skip
    assert desk.ask("SELECT article_count, story_count FROM mart.frames_daily WHERE day = '2026-03-10'") == [(2, 1)]


# --- checks --------------------------------------------------------------------------------------------------------


def test_a_label_outside_the_codebook_or_given_twice_is_found(desk):
    for label_id, label in (("l1", 2), ("l2", 0), ("l2", 1), ("l3", 7)):
        desk.add("core.labels", label_id=label_id, url="u", label=label, labelled_by="ada", labelled_at=NOON)
    assert sorted(row[:2] for row in desk.broken("labels_refer_to_what_is_there")) == [("l2", "id"), ("l3", "value")]


def test_links_and_redirects_of_stories_must_lead_somewhere(desk):
    desk.report(story="s1")
    desk.report(story="s2")
    desk.add("core.story_links", story_id="s2", follows_story_id="s1", reason="same pair")
    desk.add("core.story_redirects", story_id="old", successor_story_id="s1", reason="merged", since_at=NOON)
    assert desk.broken("story_links_lead_to_stories") == []
    desk.add("core.story_links", story_id="s1", follows_story_id="s9", reason="same pair")
    desk.add("core.story_redirects", story_id="s1", successor_story_id="s2", reason="merged", since_at=NOON)
    desk.add("core.story_redirects", story_id="x", successor_story_id="y", reason="merged", since_at=NOON)
    desk.add("core.story_redirects", story_id="y", successor_story_id="x", reason="merged", since_at=NOON)
    assert sorted(desk.broken("story_links_lead_to_stories")) == [
        ("link to nowhere", "s9"), ("redirect from a story in use", "s1"),
        ("redirect in a circle", "x"), ("redirect in a circle", "y")]  # fmt: skip


def test_an_article_in_two_stories_is_found(desk):
    desk.report(story="s1", article="a")
    desk.report(story="s2", article="a")
    assert desk.broken("ids_of_articles_and_stories_agree") == [("a", ["s1", "s2"])]


def test_a_table_behind_the_marts_that_was_left_behind_is_found(desk):
    check = (SQL / "checks" / "stored_marts_are_current.sql").read_text(encoding="utf-8")
    choose_checked(desk.connection, is_whole=True)
    desk.report()
    assert [row[0] for row in desk.ask(check, is_fresh=False)] == [
        "articles", "groups and verdicts of articles", "sightings of articles", "entries"]  # fmt: skip
    assert desk.ask(check) == []
    desk.connection.execute("UPDATE core.verdicts SET band = 'review', decided_by = 'ada'")
    assert [row[0] for row in desk.ask(check, is_fresh=False)] == ["groups and verdicts of articles"]


# --- loads ---------------------------------------------------------------------------------------------------------


def load_window(settings, chance, number, *, entries=6, outlets=("A", "B", "C")):
    """Load one quarter hour with entries that chance chose, some of which other windows show too."""
    at = NOON + number * timedelta(hours=5)
    folder = settings.staging / "window"
    folder.mkdir(parents=True, exist_ok=True)
    ids = sorted(chance.sample([f"e{n}" for n in range(number * 3, number * 3 + 12)], entries))
    fetches = [Fetch(f"f{number}-{o}", at, "feed", o, "u", "u", at + timedelta(minutes=16), 20,
                     chance.choice((Outcome.NEW, Outcome.TIMEOUT)), entries=9, new_entries=3,
                     overlap=chance.choice((0.0, 0.5))) for o in outlets]  # fmt: skip
    bands = {each: chance.choice(("accepted", "accepted", "review", "rejected")) for each in ids}
    kept = [each for each in ids if bands[each] != "rejected"]
    window = {"window_at": at.isoformat()}
    write_rows(folder / "fetches.jsonl", map(fetch_row, fetches))
    write_rows(folder / "entries.jsonl", [
        {**window, "entry_id": e, "feed_id": chance.choice(outlets), "fetch_id": f"f{number}-A",
         "seen_at": at.isoformat(), "title": f"Title of {e}", "url": e} for e in ids])  # fmt: skip
    write_rows(folder / "verdicts.jsonl", [
        {**window, "entry_id": e, "band": bands[e], "score": 0.5, "lang": "en", "has_page": False, "rules_version": "r"}
        for e in ids])  # fmt: skip
    write_rows(folder / "codings.jsonl", [
        {**window, "entry_id": e, "initiators": [chance.choice(("US", "DE"))], "targets": ["TR"], "sign": "coercive",
         "instruments": [chance.choice(("demarche", "readmission"))], "frames": [], "rules_version": "r",
         "stage": chance.choice(("talks", "agreed", "stated"))} for e in kept])  # fmt: skip
    feeds = [{"feed_id": o, "url": o, "outlet": f"Outlet {o}{chance.choice(('', '', '', ' Daily'))}", "country": "DE",
              "language": "de", "kind": "press"} for o in outlets]  # fmt: skip
    with Warehouse(settings).replacing([at], at, staged=folder) as load:
        load.replace_feeds(feeds)
        groups = [(row, f"a{chance.randrange(number + 2)}") for row in Recall(load.connection, at).kept_entries()]
        stories = {article: f"s{article[1:]}" if chance.random() < 0.8 else "s0" for _, article in groups}
        group(load, at, groups, stories)
        tables = GroupedTables(load.connection, at)
        known = [r["entry_id"] for r in Recall(load.connection, NOON - 9 * DAY).kept_entries()]
        moved = [each for each in known if chance.random() < 0.1]
        regrouped = tables.decided.place_entries(placing(each, f"a{chance.randrange(5)}") for each in moved)
        tables.decided.place_articles(
            placing(f"a{n}", f"s{chance.randrange(5)}") for n in range(5) if chance.random() < 0.2
        )
        tables.fill_wires()
        tables.replace_versions([
            {"entry_id": r["entry_id"], "window_at": r["window_at"], "article_id": r["article_id"],
             "thread": r["outlet"], "version": n}
            for n, r in enumerate(tables.wordings(regrouped)) if r["is_renewed"] and chance.random() < 0.5
        ])  # fmt: skip
        tables.replace_links(
            {f"s{chance.randrange(5)}"},
            [{"story_id": f"s{chance.randrange(5)}", "follows_story_id": "s0", "reason": "same pair"}],
        )
        load.replace_labels([
            {"label_id": f"l{number}", "url": e, "entry_id": e, "label": 2, "labelled_by": "ada", "labelled_at": at}
            for e in chance.sample(ids, 1)])  # fmt: skip
        load.note(now=at, span=(at, at), windows=1, rules_version="r", code_version="1")


def placing(part, whole):
    """Where people put an entry or article."""
    return {"part_id": part, "whole_id": whole, "decision_id": "d"}


def group(load, at, groups, stories):
    """Give the kept entries these articles and stories, and some of them an origin that they name."""
    load.replace_groupings([
        {"entry_id": r["entry_id"], "window_at": r["window_at"], "article_id": article, "reason": "first",
         "byline": "Agency" if r["entry_id"] > "e2" else "", "automatic_story_id": story, "story_id": story,
         "automatic_article_id": article}
        for r, article in groups for story in [stories[article] if r["band"] == "accepted" else ""]])  # fmt: skip


def content(connection, names):
    """Rows of each table, sorted; the signature depends on nothing that others do not show."""
    return {name: connection.execute(f"FROM derived.{name} ORDER BY ALL").fetchall() for name in names}


@pytest.mark.parametrize("seed", range(4))
def test_after_loads_in_any_order_the_tables_are_what_a_fresh_making_gives(settings, seed):
    chance = random.Random(seed)
    numbers = [chance.randrange(5) for _ in range(7)]
    for number in numbers:
        load_window(settings, chance, number)
        with Warehouse(settings).transaction() as connection:
            followed = content(connection, STORED + MADE)
            make_derived(connection)
            assert content(connection, STORED + MADE) == followed, numbers
            for name in ("articles", "polls_daily", "verdict_audit", "story_origins", "feed_polls", "labelled"):
                assert followed[name], name
