-- The tables that marts are read from say what raw and core say.
WITH sighted AS (
    SELECT DISTINCT article_id FROM checked_groupings
), groups AS (
    SELECT g.* FROM core.groupings g SEMI JOIN sighted s ON s.article_id = g.article_id
), made AS (
    SELECT a.article_id, a.story_id, a.band, a.signature
    FROM derived.articles a SEMI JOIN sighted s ON s.article_id = a.article_id
)
SELECT 'articles' AS what, (SELECT count(*) FROM sighted) AS expected, (SELECT count(*) FROM made) AS found
WHERE expected <> found
UNION ALL SELECT 'groups and verdicts of articles', (
        SELECT bit_xor(hash(g.entry_id, g.story_id, g.decided, g.reason, g.wire, v.band, v.score, v.decided_by))
        FROM groups g JOIN core.verdicts v ON v.entry_id = g.entry_id AND v.window_at = g.window_at) AS expected,
    (SELECT bit_xor(signature) FROM made) AS found WHERE expected IS DISTINCT FROM found
UNION ALL SELECT 'stories', (SELECT count(DISTINCT story_id) FROM made WHERE band = 'accepted') AS expected,
    (SELECT count(*) FROM derived.stories WHERE story_id IN (SELECT story_id FROM made WHERE band = 'accepted')) AS found
WHERE expected <> found
UNION ALL SELECT 'sightings of articles', (SELECT count(*) FROM core.groupings) AS expected,
    coalesce((SELECT sum(sighting_count) FROM derived.articles), 0)::BIGINT AS found WHERE expected <> found
UNION ALL SELECT 'articles of stories', (SELECT count(*) FROM derived.articles WHERE band = 'accepted') AS expected,
    coalesce((SELECT sum(article_count) FROM derived.stories), 0)::BIGINT AS found WHERE expected <> found
UNION ALL SELECT 'entries', (SELECT count(*) FROM raw.entries) AS expected,
    coalesce((SELECT sum(entry_count) FROM derived.entries_daily), 0)::BIGINT AS found WHERE expected <> found
UNION ALL SELECT 'attempts', (SELECT count(*) FROM raw.fetches WHERE kind = 'feed') AS expected,
    coalesce((SELECT sum(poll_count) FROM derived.polls_daily), 0)::BIGINT AS found WHERE expected <> found
