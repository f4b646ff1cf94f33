-- Who did what to whom, in which report?
-- One row per initiator, target, instrument and accepted article; an article without a direction has no row.
CREATE OR REPLACE VIEW mart.events AS
SELECT event_id, article_id, story_id, seen_on, first_seen_at, initiator, target, instrument, stage, "sign", about, frames,
    plover_event, plover_mode, cameo, roles, quotes, sentence, outlet, origin, "language", outlet_count, direction_confidence
FROM derived.events;

COMMENT ON VIEW mart.events IS 'One row per initiator, target, instrument and accepted article';
COMMENT ON COLUMN mart.events.event_id IS 'Identifies the row; made of article, initiator, target and instrument';
COMMENT ON COLUMN mart.events.article_id IS 'The article that reports it';
COMMENT ON COLUMN mart.events.story_id IS 'The story of that article';
COMMENT ON COLUMN mart.events.seen_on IS 'UTC day on which the article was first seen';
COMMENT ON COLUMN mart.events.first_seen_at IS 'When the article was first seen (UTC)';
COMMENT ON COLUMN mart.events.initiator IS 'Who acts: country or organisation code of the codebook';
COMMENT ON COLUMN mart.events.target IS 'Whom the act addresses';
COMMENT ON COLUMN mart.events.instrument IS 'With which instrument, code of the codebook';
COMMENT ON COLUMN mart.events.stage IS 'How far the act has come';
COMMENT ON COLUMN mart.events.sign IS 'cooperative, coercive, mixed or neutral';
COMMENT ON COLUMN mart.events.about IS 'Nationality of the people concerned, where given';
COMMENT ON COLUMN mart.events.frames IS 'Frames in which the matter is put';
COMMENT ON COLUMN mart.events.plover_event IS 'Event type in the PLOVER ontology; empty where not coded';
COMMENT ON COLUMN mart.events.plover_mode IS 'Mode of that event type in PLOVER';
COMMENT ON COLUMN mart.events.cameo IS 'The nearest CAMEO code';
COMMENT ON COLUMN mart.events.roles IS 'Where initiator and target stand on the way of the migrants, code and role; an actor that stands elsewhere towards another side of the report has both roles';
COMMENT ON COLUMN mart.events.quotes IS 'Who is quoted with which words, and where they stand in the text';
COMMENT ON COLUMN mart.events.sentence IS 'The sentence that carries the act';
COMMENT ON COLUMN mart.events.outlet IS 'Who published the sighting that stands for the article';
COMMENT ON COLUMN mart.events.origin IS 'Whose report it is: the agency that the copies name, else the outlet that had it first';
COMMENT ON COLUMN mart.events.language IS 'Language of the text, ISO 639-1';
COMMENT ON COLUMN mart.events.outlet_count IS 'Outlets that carried the article';
COMMENT ON COLUMN mart.events.direction_confidence IS 'How sure the coder is who acts on whom, 0 to 1';

-- Who presses whom, month by month?
-- One row per month, initiator, target, instrument and sign. Stories are the unit to compare: a report that many
-- outlets write anew makes many articles and one story.
CREATE OR REPLACE VIEW mart.country_pairs AS
SELECT month, initiator, target, instrument, "sign", story_count, article_count, first_seen_on, last_seen_on FROM
    derived.country_pairs;

COMMENT ON VIEW mart.country_pairs IS 'One row per month, initiator, target, instrument and sign: who presses or courts whom, with what';
COMMENT ON COLUMN mart.country_pairs.month IS 'First UTC day of the month in which the articles were first seen';
COMMENT ON COLUMN mart.country_pairs.initiator IS 'Who acts';
COMMENT ON COLUMN mart.country_pairs.target IS 'Whom the act addresses';
COMMENT ON COLUMN mart.country_pairs.instrument IS 'With which instrument';
COMMENT ON COLUMN mart.country_pairs.sign IS 'cooperative, coercive, mixed or neutral';
COMMENT ON COLUMN mart.country_pairs.story_count IS 'Stories with such an article';
COMMENT ON COLUMN mart.country_pairs.article_count IS 'Articles, copies not counted';
COMMENT ON COLUMN mart.country_pairs.first_seen_on IS 'UTC day of the first of them';
COMMENT ON COLUMN mart.country_pairs.last_seen_on IS 'UTC day of the last of them';
