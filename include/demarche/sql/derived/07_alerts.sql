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

DELETE FROM derived.alerts;

INSERT INTO derived.alerts BY NAME
WITH volumes AS MATERIALIZED (FROM derived.volumes_daily),
odd AS (
    SELECT *, if(score < 0, 'volume_low', 'volume_high') AS kind,
        day - DATE '1970-01-01' - row_number() OVER (PARTITION BY scope, subject, score < 0 ORDER BY day) AS episode
    FROM volumes WHERE abs(score) >= 4 AND (seen < least OR seen > most)
), volume AS (
    SELECT kind, scope, subject, make_timestamptz((min(day) - DATE '1970-01-01') * 86400000000) AS since_at,
        CASE WHEN max(day) < (SELECT max(v.day) FROM volumes v WHERE v.scope = odd.scope AND v.subject = odd.subject)
            THEN make_timestamptz((max(day) - DATE '1970-01-01' + 1) * 86400000000) END AS until_at,
        sum(expected) AS expected, sum(seen)::DOUBLE AS seen, 'entries' AS unit,
        arg_max(score, (abs(score), day)) AS score,
        format('{} {} brought {:d} entries {}, about {:.0f} were expected', scope, subject, sum(seen)::BIGINT,
            CASE WHEN count(*) = 1 THEN 'on one day' ELSE 'in ' || count(*) || ' days' END, sum(expected)) AS message
    FROM odd GROUP BY kind, scope, subject, episode
),
-- A feed is silent when its answers brought nothing new for three times as long as 99 of 100 of its other pauses
-- lasted (and three hours). The pause itself is left out of the measure it is held against. Only time up to the last
-- answer counts: what a feed did not answer is no silence.
rhythm AS (
    SELECT feed_id, max(until_us) AS last_new_us,
        greatest(3600000000, list_sort(list(until_us - since_us))[ceil(0.99 * (count(*) - 1))::BIGINT]) AS usual_us
    FROM derived.pauses GROUP BY feed_id
    HAVING count(*) >= 30 AND max(until_us) - min(since_us) >= 7 * 86400000000
), closed AS (
    SELECT p.feed_id, p.since_us, p.until_us, r.usual_us
    FROM derived.pauses p JOIN rhythm r USING (feed_id) WHERE p.until_us - p.since_us > 3 * r.usual_us
), proven AS (
    SELECT p.feed_id, p.since_us, p.until_us, p.usual_us, max(epoch_us(f.started_at)) - p.since_us AS quiet_us
    FROM closed p
    JOIN raw.fetches f ON f.feed_id = p.feed_id AND epoch_us(f.started_at) > p.since_us
        AND epoch_us(f.started_at) < p.until_us
    WHERE f.kind = 'feed' AND (f.outcome IN ('unchanged', 'empty') OR (f.outcome = 'not_modified'
        AND f.feed_id NOT IN (SELECT feed_id FROM derived.lying_validators)))
    GROUP BY p.feed_id, p.since_us, p.until_us, p.usual_us
    -- After the last news no answer brought any, so that the days know the last of them.
    UNION ALL
    SELECT r.feed_id, r.last_new_us, NULL, r.usual_us,
        max(epoch_us(if(l.feed_id IS NULL, d.last_answered_at, d.last_body_at))) - r.last_new_us AS quiet_us
    FROM rhythm r
    JOIN derived.polls_daily d ON d.feed_id = r.feed_id AND epoch_us(d.last_poll_at) > r.last_new_us
    LEFT JOIN derived.lying_validators l ON l.feed_id = r.feed_id
    WHERE epoch_us(if(l.feed_id IS NULL, d.last_answered_at, d.last_body_at)) > r.last_new_us
    GROUP BY r.feed_id, r.last_new_us, r.usual_us
), silent AS (
    SELECT 'feed_silent' AS kind, 'feed' AS scope, feed_id AS subject, make_timestamptz(since_us) AS since_at,
        make_timestamptz(until_us) AS until_at, usual_us / 3600000000 AS expected, quiet_us / 3600000000 AS seen,
        'hours' AS unit, quiet_us / usual_us AS score,
        format('feed {} answered but brought nothing new for {:.1f} hours; its pauses usually stay below {:.1f}',
            feed_id, quiet_us / 3600000000, usual_us / 3600000000) AS message
    FROM proven WHERE quiet_us > 3 * usual_us
),
-- Five failed attempts in a row. Attempts are put in order only on days that can hold a part of such a streak: with
-- five failures, without an answer, or where failures end one polled day and begin the next.
edges AS (
    SELECT feed_id, day, poll_count - answered_count AS failed_count, answered_count,
        last_answered_at IS NULL OR last_poll_at > last_answered_at AS ends_failed,
        first_answered_at IS NULL OR first_poll_at < first_answered_at AS begins_failed,
        coalesce(lag(ends_failed) OVER days, false) AS follows_failed,
        coalesce(lead(begins_failed) OVER days, false) AS precedes_failed
    FROM derived.polls_daily
    WINDOW days AS (PARTITION BY feed_id ORDER BY day)
), suspected AS (
    SELECT feed_id, day FROM edges
    WHERE failed_count >= 5 OR answered_count = 0 OR (follows_failed AND begins_failed) OR (ends_failed AND precedes_failed)
), answered AS MATERIALIZED (
    SELECT feed_id, day, first_answered_at, last_answered_at FROM derived.polls_daily
    WHERE answered_count > 0 AND feed_id IN (SELECT feed_id FROM suspected)
), troubled AS (
    SELECT s.feed_id, s.day, s.day - DATE '1970-01-01' AS day_number, b.last_answered_at AS answered_before_at,
        a.first_answered_at AS answered_after_at
    FROM suspected s
    ASOF LEFT JOIN answered b ON b.feed_id = s.feed_id AND s.day > b.day
    ASOF LEFT JOIN answered a ON a.feed_id = s.feed_id AND s.day < a.day
), attempts AS (
    SELECT f.feed_id, f.started_at, f.outcome, f.note,
        f.outcome IN ('new', 'unchanged', 'not_modified', 'empty') AS is_answered,
        greatest(t.answered_before_at, max(CASE WHEN f.outcome IN ('new', 'unchanged', 'not_modified', 'empty')
            THEN f.started_at END) OVER earlier) AS answered_before_at,
        least(t.answered_after_at, min(CASE WHEN f.outcome IN ('new', 'unchanged', 'not_modified', 'empty')
            THEN f.started_at END) OVER later) AS answered_after_at
    FROM raw.fetches f
    JOIN troubled t ON t.feed_id = f.feed_id AND t.day_number = epoch_us(f.started_at) // 86400000000
    WHERE f.kind = 'feed'
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
-- The collector changes the address only after permanent redirects were confirmed; the pack still has the old one.
elsewhere AS (
    SELECT p.feed_id, p.url
    FROM derived.feed_polls l
    JOIN raw.fetches p ON p.feed_id = l.feed_id AND p.started_at = l.last_attempt_at
    JOIN raw.feeds f ON f.feed_id = p.feed_id AND f.url <> p.url
    WHERE p.kind = 'feed' GROUP BY ALL
), moved AS (
    SELECT 'feed_moved' AS kind, 'feed' AS scope, p.feed_id AS subject, min(p.started_at) AS since_at,
        NULL::TIMESTAMPTZ AS until_at, NULL::DOUBLE AS expected, NULL::DOUBLE AS seen, NULL::VARCHAR AS unit,
        1.0 AS score, format('feed {} moved to {}; the pack still says {}', p.feed_id, p.url, any_value(f.url)) AS message
    FROM raw.fetches p
    JOIN elsewhere e ON e.feed_id = p.feed_id AND e.url = p.url
    JOIN raw.feeds f ON f.feed_id = p.feed_id
    WHERE p.kind = 'feed'
    GROUP BY p.feed_id, p.url
),
-- The collector itself paused: no feed at all was polled. It is measured like a feed's silence.
runs AS (
    SELECT minute_us AS run_us, lag(minute_us) OVER (ORDER BY minute_us) AS before_us FROM derived.polled_minutes
), usual_runs AS (
    SELECT greatest(3600000000, list_sort(list(run_us - before_us))[ceil(0.99 * (count(*) - 1))::BIGINT]) AS usual_us
    FROM runs WHERE before_us IS NOT NULL HAVING count(*) >= 30
), stopped AS (
    SELECT 'collection_stopped' AS kind, 'collection' AS scope, 'all' AS subject, make_timestamptz(before_us) AS since_at,
        make_timestamptz(run_us) AS until_at, usual_us / 3600000000 AS expected,
        (run_us - before_us) / 3600000000 AS seen, 'hours' AS unit, (run_us - before_us) / usual_us AS score,
        format('nothing was polled for {:.1f} hours', (run_us - before_us) / 3600000000) AS message
    FROM runs, usual_runs WHERE run_us - before_us > 3 * usual_us
), alerts AS (
    FROM volume UNION ALL FROM silent UNION ALL FROM failing UNION ALL FROM gone UNION ALL FROM lying
    UNION ALL FROM moved UNION ALL FROM stopped
)
SELECT substr(md5(concat_ws('|', kind, scope, subject, epoch_us(since_at))), 1, 16) AS alert_id,
    kind, scope, subject, since_at, until_at, until_at IS NULL AS is_open, expected, seen, unit, score, message
FROM alerts;
