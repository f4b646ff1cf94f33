-- What developed, who acted on whom, and how widely was it reported?
-- One row per story: the accepted articles that report the same development. Its title is the headline of the
-- article with the most outlets, the earliest where they tie; a code belongs to the story where at least a third
-- of the articles that carry a code of its kind carry it. How it is made is said in sql/derived/02_stories.sql.
CREATE OR REPLACE VIEW mart.stories AS
SELECT story_id, title, url, first_seen_at, last_seen_at, seen_on, initiators, targets, dyads, who, direction_confidence, about,
    instruments, frames, support, stage, "sign", plover_event, plover_mode, cameo, follows, article_count, sighting_count, origin_count, outlet_count, outlets,
    languages, countries
FROM derived.stories;

COMMENT ON VIEW mart.stories IS 'One row per story: a development, with who acted on whom and how widely it was reported';
COMMENT ON COLUMN mart.stories.story_id IS 'Identifies the story; derived from its first article';
COMMENT ON COLUMN mart.stories.title IS 'Headline of the article that most outlets carried';
COMMENT ON COLUMN mart.stories.url IS 'Address of that article';
COMMENT ON COLUMN mart.stories.first_seen_at IS 'When the first report was seen (UTC)';
COMMENT ON COLUMN mart.stories.last_seen_at IS 'When the newest report was seen (UTC)';
COMMENT ON COLUMN mart.stories.seen_on IS 'UTC day of first_seen_at';
COMMENT ON COLUMN mart.stories.initiators IS 'Who acts, in at least a third of the articles that carry a code of this kind';
COMMENT ON COLUMN mart.stories.targets IS 'Whom the act addresses, in at least a third of the articles that carry a code of this kind';
COMMENT ON COLUMN mart.stories.dyads IS 'Who acts on whom, as US>DE, in at least a third of the articles that say so; A>B and B>A where an act is joint';
COMMENT ON COLUMN mart.stories.who IS 'The same for people to read: "GR IT → HU; HU → EU", "CO ↔ ES" where all act with each other, "?" where nobody is named';
COMMENT ON COLUMN mart.stories.direction_confidence IS 'How sure the coder is of that, 0 to 1: mean of the articles that name both sides; empty where none does';
COMMENT ON COLUMN mart.stories.about IS 'Nationality of the people concerned, in at least a third of the articles that carry a code of this kind';
COMMENT ON COLUMN mart.stories.instruments IS 'Instruments, in at least a third of the articles that carry a code of this kind';
COMMENT ON COLUMN mart.stories.frames IS 'Frames, in at least a third of the articles that carry a code of this kind';
COMMENT ON COLUMN mart.stories.support IS 'How many articles carry each code, and how many carry any code of its field (voters): initiators, targets, about, instruments, frames, stage, sign, and dyads as IT>HU; codes below a third too';
COMMENT ON COLUMN mart.stories.stage IS 'How far the act has come: the stage of the newest day that tells more than words said, see mart.story_timeline';
COMMENT ON COLUMN mart.stories.sign IS 'Most frequent sign of the articles, the first in alphabetical order where they tie: see support';
COMMENT ON COLUMN mart.stories.plover_event IS 'PLOVER event type of the articles: the most frequent triple of event, mode and CAMEO code';
COMMENT ON COLUMN mart.stories.plover_mode IS 'Mode of that event type in PLOVER; may be empty';
COMMENT ON COLUMN mart.stories.cameo IS 'CAMEO code of that triple';
COMMENT ON COLUMN mart.stories.follows IS 'Stories that this one takes up, by id';
COMMENT ON COLUMN mart.stories.article_count IS 'Independent articles, copies not counted';
COMMENT ON COLUMN mart.stories.sighting_count IS 'Entries, copies and versions counted';
COMMENT ON COLUMN mart.stories.origin_count IS 'Agencies and outlets that reported it themselves: independent sources, copies not counted';
COMMENT ON COLUMN mart.stories.outlet_count IS 'Outlets that carried any of the articles';
COMMENT ON COLUMN mart.stories.outlets IS 'Names of those outlets';
COMMENT ON COLUMN mart.stories.languages IS 'Languages of the articles, ISO 639-1';
COMMENT ON COLUMN mart.stories.countries IS 'Countries of all outlets that carried it';
