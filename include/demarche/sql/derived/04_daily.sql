-- What came in on each day: entries by feed, attempts by feed, attempts of all; and how each feed fares.
-- Only the time in question is read: DuckDB skips what lies outside of a constant's range, not of a join's.
SET VARIABLE entries_from = (SELECT derived.begin_of(min(day)) FROM touched_days WHERE what = 'entry');
SET VARIABLE entries_until = (SELECT derived.begin_of(max(day) + 1) FROM touched_days WHERE what = 'entry');
SET VARIABLE windows_from = (SELECT derived.begin_of(min(day)) FROM touched_days WHERE what = 'window');
SET VARIABLE windows_until = (SELECT derived.begin_of(max(day) + 1) FROM touched_days WHERE what = 'window');
SET VARIABLE polls_from = (SELECT derived.begin_of(min(day)) FROM touched_days WHERE what = 'poll');
SET VARIABLE polls_until = (SELECT derived.begin_of(max(day) + 1) FROM touched_days WHERE what = 'poll');

DELETE FROM derived.entries_daily WHERE day IN (SELECT day FROM touched_days WHERE what = 'entry');

INSERT INTO derived.entries_daily BY NAME
SELECT e.feed_id, derived.utc_day(e.window_at) AS day, count(*) AS entry_count,
    count(*) FILTER (WHERE v.band = 'accepted') AS accepted_count,
    count(*) FILTER (WHERE v.band = 'review') AS review_count,
    count(*) FILTER (WHERE v.band = 'rejected') AS rejected_count,
    min(e.seen_at) AS first_seen_at, max(e.seen_at) AS last_seen_at
FROM raw.entries e
JOIN core.verdicts v ON v.entry_id = e.entry_id AND v.window_at = e.window_at
WHERE e.window_at >= getvariable('entries_from') AND e.window_at < getvariable('entries_until')
    AND v.window_at >= getvariable('entries_from') AND v.window_at < getvariable('entries_until')
    AND derived.utc_day(e.window_at) IN (SELECT day FROM touched_days WHERE what = 'entry')
GROUP BY ALL ORDER BY day, feed_id;

DELETE FROM derived.fetches_daily WHERE day IN (SELECT day FROM touched_days WHERE what = 'window');

INSERT INTO derived.fetches_daily BY NAME
SELECT derived.utc_day(window_at) AS day,
    count(*) FILTER (WHERE kind = 'feed') AS fetch_count,
    count(*) FILTER (WHERE kind = 'feed'
        AND outcome NOT IN ('new', 'unchanged', 'not_modified', 'empty')) AS failed_fetch_count,
    count(DISTINCT feed_id) FILTER (WHERE kind = 'feed') AS feed_count,
    count(*) FILTER (WHERE kind = 'page' AND outcome = 'new') AS page_count
FROM raw.fetches
WHERE window_at >= getvariable('windows_from') AND window_at < getvariable('windows_until')
    AND derived.utc_day(window_at) IN (SELECT day FROM touched_days WHERE what = 'window')
GROUP BY ALL ORDER BY day;

-- It is the ground that coverage and alerts stand on: the millions of attempts are read once and grouped, never sorted,
-- and whatever needs an order sorts these few rows instead. Times are grouped as microseconds since 1970: on
-- TIMESTAMPTZ the same query takes three times as long.
DELETE FROM derived.polls_daily WHERE day IN (SELECT day FROM touched_days WHERE what = 'poll');

INSERT INTO derived.polls_daily BY NAME
WITH polls AS (
    SELECT feed_id, epoch_us(started_at) AS at_us, at_us // 86400000000 AS day_number,
        outcome = 'new' AS is_new, outcome = 'empty' AS is_empty,
        is_new OR outcome = 'unchanged' AS is_filled,
        is_filled OR is_empty AS is_body,
        is_body OR outcome = 'not_modified' AS is_answered,
        is_answered AND coalesce(origin, 'live') <> 'live' AS is_imported,
        is_empty OR (is_new AND CASE WHEN overlap IS NULL THEN new_entries >= entries ELSE overlap <= 0.1 END)
            AS is_doubtful,
        entries, new_entries, overlap = 0 AND new_entries > 0 AS is_gap, outcome, status, note, url
    FROM raw.fetches
    WHERE kind = 'feed' AND started_at >= getvariable('polls_from') AND started_at < getvariable('polls_until')
        AND (epoch_us(started_at) // 86400000000) IN (
        SELECT day - DATE '1970-01-01' FROM touched_days WHERE what = 'poll')
), grouped AS (
    SELECT feed_id, day_number,
        count(*) AS poll_count,
        count(*) FILTER (WHERE is_answered) AS answered_count,
        count(*) FILTER (WHERE is_imported) AS imported_count,
        count(*) FILTER (WHERE is_filled) AS body_count,
        count(*) FILTER (WHERE is_doubtful) AS doubtful_count,
        count(*) FILTER (WHERE is_gap) AS gap_count,
        sum(new_entries) AS new_entry_count,
        sum(entries) FILTER (WHERE is_filled) AS shown_entry_count,
        min(at_us) AS first_poll, max(at_us) AS last_poll,
        min(at_us) FILTER (WHERE is_answered) AS first_answer, max(at_us) FILTER (WHERE is_answered) AS last_answer,
        min(at_us) FILTER (WHERE is_body) AS first_body, max(at_us) FILTER (WHERE is_body) AS last_body,
        max(at_us) FILTER (WHERE is_empty) AS last_empty,
        max(at_us) FILTER (WHERE is_new) AS last_new,
        arg_max({outcome: outcome, status: status, note: note, url: url}, at_us) AS newest
    FROM polls GROUP BY feed_id, day_number
), late AS (
    SELECT p.feed_id, p.day_number, count(*) AS late_failure_count
    FROM polls p JOIN grouped g ON g.feed_id = p.feed_id AND g.day_number = p.day_number
    WHERE NOT p.is_answered AND p.at_us > g.last_answer
    GROUP BY ALL
)
SELECT g.feed_id, DATE '1970-01-01' + g.day_number::INTEGER AS day, poll_count, answered_count,
    coalesce(new_entry_count, 0)::BIGINT AS new_entry_count, body_count, imported_count,
    coalesce(shown_entry_count, 0)::BIGINT AS shown_entry_count, doubtful_count, gap_count,
    coalesce(l.late_failure_count, 0) AS late_failure_count,
    make_timestamptz(first_poll) AS first_poll_at, make_timestamptz(last_poll) AS last_poll_at,
    make_timestamptz(first_answer) AS first_answered_at, make_timestamptz(last_answer) AS last_answered_at,
    make_timestamptz(first_body) AS first_body_at, make_timestamptz(last_body) AS last_body_at,
    make_timestamptz(last_empty) AS last_empty_at, make_timestamptz(last_new) AS last_new_at,
    newest.outcome AS last_outcome, newest.status AS last_status, newest.note AS last_note,
    newest.url AS last_url
FROM grouped g LEFT JOIN late l ON l.feed_id = g.feed_id AND l.day_number = g.day_number
ORDER BY day, feed_id;

-- "Recent" is the last 24 hours before the newest attempt in the database, so that a replayed past reads as it did then.
SET VARIABLE recent_from = (SELECT max(last_poll_at) - INTERVAL 24 HOUR FROM derived.polls_daily);

DELETE FROM derived.feed_polls;

INSERT INTO derived.feed_polls BY NAME
WITH days AS (
    SELECT feed_id, sum(poll_count)::BIGINT AS attempt_count, sum(answered_count)::BIGINT AS answered_count,
        sum(gap_count)::BIGINT AS gap_count, max(day) AS last_day, max(last_poll_at) AS last_attempt_at,
        max(last_answered_at) AS last_answered_at, max(last_body_at) AS last_body_at, max(last_new_at) AS last_new_at
    FROM derived.polls_daily GROUP BY feed_id
), streaks AS (
    SELECT feed_id, sum(CASE WHEN d.last_answered_at IS NULL THEN d.poll_count ELSE d.late_failure_count END)::BIGINT
        AS failure_streak
    FROM derived.polls_daily d JOIN days s USING (feed_id)
    WHERE s.last_answered_at IS NULL OR d.last_poll_at > s.last_answered_at
    GROUP BY feed_id
), recent AS (
    SELECT feed_id, count(*) AS attempt_count,
        count(*) FILTER (WHERE outcome IN ('new', 'unchanged', 'not_modified', 'empty')) AS answered_count,
        coalesce(sum(new_entries), 0)::BIGINT AS entry_count, median(duration_ms) AS median_duration_ms
    FROM raw.fetches
    WHERE kind = 'feed' AND started_at > getvariable('recent_from')
    GROUP BY feed_id
)
SELECT s.feed_id, s.attempt_count, s.answered_count, s.gap_count, s.last_attempt_at, s.last_answered_at, s.last_body_at,
    s.last_new_at, n.last_outcome, n.last_status, n.last_note, n.last_url, coalesce(k.failure_streak, 0) AS failure_streak,
    coalesce(r.attempt_count, 0) AS recent_attempt_count, coalesce(r.answered_count, 0) AS recent_answered_count,
    coalesce(r.entry_count, 0) AS recent_entry_count, r.median_duration_ms
FROM days s
JOIN derived.polls_daily n ON n.feed_id = s.feed_id AND n.day = s.last_day
LEFT JOIN streaks k ON k.feed_id = s.feed_id
LEFT JOIN recent r ON r.feed_id = s.feed_id
ORDER BY s.feed_id;
