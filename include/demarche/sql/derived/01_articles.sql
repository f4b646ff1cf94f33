-- One row per article: a report, whatever its copies. The entry that stands for it is the accepted one with the most
-- words, the earliest where they tie. Its origin is the agency or outlet that most of its copies name, else the outlet
-- that published it first: which feed was read first is chance.
INSERT INTO touched_stories
SELECT story_id FROM derived.articles SEMI JOIN touched_articles USING (article_id) WHERE story_id IS NOT NULL;

INSERT INTO touched_days
SELECT DISTINCT 'article', seen_on FROM derived.articles SEMI JOIN touched_articles USING (article_id);

DELETE FROM derived.articles WHERE article_id IN (FROM touched_articles);

INSERT INTO derived.articles BY NAME
WITH sightings AS (
    SELECT g.article_id, g.story_id, g.entry_id, nullif(g.wire, '') AS wire, e.seen_at, e.published_at,
        coalesce(f.outlet, e.feed_id) AS outlet, f.country,
        least(e.seen_at, coalesce(e.published_at, e.seen_at)) AS told_at,
        -- The standing sighting has the least of these.
        (v.band <> 'accepted', -length(e.title) - coalesce(length(e.summary), 0), e.seen_at, g.entry_id, g.window_at,
            concat_ws('; ', g.decided, g.reason)) AS place,
        hash(g.entry_id, g.story_id, g.decided, g.reason, g.wire, v.band, v.score, v.decided_by) AS signature
    FROM core.groupings g
    SEMI JOIN touched_articles t ON t.article_id = g.article_id
    -- The window is the same in all of them; naming it lets the joins read only the days that are asked for.
    JOIN raw.entries e ON e.entry_id = g.entry_id AND e.window_at = g.window_at
    JOIN core.verdicts v ON v.entry_id = g.entry_id AND v.window_at = g.window_at
    LEFT JOIN raw.feeds f ON f.feed_id = e.feed_id
), counts AS (
    SELECT article_id,
        min(place) AS place,
        min(seen_at) AS first_seen_at,
        max(seen_at) AS last_seen_at,
        min(published_at) AS published_at,
        max(nullif(story_id, '')) AS story_id,
        count(*) AS sighting_count,
        list_sort(list(DISTINCT outlet)) AS outlets,
        coalesce(list_sort(list(DISTINCT country) FILTER (WHERE country IS NOT NULL)), []) AS countries,
        any_value(wire) AS wire,  -- the same in all of them
        arg_min(outlet, (told_at, seen_at, entry_id)) AS first_outlet,
        bit_xor(signature) AS signature
    FROM sightings GROUP BY article_id
), standing AS (
    SELECT c.article_id, c.place[6] AS reason, e.entry_id, e.window_at, e.title, e.summary, e.url, coalesce(f.outlet, e.feed_id) AS outlet,
        concat_ws(' ', e.title, e.summary) AS words,
        f.country, f.kind, v.band, v.score, v.lang, v.terms, v.rules_version, v.decided_by
    FROM counts c
    JOIN raw.entries e ON e.entry_id = c.place[4] AND e.window_at = c.place[5]
    JOIN core.verdicts v ON v.entry_id = e.entry_id AND v.window_at = e.window_at
    LEFT JOIN raw.feeds f ON f.feed_id = e.feed_id
)
SELECT s.article_id, c.story_id, s.title, s.summary, s.url, s.outlet, s.country, s.lang AS "language", s.kind,
    c.first_seen_at, c.last_seen_at, c.published_at, derived.utc_day(c.first_seen_at) AS seen_on,
    s.band, s.score, s.decided_by, k.initiators, k.targets, k.about, k.instruments, k.stage, k.sign, k.frames,
    k.sentence, k.sentence_field, k.sentence_start, k.sentence_end, k.evidence,
    k.direction_confidence, k.plover_event, k.plover_mode, k.cameo, k.roles, k.quotes,
    c.wire, coalesce(c.wire, c.first_outlet) AS origin,
    c.sighting_count, len(c.outlets) AS outlet_count, c.outlets, c.countries,
    list_sort(list_distinct([t.term FOR t IN s.terms])) AS terms, s.reason, s.entry_id, s.rules_version,
    ' ' || derived.fold(s.words) AS folded, c.signature
FROM standing s
JOIN counts c USING (article_id)
LEFT JOIN core.codings k ON k.entry_id = s.entry_id AND k.window_at = s.window_at
ORDER BY c.first_seen_at, s.article_id;

INSERT INTO touched_stories
SELECT story_id FROM derived.articles SEMI JOIN touched_articles USING (article_id) WHERE story_id IS NOT NULL;

INSERT INTO touched_days
SELECT DISTINCT 'article', seen_on FROM derived.articles SEMI JOIN touched_articles USING (article_id);
