-- Which reports hold these words?
-- All words must occur, in any order; "words in quotes" must stand together. Case, accents and vowel points do not
-- matter. A word of an alphabet with spaces and endings (Latin, Greek, Cyrillic, Armenian, Georgian, Devanagari and its
-- kin) finds the words that begin with it; one of another script (Chinese, Japanese, Korean, Thai, Arabic, Hebrew …) is
-- found anywhere, since there are no spaces or articles and prepositions are written to the word.
CREATE OR REPLACE MACRO mart.search(words, lang := NULL, days := NULL) AS TABLE
SELECT article_id, story_id, first_seen_at, seen_on, "language", outlet, country, title, summary, url, band, initiators,
    targets, instruments, stage, "sign", outlet_count
FROM derived.articles
WHERE (lang IS NULL OR "language" = lang)
    AND (days IS NULL OR seen_on > (SELECT max(seen_on) FROM derived.articles) - days::INTEGER)
    -- Constants, each by itself, are sought several times as fast as a list; and faster still where they do not begin
    -- with a space, of which there are many. No words, no row: NULL.
    AND contains(folded, ltrim(derived.needles(words)[1]))
    AND contains(folded, derived.needles(words)[1])
    AND contains(folded, coalesce(derived.needles(words)[2], ''))
    AND contains(folded, coalesce(derived.needles(words)[3], ''))
    AND len(list_filter(derived.needles(words)[4:], lambda needle: NOT contains(folded, needle))) = 0
ORDER BY first_seen_at DESC, article_id;
COMMENT ON MACRO TABLE mart.search IS 'Articles whose headline or summary holds all these words, newest first: search(''visa ban'', lang := ''de'', days := 30); days count back from the newest article; works in all scripts, without regard to case and accents';

-- What concerns this state?
CREATE OR REPLACE MACRO mart.about(country, days := NULL) AS TABLE
SELECT CASE WHEN list_contains(initiators, country) AND list_contains(targets, country) THEN 'both'
        WHEN list_contains(initiators, country) THEN 'initiator'
        WHEN list_contains(targets, country) THEN 'target' ELSE 'nationality' END AS part,
    story_id, title, first_seen_at, last_seen_at, seen_on, initiators, targets, about, instruments, stage, "sign", frames,
    article_count, origin_count, outlet_count, languages, url
FROM derived.stories
WHERE (list_contains(initiators, country) OR list_contains(targets, country) OR list_contains(about, country))
    AND (days IS NULL OR seen_on > (SELECT max(seen_on) FROM derived.stories) - days::INTEGER)
ORDER BY last_seen_at DESC, story_id;
COMMENT ON MACRO TABLE mart.about IS 'Stories in which a state or organisation acts, is addressed, or is the home of the people concerned (part), newest first: about(''DE'', days := 30)';

-- What is between these two?
CREATE OR REPLACE MACRO mart.between(one, other, days := NULL) AS TABLE
SELECT CASE WHEN list_contains(initiators, one) AND list_contains(targets, other)
            AND list_contains(initiators, other) AND list_contains(targets, one) THEN one || ' ↔ ' || other
        WHEN list_contains(initiators, one) AND list_contains(targets, other) THEN one || ' → ' || other
        ELSE other || ' → ' || one END AS direction,
    story_id, title, first_seen_at, last_seen_at, seen_on, initiators, targets, about, instruments, stage, "sign", frames,
    article_count, origin_count, outlet_count, languages, url
FROM derived.stories
WHERE ((list_contains(initiators, one) AND list_contains(targets, other))
        OR (list_contains(initiators, other) AND list_contains(targets, one)))
    AND (days IS NULL OR seen_on > (SELECT max(seen_on) FROM derived.stories) - days::INTEGER)
ORDER BY last_seen_at DESC, story_id;
COMMENT ON MACRO TABLE mart.between IS 'Stories in which one of two states or organisations acts on the other, either way, newest first: between(''US'', ''EU'', days := 30)';

-- How did this story develop?
CREATE OR REPLACE MACRO mart.timeline(story) AS TABLE
WITH RECURSIVE holders AS (
    SELECT story AS story_id
    UNION
    SELECT r.successor_story_id FROM core.story_redirects r JOIN holders h ON r.story_id = h.story_id
    WHERE r.successor_story_id IS NOT NULL
)
SELECT t.story_id, t.day, t.stage_before, t.stage, t.is_stage_change, t."sign", t.article_count, t.article_total, t.initiators,
    t.targets, t.instruments, t.title, t.url, t.article_id
FROM derived.story_days t SEMI JOIN holders h ON h.story_id = t.story_id
ORDER BY t.day, t.story_id;
COMMENT ON MACRO TABLE mart.timeline IS 'The days of one story, oldest first, with its stage and when that changed: timeline(''4f0c…''); an id that is no longer in use leads to the story that took its place';

-- How hard is this state pressed, and how hard does it press?
-- One row per month, from the first with a story to the newest. A story with the country among its targets (received) or
-- initiators (exerted), and anybody else on the other side, adds sign × stage to its month:
--     sign: coercive 1, mixed ½, neutral 0, cooperative -½
--     stage: carried_out and in_force 1; announced, rejected and suspended ¾; threatened, demanded and agreed ½;
--            considered, talks and stated ¼
-- The index is 100 times the sum over the number of stories of that month that have an initiator and a target, whoever
-- they are: it does not rise because more feeds are read. Stories are counted, not reports, so wide coverage alone moves
-- nothing. The weights are a convention, not a measurement; the counts beside it are there to weigh otherwise. They are
-- laid in sql/derived/09_codes.sql.
CREATE OR REPLACE MACRO mart.pressure_index(country) AS TABLE
SELECT m.month, 100 * coalesce(p.received_weight, 0) / m.directed_story_count AS received,
    100 * coalesce(p.exerted_weight, 0) / m.directed_story_count AS exerted,
    coalesce(p.received_story_count, 0) AS received_story_count, coalesce(p.received_coercive_count, 0) AS received_coercive_count,
    coalesce(p.exerted_story_count, 0) AS exerted_story_count, coalesce(p.exerted_coercive_count, 0) AS exerted_coercive_count,
    m.directed_story_count
FROM derived.pressure m
LEFT JOIN derived.pressure p ON p.month = m.month AND p.code = country
WHERE m.code = ''
ORDER BY m.month;
COMMENT ON MACRO TABLE mart.pressure_index IS 'Pressure that a state or organisation receives and exerts, by month: pressure_index(''TR''). Each story adds sign (coercive 1, mixed ½, neutral 0, cooperative -½) × stage (carried_out, in_force 1; announced, rejected, suspended ¾; threatened, demanded, agreed ½; else ¼); received and exerted are 100 × the sum / stories of the month with an initiator and a target';

-- Who reported on this day, copies not counted?
-- One row per origin: the agency that the copies of a report name, else the outlet that had it first.
CREATE OR REPLACE MACRO mart.independent_reports(on_day) AS TABLE
SELECT seen_on AS day, origin, bool_or(wire IS NOT NULL) AS is_named_as_source, count(*) AS report_count,
    sum(sighting_count)::BIGINT AS sighting_count, count(DISTINCT story_id) AS story_count,
    list_sort(list_distinct(flatten(list(outlets)))) AS carried_by
FROM derived.articles
WHERE band = 'accepted' AND seen_on = on_day::DATE
GROUP BY seen_on, origin
ORDER BY report_count DESC, origin;
COMMENT ON MACRO TABLE mart.independent_reports IS 'Accepted reports of one UTC day by whose report it is: the agency or outlet that its copies name, else the outlet that had it first; sighting_count counts the copies too: independent_reports(''2026-03-10'')';
