-- What was loaded when, and did the checks pass?
-- One row per load.
CREATE OR REPLACE VIEW mart.runs AS
SELECT loaded_at, start_at, end_at, windows AS window_count, fetches AS fetch_count, entries AS entry_count,
    accepted AS accepted_count, review AS review_count, rejected AS rejected_count, rules_version, code_version
FROM core.loads;

COMMENT ON VIEW mart.runs IS 'One row per load into the warehouse';
COMMENT ON COLUMN mart.runs.loaded_at IS 'When it was loaded (UTC)';
COMMENT ON COLUMN mart.runs.start_at IS 'Start of the first window (UTC)';
COMMENT ON COLUMN mart.runs.end_at IS 'End of the last window (UTC)';
COMMENT ON COLUMN mart.runs.window_count IS 'Windows with anything in the archive';
COMMENT ON COLUMN mart.runs.fetch_count IS 'Attempts loaded';
COMMENT ON COLUMN mart.runs.entry_count IS 'Entries that were first seen in these windows';
COMMENT ON COLUMN mart.runs.accepted_count IS 'Of these, accepted';
COMMENT ON COLUMN mart.runs.review_count IS 'Of these, for review';
COMMENT ON COLUMN mart.runs.rejected_count IS 'Of these, rejected';
COMMENT ON COLUMN mart.runs.rules_version IS 'Version of the rules';
COMMENT ON COLUMN mart.runs.code_version IS 'Version of Demarche';

CREATE OR REPLACE VIEW mart.quality AS SELECT * FROM core.check_results;
COMMENT ON VIEW mart.quality IS 'One row per check and time it ran';
COMMENT ON COLUMN mart.quality.checked_at IS 'When the check ran (UTC)';
COMMENT ON COLUMN mart.quality.check_name IS 'File name of the check in sql/checks';
COMMENT ON COLUMN mart.quality.is_passed IS 'Whether it found nothing wrong';
COMMENT ON COLUMN mart.quality.failures IS 'Rows that break the rule';
COMMENT ON COLUMN mart.quality.sample IS 'Up to five of those rows';
