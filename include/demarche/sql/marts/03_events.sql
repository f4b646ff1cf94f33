-- Who did what to whom, in which report?
-- One row per initiator, target, instrument and accepted article; an article without a direction has no row.
CREATE OR REPLACE VIEW mart.events AS
WITH acting AS (SELECT *, unnest(initiators) AS initiator FROM mart.articles WHERE band = 'accepted'),
addressed AS (SELECT *, unnest(targets) AS target FROM acting),
coded AS (SELECT *, unnest(instruments) AS instrument FROM addressed WHERE initiator <> target)
SELECT article_id || '-' || initiator || '-' || target || '-' || instrument AS event_id,
    article_id, story_id, seen_on, first_seen_at, initiator, target, instrument, stage, sign, about, frames,
    sentence, outlet, language, outlet_count, direction_confidence
FROM coded;

COMMENT ON VIEW mart.events IS 'One row per initiator, target, instrument and accepted article';
COMMENT ON COLUMN mart.events.event_id IS 'Identifies the row: article, initiator, target, instrument';
COMMENT ON COLUMN mart.events.article_id IS 'The report, see mart.articles';
COMMENT ON COLUMN mart.events.story_id IS 'The development, see mart.stories';
COMMENT ON COLUMN mart.events.seen_on IS 'UTC day the article was first seen';
COMMENT ON COLUMN mart.events.first_seen_at IS 'When the article was first seen (UTC)';
COMMENT ON COLUMN mart.events.initiator IS 'Who acts: country or organisation code';
COMMENT ON COLUMN mart.events.target IS 'On whom or with whom: country or organisation code';
COMMENT ON COLUMN mart.events.instrument IS 'Instrument, code of the codebook';
COMMENT ON COLUMN mart.events.stage IS 'How far the act has come';
COMMENT ON COLUMN mart.events.sign IS 'cooperative, coercive, mixed or neutral';
COMMENT ON COLUMN mart.events.about IS 'Nationality of the people concerned, where given';
COMMENT ON COLUMN mart.events.frames IS 'Frames in which the matter is put';
COMMENT ON COLUMN mart.events.sentence IS 'The sentence that carries the act';
COMMENT ON COLUMN mart.events.outlet IS 'Who published the sighting that stands for the article';
COMMENT ON COLUMN mart.events.language IS 'Language of the text, ISO 639-1';
COMMENT ON COLUMN mart.events.outlet_count IS 'Outlets that carried the article';
COMMENT ON COLUMN mart.events.direction_confidence IS 'How sure the coder is who acts on whom, 0 to 1';
