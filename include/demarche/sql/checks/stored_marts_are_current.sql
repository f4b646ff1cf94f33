-- The tables that marts are read from say what raw and core say.
SELECT 'articles' AS what, (SELECT count(DISTINCT article_id) FROM core.groupings) AS expected,
    (SELECT count(*) FROM derived.articles) AS found WHERE expected <> found
UNION ALL SELECT 'groups and verdicts of articles', (
        SELECT bit_xor(hash(g.entry_id, g.story_id, g.reason, g.wire, v.band, v.score, v.decided_by))
        FROM core.groupings g JOIN core.verdicts v ON v.entry_id = g.entry_id) AS expected,
    (SELECT bit_xor(signature) FROM derived.articles) AS found WHERE expected IS DISTINCT FROM found
UNION ALL SELECT 'stories', (SELECT count(DISTINCT story_id) FROM derived.articles WHERE band = 'accepted') AS expected,
    (SELECT count(*) FROM derived.stories) AS found WHERE expected <> found
UNION ALL SELECT 'entries', (SELECT count(*) FROM raw.entries) AS expected,
    coalesce((SELECT sum(entry_count) FROM derived.entries_daily), 0)::BIGINT AS found WHERE expected <> found
UNION ALL SELECT 'attempts', (SELECT count(*) FROM raw.fetches WHERE kind = 'feed') AS expected,
    coalesce((SELECT sum(poll_count) FROM derived.polls_daily), 0)::BIGINT AS found WHERE expected <> found
