-- Why was this entry taken or left, and what became of it?
-- One row per entry, rejected ones included.
CREATE OR REPLACE VIEW mart.verdict_audit AS
SELECT entry_id, window_at, seen_at, feed_id, outlet, title, summary, url, published_at, date_note, band, score, first_band,
    first_score, decided_by, "language", has_page, terms, contributions, rules_version, article_id, story_id, reason
FROM derived.verdict_audit;

COMMENT ON VIEW mart.verdict_audit IS 'One row per entry: how it was judged, with which words, and what it was merged with';
COMMENT ON COLUMN mart.verdict_audit.entry_id IS 'Identifies what one feed said once; an edit is a new entry';
COMMENT ON COLUMN mart.verdict_audit.window_at IS 'Start of the arrival window (UTC), the key that a backfill replays';
COMMENT ON COLUMN mart.verdict_audit.seen_at IS 'When the feed was fetched that first showed it (UTC)';
COMMENT ON COLUMN mart.verdict_audit.feed_id IS 'The feed that showed it';
COMMENT ON COLUMN mart.verdict_audit.outlet IS 'Who publishes that feed';
COMMENT ON COLUMN mart.verdict_audit.title IS 'Title as the feed gave it, as plain text';
COMMENT ON COLUMN mart.verdict_audit.summary IS 'Summary as the feed gave it, as plain text';
COMMENT ON COLUMN mart.verdict_audit.url IS 'Address of the report';
COMMENT ON COLUMN mart.verdict_audit.published_at IS 'Publication time that was chosen (UTC)';
COMMENT ON COLUMN mart.verdict_audit.date_note IS 'Why that time was chosen, repaired or dropped';
COMMENT ON COLUMN mart.verdict_audit.band IS 'accepted, review or rejected';
COMMENT ON COLUMN mart.verdict_audit.score IS 'Probability of relevance, 0 to 1; 0 where the gate stopped it';
COMMENT ON COLUMN mart.verdict_audit.first_band IS 'What title and summary alone gave, where the page or a person revised it; empty in rows of an older release';
COMMENT ON COLUMN mart.verdict_audit.first_score IS 'Probability that title and summary alone gave, 0 to 1';
COMMENT ON COLUMN mart.verdict_audit.decided_by IS 'Who gave the verdict: judge, text, opinion or a person''s name';
COMMENT ON COLUMN mart.verdict_audit.language IS 'Language of the text, ISO 639-1; und where it could not be told; Serbian and Bosnian by script or by what the feed declares (hr in rows of an older release)';
COMMENT ON COLUMN mart.verdict_audit.has_page IS 'Whether the text of the captured page was judged too';
COMMENT ON COLUMN mart.verdict_audit.terms IS 'Terms that fired: concept, words, field, offsets';
COMMENT ON COLUMN mart.verdict_audit.contributions IS 'Features and their parts in the score, in log-odds';
COMMENT ON COLUMN mart.verdict_audit.rules_version IS 'Version of the rules that judged it';
COMMENT ON COLUMN mart.verdict_audit.article_id IS 'The article it is a copy of; empty for rejected entries';
COMMENT ON COLUMN mart.verdict_audit.story_id IS 'The story of that article';
COMMENT ON COLUMN mart.verdict_audit.reason IS 'Why it was put there';
