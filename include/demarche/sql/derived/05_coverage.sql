-- Which feeds say "not modified" although they were?
-- One row per feed that gave one ETag (or, without ETags, one Last-Modified) to two different documents with new
-- entries. Only such answers are compared, because a document that changed without new entries hides nothing.
DELETE FROM derived.validators WHERE day IN (SELECT day FROM touched_days WHERE what = 'poll');

INSERT INTO derived.validators BY NAME
SELECT feed_id, derived.utc_day(started_at) AS day,
    CASE WHEN etag <> '' THEN hash(etag) ELSE hash('modified', last_modified) END AS validator, hash(digest) AS document
FROM raw.fetches
WHERE kind = 'feed' AND outcome = 'new' AND digest <> '' AND (etag <> '' OR last_modified <> '')
    AND started_at >= getvariable('polls_from') AND started_at < getvariable('polls_until')
    AND derived.utc_day(started_at) IN (SELECT day FROM touched_days WHERE what = 'poll')
ORDER BY day, feed_id, started_at;

CREATE OR REPLACE TEMP TABLE liars_before AS FROM derived.lying_validators;

-- A feed can only have become a liar by an answer of a touched day, or cease to be one.
CREATE OR REPLACE TEMP TABLE liars AS
WITH suspects AS (
    SELECT feed_id FROM liars_before
    UNION
    SELECT v.feed_id
    FROM derived.validators v
    SEMI JOIN (SELECT feed_id, validator FROM derived.validators
        WHERE day IN (SELECT day FROM touched_days WHERE what = 'poll')) t
        ON t.feed_id = v.feed_id AND t.validator = v.validator
    GROUP BY v.feed_id, v.validator HAVING min(v.document) <> max(v.document)
)
SELECT DISTINCT feed_id FROM (
    SELECT feed_id FROM derived.validators SEMI JOIN suspects USING (feed_id)
    GROUP BY feed_id, validator HAVING min(document) <> max(document));

DELETE FROM derived.lying_validators;

INSERT INTO derived.lying_validators BY NAME
WITH documents AS (
    SELECT feed_id, CASE WHEN etag <> '' THEN 'ETag ' || etag ELSE 'Last-Modified ' || last_modified END AS validator,
        digest, min(started_at) AS seen_at
    FROM raw.fetches SEMI JOIN liars USING (feed_id)
    WHERE kind = 'feed' AND outcome = 'new' AND digest <> '' AND (etag <> '' OR last_modified <> '')
    GROUP BY ALL
), lies AS (
    SELECT feed_id, validator, list_sort(list(seen_at))[2] AS since_at, count(*) AS document_count
    FROM documents GROUP BY feed_id, validator HAVING count(*) > 1
)
SELECT feed_id, min(since_at) AS since_at, arg_min(validator, (since_at, validator)) AS validator,
    sum(document_count)::BIGINT AS document_count
FROM lies GROUP BY feed_id;

-- Which answers alone do not prove that nothing was lost since the answer before, and what came before them?
-- An answer's past lies in earlier days too, so that a touched day touches the later ones; a feed whose 304 is found to
-- prove nothing, or is trusted again, touches all days.
CREATE OR REPLACE TEMP TABLE remade AS
SELECT CASE WHEN EXISTS (
        SELECT feed_id FROM derived.lying_validators FULL JOIN liars_before b USING (feed_id)
        WHERE b.since_at IS NULL OR lying_validators.since_at IS NULL)
    THEN DATE '0001-01-01' ELSE (SELECT min(day) FROM touched_days WHERE what = 'poll') END AS day;

DELETE FROM derived.doubts WHERE day >= (SELECT day FROM remade);

INSERT INTO derived.doubts BY NAME
WITH days AS (
    SELECT d.*, l.feed_id IS NOT NULL AS is_lying,
        CASE WHEN l.feed_id IS NULL THEN d.last_answered_at ELSE d.last_body_at END AS last_proof_at
    FROM derived.polls_daily d LEFT JOIN derived.lying_validators l USING (feed_id)
), past AS (
    SELECT feed_id, max(last_proof_at) AS proof_at, max(last_body_at) AS body_at, max(last_empty_at) AS empty_at
    FROM days WHERE day < (SELECT day FROM remade) GROUP BY feed_id
), carried AS (
    SELECT d.feed_id, d.day, d.is_lying, d.doubtful_count,
        greatest(p.proof_at, max(d.last_proof_at) OVER earlier) AS proof_at,
        greatest(p.body_at, max(d.last_body_at) OVER earlier) AS body_at,
        greatest(p.empty_at, max(d.last_empty_at) OVER earlier) AS empty_at
    FROM days d LEFT JOIN past p ON p.feed_id = d.feed_id
    WHERE d.day >= (SELECT day FROM remade)
    WINDOW earlier AS (PARTITION BY d.feed_id ORDER BY d.day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), doubted_days AS (
    SELECT *, day - DATE '1970-01-01' AS day_number FROM carried WHERE doubtful_count > 0
), answers AS (
    SELECT f.feed_id, d.day, f.started_at, f.outcome, f.entries, f.new_entries, f.overlap,
        greatest(d.proof_at, max(f.started_at) OVER earlier) AS proof_at,
        greatest(d.body_at, max(CASE WHEN f.outcome <> 'not_modified' THEN f.started_at END) OVER earlier) AS body_at,
        greatest(d.empty_at, max(CASE WHEN f.outcome = 'empty' THEN f.started_at END) OVER earlier) AS empty_at
    FROM raw.fetches f
    JOIN doubted_days d ON d.feed_id = f.feed_id AND d.day_number = epoch_us(f.started_at) // 86400000000
    WHERE f.kind = 'feed' AND (f.outcome IN ('new', 'unchanged', 'empty')
        OR (f.outcome = 'not_modified' AND NOT d.is_lying))
    WINDOW earlier AS (PARTITION BY f.feed_id, d.day ORDER BY f.started_at, f.fetch_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT * FROM answers
WHERE proof_at < started_at AND (outcome = 'empty' OR (outcome = 'new' AND (overlap IS NULL OR overlap <= 0.1)))
ORDER BY day, feed_id, started_at;

-- For which spans of time can we claim to have seen everything that a feed showed, and if not, why not?
-- One row per feed and span; the spans of a feed touch and fill the days from the first poll of any feed to the last.
-- An answer that shares an entry with the answer before proves that nothing fell out of the feed in between, however
-- often it was polled, and so does a 304. What two answers do not prove is `possibly_lost`, bounded by both of them.
CREATE OR REPLACE TEMP TABLE new_spans AS
WITH first_days AS (
    SELECT feed_id, min(day) AS first_day FROM derived.polls_daily GROUP BY feed_id
), days AS (
    SELECT d.*, d.day = b.first_day AS is_first, l.feed_id IS NOT NULL AS is_lying,
        CASE WHEN l.feed_id IS NULL THEN d.first_answered_at ELSE d.first_body_at END AS first_proof_at,
        CASE WHEN l.feed_id IS NULL THEN d.last_answered_at ELSE d.last_body_at END AS last_proof_at
    FROM derived.polls_daily d JOIN first_days b USING (feed_id) LEFT JOIN derived.lying_validators l USING (feed_id)
), horizon AS (
    SELECT make_timestamptz(epoch_us(min(first_poll_at)) // 86400000000 * 86400000000) AS from_at,
        make_timestamptz((epoch_us(max(last_poll_at)) // 86400000000 + 1) * 86400000000) AS to_at
    FROM days HAVING count(*) > 0
), polled AS (
    SELECT feed_id, is_lying,
        min(first_poll_at) AS first_poll_at, max(last_poll_at) AS last_poll_at,
        min(first_proof_at) AS first_proof_at, max(last_proof_at) AS last_proof_at,
        -- Microseconds that an entry usually stays in the feed: the length of its document by its rate of new entries.
        -- The first poll's entries came over an unknown time, so that poll's day counts for neither.
        sum(shown_entry_count) FILTER (WHERE NOT is_first) / sum(body_count) FILTER (WHERE NOT is_first)
            * count(*) FILTER (WHERE NOT is_first) * 86400000000
            / nullif(sum(new_entry_count) FILTER (WHERE NOT is_first), 0) AS content_span
    FROM days GROUP BY feed_id, is_lying
), breaks AS (
    SELECT a.feed_id, a.proof_at AS from_at, a.started_at AS to_at,
        CASE WHEN a.outcome = 'empty' THEN CASE WHEN a.empty_at = a.body_at THEN NULL ELSE 'emptied' END
            WHEN a.outcome <> 'new' THEN NULL
            WHEN a.overlap IS NULL AND a.new_entries < a.entries THEN NULL
            WHEN a.overlap IS NULL THEN CASE WHEN a.empty_at = a.body_at THEN 'after_empty' ELSE 'unknown_before' END
            WHEN a.overlap = 0 THEN 'no_overlap'
            -- One entry pinned to the top would look like overlap for ever.
            WHEN a.overlap <= 0.1 AND epoch_us(a.started_at) - epoch_us(a.proof_at) > p.content_span THEN 'outlived'
        END AS reason
    FROM derived.doubts a JOIN polled p USING (feed_id)
), covered AS (
    SELECT s.feed_id, s.starts_at AS from_at,
        coalesce(lead(s.before_at) OVER (PARTITION BY s.feed_id ORDER BY s.starts_at), p.last_proof_at) AS to_at
    FROM (
        SELECT feed_id, first_proof_at AS starts_at, NULL::TIMESTAMPTZ AS before_at FROM polled
        UNION ALL SELECT feed_id, to_at, from_at FROM breaks WHERE reason IS NOT NULL
    ) s JOIN polled p USING (feed_id)
    WHERE s.starts_at IS NOT NULL
), spans AS (
    SELECT feed_id, from_at, to_at, 'covered' AS state, 'overlap' AS reason FROM covered
    UNION ALL SELECT feed_id, from_at, to_at, 'possibly_lost', reason FROM breaks WHERE reason IS NOT NULL
    UNION ALL SELECT feed_id, from_at, first_poll_at, 'not_polled', 'before_first_poll' FROM polled, horizon
    UNION ALL SELECT feed_id, first_poll_at, coalesce(first_proof_at, last_poll_at), 'not_answered', 'never_answered_before'
        FROM polled
    UNION ALL SELECT feed_id, last_proof_at, last_poll_at, 'not_answered', if(is_lying, 'validators_lie', 'failing')
        FROM polled WHERE last_proof_at IS NOT NULL
    UNION ALL SELECT feed_id, last_poll_at, to_at, 'not_polled', 'no_later_poll' FROM polled, horizon
    UNION ALL SELECT f.feed_id, from_at, to_at, 'not_polled', 'never_polled'
        FROM raw.feeds f ANTI JOIN polled USING (feed_id), horizon
)
SELECT s.feed_id, coalesce(f.outlet, s.feed_id) AS outlet, f.country, f.language, f.kind, s.state, s.reason,
    s.from_at, s.to_at, (epoch_us(s.to_at) - epoch_us(s.from_at)) / 3600000000 AS hours
FROM spans s LEFT JOIN raw.feeds f ON f.feed_id = s.feed_id
WHERE s.from_at < s.to_at;

-- A feed's days are made anew from the first on which its spans are others: they touch, so that they are known by where
-- they begin and by where the last one ends.
CREATE OR REPLACE TEMP TABLE changed_coverage AS
WITH bounds AS (
    SELECT 'new' AS side, * EXCLUDE (to_at, hours) FROM new_spans
    UNION ALL SELECT 'old', * EXCLUDE (to_at, hours) FROM derived.coverage_spans
    UNION ALL SELECT 'new', feed_id, '', '', '', '', 'end', '', max(to_at) FROM new_spans GROUP BY feed_id
    UNION ALL SELECT 'old', feed_id, '', '', '', '', 'end', '', max(to_at) FROM derived.coverage_spans GROUP BY feed_id
), others AS (
    SELECT feed_id, from_at FROM bounds
    GROUP BY feed_id, outlet, country, "language", kind, state, reason, from_at HAVING count(*) = 1
)
SELECT feed_id, least(DATE '1970-01-01' + (epoch_us(min(o.from_at)) // 86400000000)::INTEGER, any_value(r.day)) AS day,
    count(o.feed_id) > 0 AS has_other_spans
FROM (SELECT DISTINCT feed_id FROM bounds) LEFT JOIN others o USING (feed_id), remade r
GROUP BY feed_id HAVING day IS NOT NULL;

DELETE FROM derived.coverage_spans WHERE feed_id IN (SELECT feed_id FROM changed_coverage WHERE has_other_spans);

INSERT INTO derived.coverage_spans BY NAME
SELECT * FROM new_spans WHERE feed_id IN (SELECT feed_id FROM changed_coverage WHERE has_other_spans);

-- On which days was a feed seen whole?
-- One row per feed and UTC day, from the first day with a poll of any feed to the last. The last day is whole only
-- after a poll of the next one has proven it.
DELETE FROM derived.coverage USING changed_coverage c WHERE c.feed_id = coverage.feed_id AND coverage.day >= c.day;

INSERT INTO derived.coverage BY NAME
WITH parts AS (
    SELECT s.*, unnest(range(
            greatest(epoch_us(from_at) // 86400000000, c.day - DATE '1970-01-01'),
            (epoch_us(to_at) - 1) // 86400000000 + 1)) AS day_number
    FROM derived.coverage_spans s JOIN changed_coverage c USING (feed_id)
), clipped AS (
    SELECT * EXCLUDE (from_at, to_at, day_number, reason, hours), DATE '1970-01-01' + day_number::INTEGER AS day,
        greatest(epoch_us(from_at), day_number * 86400000000) AS from_us,
        least(epoch_us(to_at), (day_number + 1) * 86400000000) AS to_us
    FROM parts
), shares AS (
    SELECT day, feed_id, outlet, country, language, kind,
        coalesce(sum(to_us - from_us) FILTER (WHERE state = 'covered'), 0) AS covered_us,
        coalesce(sum(to_us - from_us) FILTER (WHERE state = 'possibly_lost'), 0) AS lost_us,
        coalesce(sum(to_us - from_us) FILTER (WHERE state = 'not_answered'), 0) AS not_answered_us,
        coalesce(sum(to_us - from_us) FILTER (WHERE state = 'not_polled'), 0) AS not_polled_us,
        min(from_us) FILTER (WHERE state <> 'covered') AS gap_from_us,
        max(to_us) FILTER (WHERE state <> 'covered') AS gap_to_us
    FROM clipped GROUP BY day, feed_id, outlet, country, language, kind
)
SELECT s.day, s.feed_id, s.outlet, s.country, s.language, s.kind,
    CASE WHEN lost_us > 0 THEN 'possibly_lost' WHEN not_answered_us > 0 THEN 'not_answered'
        WHEN not_polled_us > 0 THEN 'not_polled' ELSE 'covered' END AS state,
    covered_us / 86400000000 AS covered_share, lost_us / 86400000000 AS possibly_lost_share,
    not_answered_us / 86400000000 AS not_answered_share, not_polled_us / 86400000000 AS not_polled_share,
    make_timestamptz(gap_from_us::BIGINT) AS gap_from_at, make_timestamptz(gap_to_us::BIGINT) AS gap_to_at,
    coalesce(p.poll_count, 0) AS poll_count, coalesce(p.answered_count, 0) AS answered_count,
    coalesce(p.imported_count, 0) AS imported_count, coalesce(p.new_entry_count, 0) AS new_entry_count
FROM shares s LEFT JOIN derived.polls_daily p ON p.feed_id = s.feed_id AND p.day = s.day
ORDER BY s.day, s.feed_id;

-- How much of a country, a language or an outlet did we see each day?
-- One row per UTC day, scope and subject. Shares are added as whole microseconds, so that no order of rows shows.
DELETE FROM derived.coverage_daily WHERE day >= (SELECT min(day) FROM changed_coverage);

INSERT INTO derived.coverage_daily BY NAME
WITH scoped AS (
    SELECT *, unnest([{scope: 'all', subject: 'all'}, {scope: 'country', subject: country},
        {scope: 'language', subject: language}, {scope: 'outlet', subject: outlet}], recursive := true)
    FROM derived.coverage WHERE day >= (SELECT min(day) FROM changed_coverage)
)
SELECT day, scope, subject,
    count(*) AS feed_count,
    count(*) FILTER (WHERE state = 'covered') AS covered_feed_count,
    count(*) FILTER (WHERE answered_count > 0) AS answered_feed_count,
    sum(round(covered_share * 86400000000)::BIGINT) / 86400000000 / count(*) AS covered_share,
    sum(round(possibly_lost_share * 86400000000)::BIGINT) / 86400000000 / count(*) AS possibly_lost_share,
    sum(round(not_answered_share * 86400000000)::BIGINT) / 86400000000 / count(*) AS not_answered_share,
    sum(round(not_polled_share * 86400000000)::BIGINT) / 86400000000 / count(*) AS not_polled_share,
    sum(poll_count)::BIGINT AS poll_count, sum(imported_count)::BIGINT AS imported_count,
    sum(new_entry_count)::BIGINT AS new_entry_count
FROM scoped WHERE subject IS NOT NULL GROUP BY day, scope, subject ORDER BY scope, day, subject;
