-- What came in on each day: entries by feed, attempts by feed, attempts of all.
DELETE FROM derived.entries_daily WHERE day IN (SELECT day FROM touched_days WHERE what = 'entry');

INSERT INTO derived.entries_daily BY NAME
SELECT e.feed_id, (e.window_at AT TIME ZONE 'UTC')::DATE AS day, count(*) AS entry_count,
    count(*) FILTER (WHERE v.band = 'accepted') AS accepted_count,
    count(*) FILTER (WHERE v.band = 'review') AS review_count,
    count(*) FILTER (WHERE v.band = 'rejected') AS rejected_count,
    min(e.seen_at) AS first_seen_at, max(e.seen_at) AS last_seen_at
FROM raw.entries e
JOIN core.verdicts v ON v.entry_id = e.entry_id
WHERE (e.window_at AT TIME ZONE 'UTC')::DATE IN (SELECT day FROM touched_days WHERE what = 'entry')
GROUP BY ALL ORDER BY day, feed_id;

DELETE FROM derived.fetches_daily WHERE day IN (SELECT day FROM touched_days WHERE what = 'window');

INSERT INTO derived.fetches_daily BY NAME
SELECT (window_at AT TIME ZONE 'UTC')::DATE AS day,
    count(*) FILTER (WHERE kind = 'feed') AS fetch_count,
    count(*) FILTER (WHERE kind = 'feed'
        AND outcome NOT IN ('new', 'unchanged', 'not_modified', 'empty')) AS failed_fetch_count,
    count(DISTINCT feed_id) FILTER (WHERE kind = 'feed') AS feed_count,
    count(*) FILTER (WHERE kind = 'page' AND outcome = 'new') AS page_count
FROM raw.fetches
WHERE (window_at AT TIME ZONE 'UTC')::DATE IN (SELECT day FROM touched_days WHERE what = 'window')
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
        is_empty OR (is_new AND CASE WHEN overlap IS NULL THEN new_entries >= entries ELSE overlap <= 0.1 END)
            AS is_doubtful,
        entries, new_entries, overlap = 0 AND new_entries > 0 AS is_gap, outcome, status, note
    FROM raw.fetches
    WHERE kind = 'feed' AND (epoch_us(started_at) // 86400000000) IN (
        SELECT day - DATE '1970-01-01' FROM touched_days WHERE what = 'poll')
), grouped AS (
    SELECT feed_id, day_number,
        count(*) AS poll_count,
        count(*) FILTER (WHERE is_answered) AS answered_count,
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
        arg_max({outcome: outcome, status: status, note: note}, at_us) AS newest
    FROM polls GROUP BY feed_id, day_number
), late AS (
    SELECT p.feed_id, p.day_number, count(*) AS late_failure_count
    FROM polls p JOIN grouped g ON g.feed_id = p.feed_id AND g.day_number = p.day_number
    WHERE NOT p.is_answered AND p.at_us > g.last_answer
    GROUP BY ALL
)
SELECT g.feed_id, DATE '1970-01-01' + g.day_number::INTEGER AS day, poll_count, answered_count,
    coalesce(new_entry_count, 0)::BIGINT AS new_entry_count, body_count,
    coalesce(shown_entry_count, 0)::BIGINT AS shown_entry_count, doubtful_count, gap_count,
    coalesce(l.late_failure_count, 0) AS late_failure_count,
    make_timestamptz(first_poll) AS first_poll_at, make_timestamptz(last_poll) AS last_poll_at,
    make_timestamptz(first_answer) AS first_answered_at, make_timestamptz(last_answer) AS last_answered_at,
    make_timestamptz(first_body) AS first_body_at, make_timestamptz(last_body) AS last_body_at,
    make_timestamptz(last_empty) AS last_empty_at, make_timestamptz(last_new) AS last_new_at,
    newest.outcome AS last_outcome, newest.status AS last_status, newest.note AS last_note
FROM grouped g LEFT JOIN late l ON l.feed_id = g.feed_id AND l.day_number = g.day_number
ORDER BY day, feed_id;
