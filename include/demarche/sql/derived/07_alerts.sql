-- What should a person look at?
-- One row per alert. Nothing here knows the time: an alert is open where the newest data still show it.
-- Figures that decide are written where they act: scores from 4, three times the usual silence, five failures.

-- A touched day touches the first pause that ends after it, on whatever day that is.
CREATE OR REPLACE TEMP TABLE paused_from AS SELECT min(day) AS day FROM touched_days WHERE what = 'poll';

SET VARIABLE paused_from = (SELECT derived.begin_of(day) FROM paused_from);

DELETE FROM derived.pauses WHERE day >= (FROM paused_from);

INSERT INTO derived.pauses BY NAME
WITH past AS (
    SELECT feed_id, max(last_new_at) AS new_at FROM derived.polls_daily WHERE day < (FROM paused_from) GROUP BY feed_id
), news AS (
    SELECT f.feed_id, epoch_us(f.started_at) AS until_us,
        coalesce(lag(until_us) OVER (PARTITION BY f.feed_id ORDER BY until_us), epoch_us(p.new_at)) AS since_us
    FROM raw.fetches f LEFT JOIN past p ON p.feed_id = f.feed_id
    WHERE f.kind = 'feed' AND f.outcome = 'new' AND f.started_at >= getvariable('paused_from')
)
SELECT feed_id, derived.utc_day(make_timestamptz(until_us)) AS day, since_us, until_us
FROM news WHERE since_us IS NOT NULL
ORDER BY day, feed_id, until_us;

DELETE FROM derived.polled_minutes WHERE day IN (SELECT day FROM touched_days WHERE what = 'poll');

INSERT INTO derived.polled_minutes BY NAME
SELECT DISTINCT derived.utc_day(started_at) AS day, epoch_us(started_at) // 60000000 * 60000000 AS minute_us
FROM raw.fetches
WHERE kind = 'feed' AND started_at >= getvariable('polls_from') AND started_at < getvariable('polls_until')
    AND derived.utc_day(started_at) IN (SELECT day FROM touched_days WHERE what = 'poll')
ORDER BY minute_us;

-- A touched day touches the first gap that ends after it.
DELETE FROM derived.polled_gaps WHERE day >= (FROM paused_from);

INSERT INTO derived.polled_gaps BY NAME
WITH minutes AS (
    SELECT minute_us AS until_us, coalesce(lag(minute_us) OVER (ORDER BY minute_us),
        (SELECT max(minute_us) FROM derived.polled_minutes WHERE day < (FROM paused_from))) AS since_us
    FROM derived.polled_minutes WHERE day >= (FROM paused_from)
)
SELECT derived.utc_day(make_timestamptz(until_us)) AS day, since_us, until_us
FROM minutes WHERE since_us IS NOT NULL ORDER BY until_us;

-- A feed is silent when its answers brought nothing new for three times as long as 99 of 100 of its other pauses
-- lasted (and three hours). The pause itself is left out of the measure it is held against. Only time up to the last
-- answer counts: what a feed did not answer is no silence. Pauses are put in order only for feeds whose longest one, or
-- the one that goes on, is long enough against so many of the others.
CREATE OR REPLACE TEMP TABLE rhythms AS
WITH fed AS (
    SELECT feed_id, count(*) AS pause_count, max(until_us) AS last_new_us, max(until_us - since_us) AS longest_us
    FROM derived.pauses GROUP BY feed_id
    HAVING count(*) >= 30 AND max(until_us) - min(since_us) >= 7 * 86400000000
), quiet AS (
    -- After the last news no answer brought any, so that the newest answer is the last proof of it.
    SELECT f.*, epoch_us(if(l.feed_id IS NULL, p.last_answered_at, p.last_body_at)) - f.last_new_us AS quiet_us
    FROM fed f JOIN derived.feed_polls p USING (feed_id) LEFT JOIN derived.lying_validators l USING (feed_id)
), odd AS (
    SELECT q.feed_id, any_value(q.last_new_us) AS last_new_us, any_value(q.quiet_us) AS quiet_us
    FROM quiet q JOIN derived.pauses p ON p.feed_id = q.feed_id
    WHERE greatest(q.longest_us, q.quiet_us) > 3 * 3600000000
    GROUP BY q.feed_id, q.pause_count
    HAVING count(*) FILTER (WHERE 3 * (p.until_us - p.since_us) < greatest(q.longest_us, q.quiet_us))
        >= ceil(0.99 * (q.pause_count - 1))
)
SELECT o.feed_id, o.last_new_us, o.quiet_us,
    greatest(3600000000, list_sort(list(p.until_us - p.since_us))[ceil(0.99 * (count(*) - 1))::BIGINT]) AS usual_us
FROM odd o JOIN derived.pauses p ON p.feed_id = o.feed_id
GROUP BY o.feed_id, o.last_new_us, o.quiet_us;

CREATE OR REPLACE TEMP TABLE closed_pauses AS
SELECT p.feed_id, p.since_us, p.until_us, r.usual_us
FROM derived.pauses p JOIN rhythms r ON r.feed_id = p.feed_id WHERE p.until_us - p.since_us > 3 * r.usual_us;

-- What proves a pause is looked up once, unless its time was touched or other feeds lie now.
DELETE FROM derived.long_pauses
WHERE until_us >= epoch_us(derived.begin_of((SELECT least(p.day, r.day) FROM paused_from p, remade r)));

CREATE OR REPLACE TEMP TABLE unproven AS
SELECT p.feed_id, p.since_us, p.until_us
FROM closed_pauses p ANTI JOIN derived.long_pauses l
    ON l.feed_id = p.feed_id AND l.since_us = p.since_us AND l.until_us = p.until_us;

SET VARIABLE unproven_from = (SELECT make_timestamptz(min(since_us)) FROM unproven);
SET VARIABLE unproven_until = (SELECT make_timestamptz(max(until_us)) FROM unproven);

INSERT INTO derived.long_pauses BY NAME
SELECT p.feed_id, p.since_us, p.until_us, max(epoch_us(f.started_at)) AS proof_us
FROM unproven p
LEFT JOIN (
    SELECT feed_id, started_at FROM raw.fetches
    WHERE kind = 'feed' AND started_at > getvariable('unproven_from') AND started_at < getvariable('unproven_until')
        AND (outcome IN ('unchanged', 'empty') OR (outcome = 'not_modified'
            AND feed_id NOT IN (SELECT feed_id FROM derived.lying_validators)))
) f ON f.feed_id = p.feed_id AND epoch_us(f.started_at) > p.since_us AND epoch_us(f.started_at) < p.until_us
GROUP BY p.feed_id, p.since_us, p.until_us ORDER BY p.until_us, p.feed_id;

-- Attempts are put in order only on days that can hold a part of five failures in a row: with five failures, without an
-- answer, or where failures end one polled day and begin the next. A touched day touches the polled day before it.
CREATE OR REPLACE TEMP TABLE edges_from AS
SELECT feed_id, coalesce(days[1], DATE '0001-01-01') AS day, coalesce(days[2], DATE '0001-01-01') AS before
FROM (
    SELECT feed_id, max(day, 2) FILTER (WHERE day < (FROM paused_from)) AS days FROM derived.polls_daily
    WHERE (FROM paused_from) IS NOT NULL GROUP BY feed_id
);

DELETE FROM derived.failing_days USING edges_from e WHERE e.feed_id = failing_days.feed_id AND failing_days.day >= e.day;

INSERT INTO derived.failing_days BY NAME
WITH edges AS (
    SELECT d.feed_id, d.day, e.day AS from_day, d.poll_count - d.answered_count AS failed_count, d.answered_count,
        d.last_answered_at IS NULL OR d.last_poll_at > d.last_answered_at AS ends_failed,
        d.first_answered_at IS NULL OR d.first_poll_at < d.first_answered_at AS begins_failed,
        coalesce(lag(ends_failed) OVER days, false) AS follows_failed,
        coalesce(lead(begins_failed) OVER days, false) AS precedes_failed
    FROM derived.polls_daily d JOIN edges_from e ON e.feed_id = d.feed_id AND d.day >= e.before
    WINDOW days AS (PARTITION BY d.feed_id ORDER BY d.day)
)
SELECT feed_id, day FROM edges
WHERE day >= from_day AND (failed_count >= 5 OR answered_count = 0 OR (follows_failed AND begins_failed)
    OR (ends_failed AND precedes_failed))
ORDER BY day, feed_id;

DELETE FROM derived.failing_days WHERE feed_id NOT IN (SELECT feed_id FROM derived.feed_polls);

DELETE FROM derived.failing_attempts WHERE day IN (SELECT day FROM touched_days WHERE what = 'poll') OR NOT EXISTS (
    SELECT * FROM derived.failing_days d WHERE d.feed_id = failing_attempts.feed_id AND d.day = failing_attempts.day);

CREATE OR REPLACE TEMP TABLE unread_days AS
FROM derived.failing_days ANTI JOIN derived.failing_attempts USING (feed_id, day);

SET VARIABLE unread_from = (SELECT derived.begin_of(min(day)) FROM unread_days);
SET VARIABLE unread_until = (SELECT derived.begin_of(max(day) + 1) FROM unread_days);

INSERT INTO derived.failing_attempts BY NAME
SELECT f.feed_id, d.day, f.started_at, f.fetch_id, f.outcome, f.note
FROM raw.fetches f
JOIN unread_days d ON d.feed_id = f.feed_id AND (d.day - DATE '1970-01-01') = epoch_us(f.started_at) // 86400000000
WHERE f.kind = 'feed' AND f.started_at >= getvariable('unread_from') AND f.started_at < getvariable('unread_until')
ORDER BY f.started_at, f.fetch_id;

-- The collector changes the address only after permanent redirects were confirmed; the pack still has the old one.
CREATE OR REPLACE TEMP TABLE elsewhere AS
SELECT l.feed_id, l.last_url AS url, f.url AS pack_url
FROM derived.feed_polls l JOIN raw.feeds f ON f.feed_id = l.feed_id AND f.url <> l.last_url;

DELETE FROM derived.alerts;

INSERT INTO derived.alerts BY NAME
WITH odd AS MATERIALIZED (
    SELECT scope, subject, day, seen, expected, score, if(score < 0, 'volume_low', 'volume_high') AS kind,
        day - DATE '1970-01-01' - row_number() OVER (PARTITION BY scope, subject, score < 0 ORDER BY day) AS episode
    FROM derived.volumes_daily WHERE abs(score) >= 4 AND (seen < least OR seen > most)
), last_days AS (
    SELECT scope, subject, max(day) AS day FROM derived.volumes_daily GROUP BY ALL
), volume AS (
    SELECT kind, scope, subject, make_timestamptz((min(odd.day) - DATE '1970-01-01') * 86400000000) AS since_at,
        CASE WHEN max(odd.day) < any_value(l.day)
            THEN make_timestamptz((max(odd.day) - DATE '1970-01-01' + 1) * 86400000000) END AS until_at,
        sum(expected) AS expected, sum(seen)::DOUBLE AS seen, 'entries' AS unit,
        arg_max(score, (abs(score), odd.day)) AS score,
        format('{} {} brought {:d} entries {}, about {:.0f} were expected', scope, subject, sum(seen)::BIGINT,
            CASE WHEN count(*) = 1 THEN 'on one day' ELSE 'in ' || count(*) || ' days' END, sum(expected)) AS message
    FROM odd JOIN last_days l USING (scope, subject) GROUP BY kind, scope, subject, episode
), proven AS (
    SELECT p.feed_id, p.since_us, p.until_us, p.usual_us, l.proof_us - p.since_us AS quiet_us
    FROM closed_pauses p JOIN derived.long_pauses l
        ON l.feed_id = p.feed_id AND l.since_us = p.since_us AND l.until_us = p.until_us
    UNION ALL SELECT feed_id, last_new_us, NULL, usual_us, quiet_us FROM rhythms
), silent AS (
    SELECT 'feed_silent' AS kind, 'feed' AS scope, feed_id AS subject, make_timestamptz(since_us) AS since_at,
        make_timestamptz(until_us) AS until_at, usual_us / 3600000000 AS expected, quiet_us / 3600000000 AS seen,
        'hours' AS unit, quiet_us / usual_us AS score,
        format('feed {} answered but brought nothing new for {:.1f} hours; its pauses usually stay below {:.1f}',
            feed_id, quiet_us / 3600000000, usual_us / 3600000000) AS message
    FROM proven WHERE quiet_us > 3 * usual_us
),
-- Five failed attempts in a row.
answered AS MATERIALIZED (
    SELECT feed_id, day, first_answered_at, last_answered_at FROM derived.polls_daily
    WHERE answered_count > 0 AND feed_id IN (SELECT feed_id FROM derived.failing_days)
), troubled AS (
    SELECT s.feed_id, s.day, b.last_answered_at AS answered_before_at, a.first_answered_at AS answered_after_at
    FROM derived.failing_days s
    ASOF LEFT JOIN answered b ON b.feed_id = s.feed_id AND s.day > b.day
    ASOF LEFT JOIN answered a ON a.feed_id = s.feed_id AND s.day < a.day
), attempts AS (
    SELECT f.feed_id, f.started_at, f.outcome, f.note,
        f.outcome IN ('new', 'unchanged', 'not_modified', 'empty') AS is_answered,
        greatest(t.answered_before_at, max(CASE WHEN f.outcome IN ('new', 'unchanged', 'not_modified', 'empty')
            THEN f.started_at END) OVER earlier) AS answered_before_at,
        least(t.answered_after_at, min(CASE WHEN f.outcome IN ('new', 'unchanged', 'not_modified', 'empty')
            THEN f.started_at END) OVER later) AS answered_after_at
    FROM derived.failing_attempts f
    JOIN troubled t ON t.feed_id = f.feed_id AND t.day = f.day
    WINDOW earlier AS (PARTITION BY f.feed_id, t.day ORDER BY f.started_at, f.fetch_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
        later AS (PARTITION BY f.feed_id, t.day ORDER BY f.started_at, f.fetch_id
            ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
), failing AS (
    SELECT 'feed_failing' AS kind, 'feed' AS scope, feed_id AS subject, min(started_at) AS since_at,
        answered_after_at AS until_at, 0.0 AS expected, count(*)::DOUBLE AS seen, 'attempts' AS unit,
        count(*)::DOUBLE AS score,
        format('feed {} failed {:d} times in a row, at last with {}{}', feed_id, count(*),
            arg_max(outcome, started_at),
            CASE WHEN coalesce(arg_max(note, started_at), '') = '' THEN '' ELSE ': ' || arg_max(note, started_at) END)
            AS message
    FROM attempts WHERE NOT is_answered
    GROUP BY feed_id, answered_before_at, answered_after_at
    HAVING count(*) >= 5 AND arg_max(outcome, started_at) <> 'gone'
),
-- 410 is the publisher's word that the feed will not come back; one is enough.
gone AS (
    SELECT 'feed_gone' AS kind, 'feed' AS scope, f.feed_id AS subject, min(f.started_at) AS since_at,
        NULL::TIMESTAMPTZ AS until_at, 0.0 AS expected, count(*)::DOUBLE AS seen, 'attempts' AS unit,
        count(*)::DOUBLE AS score, format('feed {} says 410: it is gone for good', f.feed_id) AS message
    FROM raw.fetches f
    LEFT JOIN derived.feed_polls p USING (feed_id)
    WHERE f.kind = 'feed' AND f.outcome = 'gone' AND f.started_at > coalesce(p.last_answered_at, '-infinity')
    GROUP BY f.feed_id
), lying AS (
    SELECT 'validators_lie' AS kind, 'feed' AS scope, feed_id AS subject, since_at, NULL::TIMESTAMPTZ AS until_at,
        1.0 AS expected, document_count::DOUBLE AS seen, 'documents' AS unit, document_count::DOUBLE AS score,
        format('feed {} kept {} although new entries came: its 304 proves nothing', feed_id, validator) AS message
    FROM derived.lying_validators
),
moved AS (
    SELECT 'feed_moved' AS kind, 'feed' AS scope, p.feed_id AS subject, min(p.started_at) AS since_at,
        NULL::TIMESTAMPTZ AS until_at, NULL::DOUBLE AS expected, NULL::DOUBLE AS seen, NULL::VARCHAR AS unit,
        1.0 AS score, format('feed {} moved to {}; the pack still says {}', p.feed_id, p.url, any_value(e.pack_url)) AS message
    FROM raw.fetches p JOIN elsewhere e ON e.feed_id = p.feed_id AND e.url = p.url
    WHERE p.kind = 'feed'
    GROUP BY p.feed_id, p.url
),
-- The collector itself paused: no feed at all was polled. It is measured like a feed's silence. Gaps are whole minutes, of
-- which there are few, so that counting them puts them in order.
gaps AS (
    SELECT until_us - since_us AS gap_us, count(*) AS gap_count FROM derived.polled_gaps GROUP BY ALL
), ranked AS (
    SELECT gap_us, sum(gap_count) OVER (ORDER BY gap_us) AS rank, sum(gap_count) OVER () AS total FROM gaps
), usual_gaps AS (
    SELECT greatest(3600000000, min(gap_us) FILTER (WHERE rank >= ceil(0.99 * (total - 1)))) AS usual_us
    FROM ranked HAVING any_value(total) >= 30
), stopped AS (
    SELECT 'collection_stopped' AS kind, 'collection' AS scope, 'all' AS subject, make_timestamptz(since_us) AS since_at,
        make_timestamptz(until_us) AS until_at, usual_us / 3600000000 AS expected,
        (until_us - since_us) / 3600000000 AS seen, 'hours' AS unit, (until_us - since_us) / usual_us AS score,
        format('nothing was polled for {:.1f} hours', (until_us - since_us) / 3600000000) AS message
    FROM derived.polled_gaps, usual_gaps WHERE until_us - since_us > 3 * usual_us
), alerts AS (
    FROM volume UNION ALL FROM silent UNION ALL FROM failing UNION ALL FROM gone UNION ALL FROM lying
    UNION ALL FROM moved UNION ALL FROM stopped
)
SELECT substr(md5(concat_ws('|', kind, scope, subject, epoch_us(since_at))), 1, 16) AS alert_id,
    kind, scope, subject, since_at, until_at, until_at IS NULL AS is_open, expected, seen, unit, score, message
FROM alerts;
