-- Which feeds can be relied on, and what is wrong with the others?
-- One row per feed that is in the pack or was ever fetched. "Recent" is the last 24 hours before the newest
-- fetch in the database, so that a replayed past reads as it did then.
CREATE OR REPLACE VIEW mart.feed_health AS
SELECT feed_id, f.outlet, f.country, f.language, f.kind, f.url,
    CASE WHEN p.feed_id IS NULL THEN 'never polled'
        WHEN p.last_outcome = 'gone' THEN 'gone'
        WHEN p.failure_streak >= 5 THEN 'failing'
        WHEN p.failure_streak > 0 THEN 'troubled'
        ELSE 'well' END AS health,
    p.last_outcome, p.last_status, p.last_note, coalesce(p.failure_streak, 0) AS failure_streak,
    p.attempt_count, p.answered_count, p.last_attempt_at, p.last_answered_at, p.last_new_at,
    coalesce(p.recent_attempt_count, 0) AS recent_attempt_count,
    coalesce(p.recent_answered_count, 0) AS recent_answered_count,
    coalesce(p.recent_entry_count, 0) AS recent_entry_count, p.gap_count, p.median_duration_ms
FROM raw.feeds f FULL JOIN derived.feed_polls p USING (feed_id);

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
