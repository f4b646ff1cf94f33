-- How many entries came each day, against how many usually come?
CREATE OR REPLACE VIEW mart.volumes_daily AS
SELECT scope, subject, day, feed_count, seen, expected, least, most, baseline, baseline_days, score FROM
    derived.volumes_daily;

COMMENT ON VIEW mart.volumes_daily IS 'One row per feed, language or country and finished UTC day that can be judged: entries seen against entries expected';
COMMENT ON COLUMN mart.volumes_daily.scope IS 'feed, language or country; a language or country needs two feeds';
COMMENT ON COLUMN mart.volumes_daily.subject IS 'Which one';
COMMENT ON COLUMN mart.volumes_daily.day IS 'UTC day of the polls';
COMMENT ON COLUMN mart.volumes_daily.feed_count IS 'Feeds that took part, seen nearly whole that day';
COMMENT ON COLUMN mart.volumes_daily.seen IS 'New entries they brought';
COMMENT ON COLUMN mart.volumes_daily.expected IS 'Median of the baseline, for these feeds';
COMMENT ON COLUMN mart.volumes_daily.least IS 'Lowest day of the baseline, for these feeds';
COMMENT ON COLUMN mart.volumes_daily.most IS 'Highest day of the baseline, for these feeds';
COMMENT ON COLUMN mart.volumes_daily.baseline IS 'same weekday (of the eight weeks before) or last days (28)';
COMMENT ON COLUMN mart.volumes_daily.baseline_days IS 'Days in the baseline';
COMMENT ON COLUMN mart.volumes_daily.score IS 'Robust z: distance from the expectation by the largest of deviation, counting noise and a tenth of it';

-- What should a person look at?
-- One row per alert; how they are found is said in sql/derived/07_alerts.sql.
CREATE OR REPLACE VIEW mart.alerts AS
SELECT alert_id, kind, scope, subject, since_at, until_at, is_open, expected, seen, unit, score, message FROM
    derived.alerts;

COMMENT ON VIEW mart.alerts IS 'One row per alert: a silence, a volume out of its usual range, or a feed that should be repaired';
COMMENT ON COLUMN mart.alerts.alert_id IS 'Identifies the alert; made of kind, scope, subject and since_at, so it stays while the alert lasts';
COMMENT ON COLUMN mart.alerts.kind IS 'volume_low, volume_high, feed_silent, feed_failing, feed_gone, feed_moved, validators_lie or collection_stopped';
COMMENT ON COLUMN mart.alerts.scope IS 'feed, language, country or collection';
COMMENT ON COLUMN mart.alerts.subject IS 'Which one';
COMMENT ON COLUMN mart.alerts.since_at IS 'When it began (UTC): start of the first odd day, the last new entry, the first failure';
COMMENT ON COLUMN mart.alerts.until_at IS 'When it ended (UTC); empty while the newest data still show it';
COMMENT ON COLUMN mart.alerts.is_open IS 'Whether the newest data still show it';
COMMENT ON COLUMN mart.alerts.expected IS 'What was expected, in the unit; empty where nothing is counted';
COMMENT ON COLUMN mart.alerts.seen IS 'What was seen, in the unit';
COMMENT ON COLUMN mart.alerts.unit IS 'entries, hours, attempts or documents';
COMMENT ON COLUMN mart.alerts.score IS 'How odd it is, comparable within a kind: robust z, times the usual pause, failures or documents';
COMMENT ON COLUMN mart.alerts.message IS 'The alert in words';
