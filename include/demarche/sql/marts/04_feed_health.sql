-- Which feeds can be relied on, and what is wrong with the others?
-- One row per feed that is in the pack or was ever fetched. "Recent" is the last 24 hours before the newest
-- fetch in the database, so that a replayed past reads as it did then.
CREATE OR REPLACE VIEW mart.feed_health AS
WITH days AS (
    SELECT feed_id, sum(poll_count)::BIGINT AS attempt_count, sum(answered_count)::BIGINT AS answered_count,
        max(last_poll_at) AS last_attempt_at, max(last_answered_at) AS last_answered_at, max(last_new_at) AS last_new_at,
        arg_max({outcome: last_outcome, status: last_status, note: last_note}, last_poll_at) AS newest,
        sum(gap_count)::BIGINT AS gap_count
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
    WHERE kind = 'feed' AND epoch_us(started_at) > (
        SELECT epoch_us(max(last_poll_at)) - 24 * 3600000000 FROM derived.polls_daily)
    GROUP BY feed_id
)
SELECT feed_id, f.outlet, f.country, f.language, f.kind, f.url,
    CASE WHEN s.feed_id IS NULL THEN 'never polled'
        WHEN s.newest.outcome = 'gone' THEN 'gone'
        WHEN coalesce(k.failure_streak, 0) >= 5 THEN 'failing'
        WHEN coalesce(k.failure_streak, 0) > 0 THEN 'troubled'
        ELSE 'well' END AS health,
    s.newest.outcome AS last_outcome, s.newest.status AS last_status, s.newest.note AS last_note,
    coalesce(k.failure_streak, 0) AS failure_streak,
    s.attempt_count, s.answered_count, s.last_attempt_at, s.last_answered_at, s.last_new_at,
    coalesce(r.attempt_count, 0) AS recent_attempt_count, coalesce(r.answered_count, 0) AS recent_answered_count,
    coalesce(r.entry_count, 0) AS recent_entry_count, s.gap_count, r.median_duration_ms
FROM raw.feeds f FULL JOIN days s USING (feed_id) LEFT JOIN streaks k USING (feed_id) LEFT JOIN recent r USING (feed_id);

COMMENT ON VIEW mart.feed_health IS 'One row per feed: does it answer, since when not, and what did it bring';
COMMENT ON COLUMN mart.feed_health.feed_id IS 'Identifies the feed, a readable slug';
COMMENT ON COLUMN mart.feed_health.outlet IS 'Who publishes the feed';
COMMENT ON COLUMN mart.feed_health.country IS 'Country of the outlet: ISO 3166-1 alpha-2, or an organisation';
COMMENT ON COLUMN mart.feed_health.language IS 'Language of the feed, ISO 639-1';
COMMENT ON COLUMN mart.feed_health.kind IS 'press, wire, government, io or ngo';
COMMENT ON COLUMN mart.feed_health.url IS 'Address of the feed as the pack gives it';
COMMENT ON COLUMN mart.feed_health.health IS 'well, troubled (last attempts failed), failing (five or more in a row), gone (410), never polled';
COMMENT ON COLUMN mart.feed_health.last_outcome IS 'Outcome of the newest attempt';
COMMENT ON COLUMN mart.feed_health.last_status IS 'HTTP status of the newest attempt';
COMMENT ON COLUMN mart.feed_health.last_note IS 'What went wrong then, in words';
COMMENT ON COLUMN mart.feed_health.failure_streak IS 'Failed attempts since the last answer';
COMMENT ON COLUMN mart.feed_health.attempt_count IS 'All attempts';
COMMENT ON COLUMN mart.feed_health.answered_count IS 'Attempts that brought a readable feed or a 304';
COMMENT ON COLUMN mart.feed_health.last_attempt_at IS 'Time of the newest attempt (UTC)';
COMMENT ON COLUMN mart.feed_health.last_answered_at IS 'Time of the newest readable answer (UTC)';
COMMENT ON COLUMN mart.feed_health.last_new_at IS 'Time of the newest answer with a new entry (UTC)';
COMMENT ON COLUMN mart.feed_health.recent_attempt_count IS 'Attempts in the last 24 hours of the database';
COMMENT ON COLUMN mart.feed_health.recent_answered_count IS 'Answers in the last 24 hours of the database';
COMMENT ON COLUMN mart.feed_health.recent_entry_count IS 'New entries in the last 24 hours of the database';
COMMENT ON COLUMN mart.feed_health.gap_count IS 'Polls that shared no entry with the poll before: reports may have been lost';
COMMENT ON COLUMN mart.feed_health.median_duration_ms IS 'Median duration of the recent attempts, milliseconds';
