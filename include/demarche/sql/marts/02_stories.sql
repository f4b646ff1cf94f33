-- What developed, who acted on whom, and how widely was it reported?
-- One row per story: the accepted articles that report the same development. Its title is the headline of the
-- article with the most outlets, the earliest where they tie; a code belongs to the story where at least a third
-- of its coded articles carry it.
CREATE OR REPLACE VIEW mart.stories AS
WITH members AS (
    SELECT * FROM mart.articles WHERE story_id IS NOT NULL AND band = 'accepted'
), counts AS (
    SELECT story_id,
        min(first_seen_at) AS first_seen_at,
        max(last_seen_at) AS last_seen_at,
        count(*) AS article_count,
        sum(sighting_count) AS sighting_count,
        list_sort(list(DISTINCT language)) AS languages,
        list_sort(list(DISTINCT country) FILTER (WHERE country IS NOT NULL)) AS countries,
        list_sort(list_distinct(flatten(list(outlets)))) AS outlets,
        arg_max(title, (outlet_count, -epoch(first_seen_at), article_id)) AS title,
        arg_max(url, (outlet_count, -epoch(first_seen_at), article_id)) AS url,
        arg_max(stage, (last_seen_at, article_id)) AS stage,
        mode(sign ORDER BY sign) AS sign
    FROM members GROUP BY story_id
), codes AS (
    SELECT story_id, 'initiators' AS field, unnest(initiators) AS code FROM members
    UNION ALL SELECT story_id, 'targets', unnest(targets) FROM members
    UNION ALL SELECT story_id, 'instruments', unnest(instruments) FROM members
    UNION ALL SELECT story_id, 'frames', unnest(frames) FROM members
    UNION ALL SELECT story_id, 'about', unnest(about) FROM members
), support AS (
    SELECT story_id, field, code, count(*) AS n FROM codes GROUP BY ALL
), agreed AS (
    SELECT s.story_id,
        list_sort(list(code) FILTER (WHERE field = 'initiators')) AS initiators,
        list_sort(list(code) FILTER (WHERE field = 'targets')) AS targets,
        list_sort(list(code) FILTER (WHERE field = 'instruments')) AS instruments,
        list_sort(list(code) FILTER (WHERE field = 'frames')) AS frames,
        list_sort(list(code) FILTER (WHERE field = 'about')) AS about
    FROM support s JOIN counts c USING (story_id)
    WHERE s.n * 3 >= c.article_count
    GROUP BY s.story_id
)
SELECT c.story_id, c.title, c.url, c.first_seen_at, c.last_seen_at,
    (c.first_seen_at AT TIME ZONE 'UTC')::DATE AS seen_on,
    a.initiators, a.targets, a.about, a.instruments, a.frames, c.stage, c.sign,
    c.article_count, c.sighting_count, len(c.outlets) AS outlet_count, c.outlets, c.languages, c.countries
FROM counts c LEFT JOIN agreed a USING (story_id);

COMMENT ON VIEW mart.stories IS 'One row per story: a development, with who acted on whom and how widely it was reported';
COMMENT ON COLUMN mart.stories.story_id IS 'Identifies the story; derived from its first article';
COMMENT ON COLUMN mart.stories.title IS 'Headline of the article that most outlets carried';
COMMENT ON COLUMN mart.stories.url IS 'Address of that article';
COMMENT ON COLUMN mart.stories.first_seen_at IS 'When the first report was seen (UTC)';
COMMENT ON COLUMN mart.stories.last_seen_at IS 'When the newest report was seen (UTC)';
COMMENT ON COLUMN mart.stories.seen_on IS 'UTC day of first_seen_at';
COMMENT ON COLUMN mart.stories.initiators IS 'Who acts, in at least a third of the articles';
COMMENT ON COLUMN mart.stories.targets IS 'Whom the act addresses, in at least a third of the articles';
COMMENT ON COLUMN mart.stories.about IS 'Nationality of the people concerned, in at least a third of the articles';
COMMENT ON COLUMN mart.stories.instruments IS 'Instruments, in at least a third of the articles';
COMMENT ON COLUMN mart.stories.frames IS 'Frames, in at least a third of the articles';
COMMENT ON COLUMN mart.stories.stage IS 'Stage in the newest article';
COMMENT ON COLUMN mart.stories.sign IS 'Most frequent sign of the articles';
COMMENT ON COLUMN mart.stories.article_count IS 'Independent articles, copies not counted';
COMMENT ON COLUMN mart.stories.sighting_count IS 'Entries, copies and versions counted';
COMMENT ON COLUMN mart.stories.outlet_count IS 'Outlets that carried any of the articles';
COMMENT ON COLUMN mart.stories.outlets IS 'Names of those outlets';
COMMENT ON COLUMN mart.stories.languages IS 'Languages of the articles, ISO 639-1';
COMMENT ON COLUMN mart.stories.countries IS 'Countries of the outlets';
