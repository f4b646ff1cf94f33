-- What did people decide, and does the machine agree?
-- One row per label; the newest of a person and entry counts.
CREATE OR REPLACE VIEW mart.labels AS
SELECT label_id, entry_id, url, label, is_relevant, labelled_by, labelled_at, note, is_newest, band, score, decided_by, title,
    seen_at, article_id, story_id
FROM derived.labels;

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
