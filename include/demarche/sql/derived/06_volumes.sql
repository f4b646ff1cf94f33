-- How many entries came each day, against how many usually come?
-- One row per feed, language or country and finished UTC day on which it can be judged. A feed takes part in a day that was
-- covered to nine tenths and had an answer in the six hours before it began and before it ended, so that our own
-- outages and their catching up are never mistaken for the source's silence; its first day, when the whole document
-- is new, never counts. `usual` of a group is the sum of its present feeds' means, so that a feed that joins or leaves
-- moves expectation and sight alike. The baseline is the median of the same weekday in the eight weeks before (four at
-- least), else of the 28 days before (14 at least). The scale is the largest of the baseline's deviation
-- (1.4826 MAD), the noise of counting (square root) and a tenth of the expectation; the score is a robust z.
-- Which days count is remembered; where they stay as they were, so do the volumes.
CREATE OR REPLACE TEMP TABLE counted_from AS
SELECT least((SELECT min(day) FROM changed_coverage),
    (SELECT max(day) FROM derived.polls_daily WHERE day < (SELECT max(day) FROM derived.polls_daily))) AS day;

CREATE OR REPLACE TEMP TABLE counted_before AS
FROM derived.volume_days WHERE day >= (SELECT day FROM counted_from);

DELETE FROM derived.volume_days WHERE day >= (SELECT day FROM counted_from);

INSERT INTO derived.volume_days BY NAME
WITH first_days AS (
    SELECT feed_id, min(day) AS first_day,
        max(day) FILTER (WHERE day < (SELECT day FROM counted_from)) AS last_day
    FROM derived.polls_daily GROUP BY feed_id
), polls AS (
    SELECT d.feed_id, d.day, d.last_answered_at, d.day - b.first_day AS age,
        coalesce(lag(d.last_answered_at) OVER days, CASE WHEN row_number() OVER days = 1 THEN l.last_answered_at END)
            AS answered_before_at,
        (d.day - DATE '1970-01-01') * 86400000000 AS start_us
    FROM derived.polls_daily d JOIN first_days b USING (feed_id)
    LEFT JOIN derived.polls_daily l ON l.feed_id = b.feed_id AND l.day = b.last_day
    WHERE d.day >= (SELECT day FROM counted_from)
    WINDOW days AS (PARTITION BY d.feed_id ORDER BY d.day)
)
SELECT c.feed_id, c.day, c.country, c.language, c.new_entry_count
FROM derived.coverage c
JOIN polls p ON p.feed_id = c.feed_id AND p.day = c.day
WHERE c.covered_share >= 0.9 AND p.age > 0 AND p.day < (SELECT max(day) FROM derived.polls_daily)
    AND epoch_us(p.answered_before_at) >= p.start_us - 6 * 3600000000
    AND epoch_us(p.last_answered_at) >= p.start_us + 18 * 3600000000
ORDER BY c.day, c.feed_id;

CREATE OR REPLACE TEMP TABLE recounted_from AS
SELECT min(day) AS day FROM (
    SELECT day FROM (
        FROM counted_before UNION ALL FROM derived.volume_days WHERE day >= (SELECT day FROM counted_from))
    GROUP BY feed_id, day, country, "language", new_entry_count HAVING count(*) = 1);

-- What a feed brought is held against the days before alone; in a group the feeds weigh as they do over all days, so
-- that all days of a group are counted again. A feed that had brought nothing before is not there before, either.
CREATE OR REPLACE TEMP TABLE recounted_feeds AS
SELECT feed_id FROM derived.volume_days GROUP BY feed_id
HAVING sum(new_entry_count) > 0
    AND coalesce(sum(new_entry_count) FILTER (WHERE day < (FROM recounted_from)), 0) = 0;

DELETE FROM derived.volumes_daily
WHERE (FROM recounted_from) IS NOT NULL AND (scope <> 'feed' OR day >= (FROM recounted_from)
    OR subject NOT IN (SELECT feed_id FROM derived.volume_days WHERE new_entry_count > 0) OR subject IN (FROM recounted_feeds));

INSERT INTO derived.volumes_daily BY NAME
WITH usable AS (
    -- A decimal, so that no order of adding shows.
    SELECT *, avg(new_entry_count) OVER (PARTITION BY feed_id)::DECIMAL(18, 6) AS usual FROM derived.volume_days
    WHERE (FROM recounted_from) IS NOT NULL
), scoped AS (
    SELECT *, unnest([{scope: 'language', subject: language}, {scope: 'country', subject: country}], recursive := true)
    FROM usable
), series AS (
    SELECT scope, subject, day, day - DATE '1970-01-01' AS day_number, count(*) AS feed_count,
        sum(new_entry_count) AS seen, sum(usual)::DOUBLE AS usual, sum(new_entry_count) / sum(usual)::DOUBLE AS level,
        true AS is_asked
    FROM scoped WHERE subject IS NOT NULL
    GROUP BY scope, subject, day
    HAVING sum(usual) > 0 AND count(*) > 1
    UNION ALL
    SELECT 'feed', feed_id, day, day - DATE '1970-01-01', 1, new_entry_count, 1, new_entry_count,
        day >= (FROM recounted_from) OR feed_id IN (FROM recounted_feeds)
    FROM usable WHERE usual > 0
        AND (day >= (FROM recounted_from) - 56 OR feed_id IN (FROM recounted_feeds))
), baselines AS (
    SELECT *, count(*) OVER weekly AS weekly_days, count(*) OVER recent AS recent_days,
        median(level) OVER weekly AS weekly_median, median(level) OVER recent AS recent_median,
        mad(level) OVER weekly AS weekly_mad, mad(level) OVER recent AS recent_mad,
        min(level) OVER weekly AS weekly_min, min(level) OVER recent AS recent_min,
        max(level) OVER weekly AS weekly_max, max(level) OVER recent AS recent_max
    FROM series
    WINDOW weekly AS (PARTITION BY scope, subject, day_number % 7 ORDER BY day_number
            RANGE BETWEEN 56 PRECEDING AND 1 PRECEDING),
        recent AS (PARTITION BY scope, subject ORDER BY day_number RANGE BETWEEN 28 PRECEDING AND 1 PRECEDING)
), chosen AS (
    SELECT scope, subject, day, feed_count, seen, usual, weekly_days >= 4 AS is_weekly,
        if(is_weekly, weekly_days, recent_days) AS baseline_days,
        usual * if(is_weekly, weekly_median, recent_median) AS expected,
        usual * if(is_weekly, weekly_mad, recent_mad) AS deviation,
        usual * if(is_weekly, weekly_min, recent_min) AS least,
        usual * if(is_weekly, weekly_max, recent_max) AS most
    FROM baselines WHERE is_asked AND (weekly_days >= 4 OR recent_days >= 14)
)
SELECT scope, subject, day, feed_count, seen::BIGINT AS seen, expected,
    -- Rounded, so that a day as low as the lowest is never below it by an error of the last digit.
    round(least, 6) AS least, round(most, 6) AS most,
    if(is_weekly, 'same weekday', 'last days') AS baseline, baseline_days,
    (seen - expected) / greatest(1.4826 * deviation, sqrt(greatest(expected, 1)), 0.1 * expected) AS score
FROM chosen
ORDER BY scope, day, subject;
