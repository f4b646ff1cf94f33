-- Which reports of migration diplomacy did we find, and why is each one here?
-- One row per article: a report, whatever its copies. The entry that stands for it is the accepted one with
-- the most words, the earliest where they tie.
CREATE OR REPLACE VIEW mart.articles AS
WITH sightings AS (
    SELECT g.article_id, g.story_id, e.*, v.band, v.score, v.lang, v.terms, v.rules_version, g.reason,
        f.outlet, f.country, f.kind
    FROM core.groupings g
    JOIN raw.entries e USING (entry_id)
    JOIN core.verdicts v USING (entry_id)
    LEFT JOIN raw.feeds f ON f.feed_id = e.feed_id
), standing AS (
    SELECT * FROM sightings
    QUALIFY row_number() OVER (
        PARTITION BY article_id
        ORDER BY band = 'accepted' DESC, length(title) + length(summary) DESC, seen_at, entry_id) = 1
), counts AS (
    SELECT article_id,
        min(seen_at) AS first_seen_at,
        max(seen_at) AS last_seen_at,
        min(published_at) AS published_at,
        max(nullif(story_id, '')) AS story_id,
        count(*) AS sighting_count,
        count(DISTINCT coalesce(outlet, feed_id)) AS outlet_count,
        list_sort(list(DISTINCT coalesce(outlet, feed_id))) AS outlets
    FROM sightings GROUP BY article_id
)
SELECT s.article_id, c.story_id, s.title, s.summary, s.url, coalesce(s.outlet, s.feed_id) AS outlet, s.country,
    s.lang AS language, s.kind, c.first_seen_at, c.last_seen_at, c.published_at,
    (c.first_seen_at AT TIME ZONE 'UTC')::DATE AS seen_on,
    s.band, s.score, k.initiators, k.targets, k.about, k.instruments, k.stage, k.sign, k.frames, k.sentence,
    k.direction_confidence, c.sighting_count, c.outlet_count, c.outlets,
    list_sort(list_distinct([t.term FOR t IN s.terms])) AS terms,
    s.reason, s.entry_id, s.rules_version
FROM standing s
JOIN counts c USING (article_id)
LEFT JOIN core.codings k ON k.entry_id = s.entry_id;

COMMENT ON VIEW mart.articles IS 'One row per article: a report of migration diplomacy, counted once however often it was copied';
COMMENT ON COLUMN mart.articles.article_id IS 'Identifies the article; derived from its first sighting';
COMMENT ON COLUMN mart.articles.story_id IS 'The story the article belongs to; empty for articles in review';
COMMENT ON COLUMN mart.articles.title IS 'Headline of the sighting that stands for the article';
COMMENT ON COLUMN mart.articles.summary IS 'Summary as the feed gave it, as plain text';
COMMENT ON COLUMN mart.articles.url IS 'Address of the report';
COMMENT ON COLUMN mart.articles.outlet IS 'Who published the sighting that stands for the article';
COMMENT ON COLUMN mart.articles.country IS 'Country of that outlet: ISO 3166-1 alpha-2, or an organisation';
COMMENT ON COLUMN mart.articles.language IS 'Language of the text, ISO 639-1; und where it could not be told';
COMMENT ON COLUMN mart.articles.kind IS 'Kind of source: press, wire, government, io or ngo';
COMMENT ON COLUMN mart.articles.first_seen_at IS 'When Demarche first saw any copy (UTC)';
COMMENT ON COLUMN mart.articles.last_seen_at IS 'When the newest copy or version was first seen (UTC)';
COMMENT ON COLUMN mart.articles.published_at IS 'Earliest publication time that any copy claims (UTC); feeds err';
COMMENT ON COLUMN mart.articles.seen_on IS 'UTC day of first_seen_at';
COMMENT ON COLUMN mart.articles.band IS 'accepted, or review where a person should look';
COMMENT ON COLUMN mart.articles.score IS 'Probability of relevance that the judge gave, 0 to 1';
COMMENT ON COLUMN mart.articles.initiators IS 'Who acts: country or organisation codes of the codebook';
COMMENT ON COLUMN mart.articles.targets IS 'Whom the act addresses, or with whom it is done';
COMMENT ON COLUMN mart.articles.about IS 'Nationality of the people concerned, where given';
COMMENT ON COLUMN mart.articles.instruments IS 'Diplomatic instruments, codes of the codebook';
COMMENT ON COLUMN mart.articles.stage IS 'How far the act has come, code of the codebook';
COMMENT ON COLUMN mart.articles.sign IS 'cooperative, coercive, mixed or neutral, between the governments';
COMMENT ON COLUMN mart.articles.frames IS 'Frames in which the matter is put, codes of the codebook';
COMMENT ON COLUMN mart.articles.sentence IS 'The sentence that carries the act';
COMMENT ON COLUMN mart.articles.direction_confidence IS 'How sure the coder is who acts on whom, 0 to 1';
COMMENT ON COLUMN mart.articles.sighting_count IS 'Entries that are copies or versions of this article';
COMMENT ON COLUMN mart.articles.outlet_count IS 'Outlets that carried it';
COMMENT ON COLUMN mart.articles.outlets IS 'Names of the outlets that carried it';
COMMENT ON COLUMN mart.articles.terms IS 'Lexicon terms that fired in the standing sighting';
COMMENT ON COLUMN mart.articles.reason IS 'Why the standing sighting was put into this article and story';
COMMENT ON COLUMN mart.articles.entry_id IS 'The sighting that stands for the article: raw.entries, core.verdicts, core.codings';
COMMENT ON COLUMN mart.articles.rules_version IS 'Version of the rules that judged it';
