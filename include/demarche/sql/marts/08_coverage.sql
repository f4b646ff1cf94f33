-- How did each feed answer on each day?
-- One row per feed and UTC day with an attempt.
CREATE OR REPLACE VIEW mart.polls_daily AS
SELECT feed_id, day, poll_count, answered_count, imported_count, new_entry_count, body_count, shown_entry_count, doubtful_count,
    first_poll_at, last_poll_at, first_answered_at, last_answered_at, first_body_at, last_body_at, last_empty_at,
    last_new_at FROM derived.polls_daily;

COMMENT ON VIEW mart.polls_daily IS 'One row per feed and UTC day with an attempt: how often it was polled, when it answered, what it brought';
COMMENT ON COLUMN mart.polls_daily.feed_id IS 'Identifies the feed, a readable slug';
COMMENT ON COLUMN mart.polls_daily.day IS 'UTC day of the attempts, by the time they started';
COMMENT ON COLUMN mart.polls_daily.poll_count IS 'Attempts';
COMMENT ON COLUMN mart.polls_daily.answered_count IS 'Attempts that brought a readable feed or a 304';
COMMENT ON COLUMN mart.polls_daily.imported_count IS 'Answers that an import brought from another archive, not our own collector';
COMMENT ON COLUMN mart.polls_daily.new_entry_count IS 'Entries that the poll before did not have; at a first poll the whole document';
COMMENT ON COLUMN mart.polls_daily.body_count IS 'Answers with a document that had entries';
COMMENT ON COLUMN mart.polls_daily.shown_entry_count IS 'Entries of these documents, repeated ones counted';
COMMENT ON COLUMN mart.polls_daily.doubtful_count IS 'Answers that alone do not prove that nothing was lost since the answer before: next to no overlap, or no entry';
COMMENT ON COLUMN mart.polls_daily.first_poll_at IS 'First attempt (UTC)';
COMMENT ON COLUMN mart.polls_daily.last_poll_at IS 'Last attempt (UTC)';
COMMENT ON COLUMN mart.polls_daily.first_answered_at IS 'First answer (UTC)';
COMMENT ON COLUMN mart.polls_daily.last_answered_at IS 'Last answer (UTC)';
COMMENT ON COLUMN mart.polls_daily.first_body_at IS 'First answer that was a document and not a 304 (UTC)';
COMMENT ON COLUMN mart.polls_daily.last_body_at IS 'Last answer that was a document and not a 304 (UTC)';
COMMENT ON COLUMN mart.polls_daily.last_empty_at IS 'Last answer that was a feed without entries (UTC)';
COMMENT ON COLUMN mart.polls_daily.last_new_at IS 'Last answer with a new entry (UTC)';

-- Which feeds say "not modified" although they were?
CREATE OR REPLACE VIEW mart.lying_validators AS
SELECT feed_id, since_at, validator, document_count FROM derived.lying_validators;

COMMENT ON VIEW mart.lying_validators IS 'One row per feed whose 304 proves nothing: it kept its validator while new entries came';
COMMENT ON COLUMN mart.lying_validators.feed_id IS 'Identifies the feed, a readable slug';
COMMENT ON COLUMN mart.lying_validators.since_at IS 'When the first lie was seen (UTC); the feed is distrusted for all times';
COMMENT ON COLUMN mart.lying_validators.validator IS 'The header that stayed, with its value, at the first lie';
COMMENT ON COLUMN mart.lying_validators.document_count IS 'Different documents that came under validators of another one';

-- For which spans of time can we claim to have seen everything that a feed showed, and if not, why not?
-- One row per feed and span; how they are found is said in sql/derived/05_coverage.sql.
CREATE OR REPLACE VIEW mart.coverage_spans AS
SELECT feed_id, outlet, country, language, kind, state, reason, from_at, to_at, hours FROM derived.coverage_spans;

COMMENT ON VIEW mart.coverage_spans IS 'One row per feed and span of time: was everything seen that the feed showed, and if not, why not';
COMMENT ON COLUMN mart.coverage_spans.feed_id IS 'Identifies the feed, a readable slug';
COMMENT ON COLUMN mart.coverage_spans.outlet IS 'Who publishes the feed';
COMMENT ON COLUMN mart.coverage_spans.country IS 'Country of the outlet: ISO 3166-1 alpha-2, or an organisation';
COMMENT ON COLUMN mart.coverage_spans.language IS 'Language of the feed, ISO 639-1';
COMMENT ON COLUMN mart.coverage_spans.kind IS 'press, wire, government, io or ngo';
COMMENT ON COLUMN mart.coverage_spans.state IS 'covered, possibly_lost (entries may have come and gone between two answers), not_answered (polled in vain) or not_polled';
COMMENT ON COLUMN mart.coverage_spans.reason IS 'overlap; no_overlap, outlived (hardly any overlap, after a gap longer than entries stay), emptied, after_empty, unknown_before; never_answered_before, failing, validators_lie; before_first_poll, no_later_poll, never_polled';
COMMENT ON COLUMN mart.coverage_spans.from_at IS 'Start of the span (UTC): an answer, an attempt, or the start of the first day';
COMMENT ON COLUMN mart.coverage_spans.to_at IS 'End of the span (UTC), not part of it';
COMMENT ON COLUMN mart.coverage_spans.hours IS 'Length of the span, hours';

-- On which days was a feed seen whole?
-- One row per feed and UTC day, from the first day with a poll of any feed to the last.
CREATE OR REPLACE VIEW mart.coverage AS
SELECT day, feed_id, outlet, country, language, kind, state, covered_share, possibly_lost_share, not_answered_share,
    not_polled_share, gap_from_at, gap_to_at, poll_count, answered_count, imported_count,
    new_entry_count FROM derived.coverage;

COMMENT ON VIEW mart.coverage IS 'One row per feed and UTC day: which share of the day was seen whole, and where it was not';
COMMENT ON COLUMN mart.coverage.day IS 'UTC day';
COMMENT ON COLUMN mart.coverage.feed_id IS 'Identifies the feed, a readable slug';
COMMENT ON COLUMN mart.coverage.outlet IS 'Who publishes the feed';
COMMENT ON COLUMN mart.coverage.country IS 'Country of the outlet: ISO 3166-1 alpha-2, or an organisation';
COMMENT ON COLUMN mart.coverage.language IS 'Language of the feed, ISO 639-1';
COMMENT ON COLUMN mart.coverage.kind IS 'press, wire, government, io or ngo';
COMMENT ON COLUMN mart.coverage.state IS 'covered where the whole day was; otherwise the worst that happened: possibly_lost, not_answered, not_polled';
COMMENT ON COLUMN mart.coverage.covered_share IS 'Share of the day in which nothing can have been lost, 0 to 1';
COMMENT ON COLUMN mart.coverage.possibly_lost_share IS 'Share of the day between answers that do not prove it, 0 to 1';
COMMENT ON COLUMN mart.coverage.not_answered_share IS 'Share of the day in which polls brought no answer, 0 to 1';
COMMENT ON COLUMN mart.coverage.not_polled_share IS 'Share of the day without polls before and after, 0 to 1';
COMMENT ON COLUMN mart.coverage.gap_from_at IS 'Start of the first part of the day that is not covered (UTC)';
COMMENT ON COLUMN mart.coverage.gap_to_at IS 'End of the last part of the day that is not covered (UTC)';
COMMENT ON COLUMN mart.coverage.poll_count IS 'Attempts that day';
COMMENT ON COLUMN mart.coverage.answered_count IS 'Attempts that brought a readable feed or a 304';
COMMENT ON COLUMN mart.coverage.imported_count IS 'Answers that an import brought from another archive, not our own collector';
COMMENT ON COLUMN mart.coverage.new_entry_count IS 'Entries that the poll before did not have; at a first poll the whole document';

-- How much of a country, a language or an outlet did we see each day?
-- One row per UTC day, scope and subject; scope `all` has the one subject `all`.
CREATE OR REPLACE VIEW mart.coverage_daily AS
SELECT day, scope, subject, feed_count, covered_feed_count, answered_feed_count, covered_share, possibly_lost_share,
    not_answered_share, not_polled_share, poll_count, imported_count, new_entry_count FROM derived.coverage_daily;

COMMENT ON VIEW mart.coverage_daily IS 'One row per UTC day and country, language, outlet or all: how many of its feeds were seen whole';
COMMENT ON COLUMN mart.coverage_daily.day IS 'UTC day';
COMMENT ON COLUMN mart.coverage_daily.scope IS 'country, language, outlet or all';
COMMENT ON COLUMN mart.coverage_daily.subject IS 'Which one';
COMMENT ON COLUMN mart.coverage_daily.feed_count IS 'Its feeds';
COMMENT ON COLUMN mart.coverage_daily.covered_feed_count IS 'Of these, covered the whole day';
COMMENT ON COLUMN mart.coverage_daily.answered_feed_count IS 'Of these, answered at least once that day';
COMMENT ON COLUMN mart.coverage_daily.covered_share IS 'Mean over its feeds of the share of the day that was covered, 0 to 1';
COMMENT ON COLUMN mart.coverage_daily.possibly_lost_share IS 'Mean share between answers that do not prove that nothing was lost, 0 to 1';
COMMENT ON COLUMN mart.coverage_daily.not_answered_share IS 'Mean share in which polls brought no answer, 0 to 1';
COMMENT ON COLUMN mart.coverage_daily.not_polled_share IS 'Mean share without polls before and after, 0 to 1';
COMMENT ON COLUMN mart.coverage_daily.poll_count IS 'Attempts that day';
COMMENT ON COLUMN mart.coverage_daily.imported_count IS 'Answers that an import brought from another archive, not our own collector';
COMMENT ON COLUMN mart.coverage_daily.new_entry_count IS 'New entries that day; at a first poll the whole document';

-- What was covered between two times, and what keeps me from claiming that nothing was there?
-- One row per feed and span, cut to [since, until). Time outside the collection is a span too, and not polled.
CREATE OR REPLACE MACRO mart.coverage_between(since, until, of_country := NULL, in_language := NULL, of_outlet := NULL) AS TABLE
WITH chosen AS MATERIALIZED (
    SELECT * FROM mart.coverage_spans
    WHERE (of_country IS NULL OR country = of_country) AND (in_language IS NULL OR language = in_language)
        AND (of_outlet IS NULL OR outlet = of_outlet)
), known AS (
    SELECT feed_id, outlet, country, language, kind, min(from_at) AS known_from_at, max(to_at) AS known_to_at
    FROM chosen GROUP BY ALL
), spans AS (
    SELECT feed_id, outlet, country, language, kind, state, reason, from_at, to_at FROM chosen
    UNION ALL SELECT feed_id, outlet, country, language, kind, 'not_polled', 'outside_collection',
        since::TIMESTAMPTZ, known_from_at FROM known
    UNION ALL SELECT feed_id, outlet, country, language, kind, 'not_polled', 'outside_collection',
        known_to_at, until::TIMESTAMPTZ FROM known
)
SELECT feed_id, outlet, country, language, kind, state, reason,
    greatest(from_at, since::TIMESTAMPTZ) AS from_at, least(to_at, until::TIMESTAMPTZ) AS to_at
FROM spans
WHERE greatest(from_at, since::TIMESTAMPTZ) < least(to_at, until::TIMESTAMPTZ)
ORDER BY feed_id, from_at;
COMMENT ON MACRO TABLE mart.coverage_between IS 'What was seen whole between two times and what was not, by feed: coverage_between(since, until, of_country := ''DE'', in_language := ''de'', of_outlet := ''…''); leave out what does not matter';

-- May I claim that there was no story between two times?
-- One row. Reports are the accepted entries and those in review that a feed of the scope brought, up to the answer
-- that proves the end: a report from shortly before `until` is seen only by the poll after it. Feeds in languages that
-- the judge has no lexicon for can claim nothing; they are counted apart.
CREATE OR REPLACE MACRO mart.may_claim_silence(since, until, of_country := NULL, in_language := NULL, of_outlet := NULL) AS TABLE
WITH asked AS MATERIALIZED (
    SELECT s.*, coalesce(f.is_judged, true) AS is_judged
    FROM mart.coverage_between(since, until, of_country := of_country, in_language := in_language, of_outlet := of_outlet) s
    LEFT JOIN raw.feeds f USING (feed_id)
), spans AS MATERIALIZED (
    SELECT * EXCLUDE (is_judged) FROM asked WHERE is_judged
), unjudged AS (
    SELECT count(DISTINCT feed_id) AS unjudged_feed_count,
        coalesce(list_sort(list(DISTINCT "language")), []) AS unjudged_languages
    FROM asked WHERE NOT is_judged
), answered AS (
    -- The first answer from `until` on: of a later day the day's first, of its own day one among the attempts.
    SELECT feed_id, first_answered_at AS answered_at FROM derived.polls_daily
    WHERE day > derived.utc_day(until::TIMESTAMPTZ) AND first_answered_at IS NOT NULL
    UNION ALL
    SELECT feed_id, started_at FROM raw.fetches
    WHERE kind = 'feed' AND outcome IN ('new', 'unchanged', 'not_modified', 'empty')
        AND started_at >= until::TIMESTAMPTZ AND started_at < derived.begin_of(derived.utc_day(until::TIMESTAMPTZ) + 1)
), closing AS (
    SELECT feed_id, min(answered_at) AS closed_at FROM answered GROUP BY feed_id
), reports AS (
    SELECT count(*) FILTER (WHERE e.band = 'accepted') AS accepted_count,
        count(*) FILTER (WHERE e.band = 'review') AS review_count
    FROM derived.verdict_audit e
    SEMI JOIN spans s ON s.feed_id = e.feed_id
    LEFT JOIN closing c ON c.feed_id = e.feed_id
    WHERE e.band <> 'rejected' AND e.seen_at >= since::TIMESTAMPTZ
        AND e.seen_at <= coalesce(c.closed_at, until::TIMESTAMPTZ)
), totals AS (
    SELECT count(DISTINCT feed_id) AS feed_count,
        count(DISTINCT feed_id) FILTER (WHERE state <> 'covered') AS open_feed_count,
        sum(epoch_us(to_at) - epoch_us(from_at)) AS asked_us,
        coalesce(sum(epoch_us(to_at) - epoch_us(from_at)) FILTER (WHERE state = 'covered'), 0) AS covered_us,
        min(from_at) FILTER (WHERE state <> 'covered') AS gap_from_at,
        max(to_at) FILTER (WHERE state <> 'covered') AS gap_to_at,
        list_sort(list(DISTINCT feed_id) FILTER (WHERE state <> 'covered')) AS open_feeds
    FROM spans
), judged AS (
    SELECT *, feed_count > 0 AND open_feed_count = 0 AS is_covered FROM totals, reports, unjudged
)
SELECT is_covered AND accepted_count = 0 AND review_count = 0 AS may_claim, is_covered,
    feed_count, feed_count - open_feed_count AS covered_feed_count, coalesce(covered_us / asked_us, 0) AS covered_share,
    accepted_count, review_count, gap_from_at, gap_to_at, coalesce(open_feeds, []) AS open_feeds,
    CASE WHEN since::TIMESTAMPTZ >= until::TIMESTAMPTZ THEN 'no: since must come before until'
        WHEN feed_count = 0 AND unjudged_feed_count > 0 THEN 'no: all ' || unjudged_feed_count
            || ' feeds are in languages that are not judged (' || array_to_string(unjudged_languages, ', ') || ')'
        WHEN feed_count = 0 THEN 'no: no feed fits the question'
        WHEN accepted_count > 0 THEN 'no: ' || accepted_count || ' accepted reports were seen'
        WHEN NOT is_covered THEN 'no: ' || open_feed_count || ' of ' || feed_count
            || ' feeds were not seen whole, see mart.coverage_between'
        WHEN review_count > 0 THEN 'not yet: ' || review_count || ' reports wait for review'
        ELSE 'yes: all ' || feed_count || ' feeds were seen whole, and no report was in them'
            || CASE WHEN unjudged_feed_count > 0 THEN '; ' || unjudged_feed_count
                || ' others are in languages that are not judged (' || array_to_string(unjudged_languages, ', ') || ')'
                ELSE '' END
        END AS answer,
    unjudged_feed_count, unjudged_languages
FROM judged;
COMMENT ON MACRO TABLE mart.may_claim_silence IS 'Whether "no stories" may be claimed between two times: may_claim_silence(since, until, of_country := ''DE'', in_language := ''de'', of_outlet := ''…''); one row with the answer in words';

-- What was the state of each feed in each window?
-- One row per feed and window of `minutes` in [since, until): covered only where the whole window was.
CREATE OR REPLACE MACRO mart.coverage_windows(since, until, minutes := 15) AS TABLE
WITH windows AS (
    SELECT unnest(range(epoch_us(since::TIMESTAMPTZ), epoch_us(until::TIMESTAMPTZ), minutes * 60000000)) AS from_us
)
SELECT s.feed_id, s.outlet, s.country, s.language, make_timestamptz(w.from_us) AS window_at,
    CASE WHEN bool_or(s.state = 'possibly_lost') THEN 'possibly_lost'
        WHEN bool_or(s.state = 'not_answered') THEN 'not_answered'
        WHEN bool_or(s.state = 'not_polled') THEN 'not_polled' ELSE 'covered' END AS state
FROM windows w
JOIN mart.coverage_spans s
    ON epoch_us(s.from_at) < w.from_us + minutes * 60000000 AND epoch_us(s.to_at) > w.from_us
GROUP BY ALL;
COMMENT ON MACRO TABLE mart.coverage_windows IS 'State of each feed in each window: coverage_windows(since, until, minutes := 15)';
