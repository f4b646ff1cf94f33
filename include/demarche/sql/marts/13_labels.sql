-- What did people decide, and does the machine agree?
-- One row per label; the newest of a person and entry counts.
CREATE OR REPLACE VIEW mart.labels AS
SELECT l.label_id, l.entry_id, l.url, l.label, l.label = 2 AS is_relevant, l.labelled_by, l.labelled_at, l.note,
    row_number() OVER (PARTITION BY coalesce(l.entry_id, l.url), l.labelled_by ORDER BY l.labelled_at DESC, l.label_id DESC) = 1
        AS is_newest,
    e.band, e.score, e.decided_by, e.title, e.seen_at, e.article_id, e.story_id
FROM core.labels l LEFT JOIN derived.labelled e ON e.entry_id = l.entry_id;

COMMENT ON VIEW mart.labels IS 'One row per label that a person gave, beside the verdict';
COMMENT ON COLUMN mart.labels.label_id IS 'Identifies the label';
COMMENT ON COLUMN mart.labels.entry_id IS 'The entry that was labelled; empty where only its address is known';
COMMENT ON COLUMN mart.labels.url IS 'Address of the report';
COMMENT ON COLUMN mart.labels.label IS '0 out of scope, 1 borderline, 2 in scope';
COMMENT ON COLUMN mart.labels.is_relevant IS 'Whether the label is 2';
COMMENT ON COLUMN mart.labels.labelled_by IS 'Who gave it';
COMMENT ON COLUMN mart.labels.labelled_at IS 'When (UTC)';
COMMENT ON COLUMN mart.labels.note IS 'What they wrote beside it';
COMMENT ON COLUMN mart.labels.is_newest IS 'Whether the person gave this entry no later label';
COMMENT ON COLUMN mart.labels.band IS 'What the entry is now: accepted, review or rejected';
COMMENT ON COLUMN mart.labels.score IS 'Probability of relevance that the judge gave, 0 to 1';
COMMENT ON COLUMN mart.labels.decided_by IS 'Who gave the verdict: judge, text, opinion or a person''s name';
COMMENT ON COLUMN mart.labels.title IS 'Headline of the entry';
COMMENT ON COLUMN mart.labels.seen_at IS 'When the entry was first seen (UTC)';
COMMENT ON COLUMN mart.labels.article_id IS 'The article that the entry belongs to';
COMMENT ON COLUMN mart.labels.story_id IS 'The story of that article';
