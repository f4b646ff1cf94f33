-- What stories say is what their articles agree on. A day's stage is the one that most of its articles carry, of those
-- that tell more than words said ('stated'); where they tie, the one that is later in the codebook's list.
DELETE FROM derived.story_days WHERE story_id IN (FROM touched_stories);

INSERT INTO derived.story_days BY NAME
WITH members AS (
    SELECT story_id, seen_on AS day, article_id, title, url, first_seen_at, outlet_count, sighting_count,
        stage, "sign", initiators, targets, instruments
    FROM derived.articles SEMI JOIN touched_stories USING (story_id)
    WHERE band = 'accepted'
), voted AS (
    SELECT story_id, day, stage, count(*) AS votes,
        coalesce(list_position(['considered', 'announced', 'demanded', 'threatened', 'talks', 'agreed', 'in_force',
            'carried_out', 'rejected', 'suspended'], stage), 0) AS place
    FROM members WHERE stage IS NOT NULL GROUP BY ALL
), staged AS (
    SELECT story_id, day, arg_max(stage, (place > 0, votes, place)) AS stage,
        max((place > 0, votes, place))[2] AS stage_support
    FROM voted GROUP BY ALL
), codes AS (
    SELECT story_id, day, list_sort(list_distinct(flatten(list(initiators)))) AS initiators,
        list_sort(list_distinct(flatten(list(targets)))) AS targets,
        list_sort(list_distinct(flatten(list(instruments)))) AS instruments,
        min(first_seen_at) AS first_seen_at, count(*) AS article_count, sum(sighting_count)::BIGINT AS sighting_count,
        mode("sign" ORDER BY "sign") AS "sign",
        max((outlet_count, -epoch_us(first_seen_at), article_id))[3] AS lead_id
    FROM members GROUP BY ALL
), told AS (
    SELECT story_id, day,
        last_value(CASE WHEN stage <> 'stated' THEN stage END IGNORE NULLS) OVER (
            PARTITION BY story_id ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS stage_before
    FROM staged
)
SELECT c.story_id, c.day, c.first_seen_at, c.article_count, c.sighting_count,
    sum(c.article_count) OVER (PARTITION BY c.story_id ORDER BY c.day)::BIGINT AS article_total,
    s.stage, coalesce(s.stage_support, 0) AS stage_support, t.stage_before,
    coalesce(s.stage <> 'stated' AND s.stage IS DISTINCT FROM t.stage_before, false) AS is_stage_change,
    c.sign, c.initiators, c.targets, c.instruments, m.article_id, m.title, m.url
FROM codes c
JOIN members m ON m.article_id = c.lead_id
LEFT JOIN staged s ON s.story_id = c.story_id AND s.day = c.day
LEFT JOIN told t ON t.story_id = c.story_id AND t.day = c.day
ORDER BY c.day, c.story_id;

INSERT INTO touched_days SELECT DISTINCT 'story', seen_on FROM derived.stories SEMI JOIN touched_stories USING (story_id);

DELETE FROM derived.stories WHERE story_id IN (FROM touched_stories);

-- A code belongs to a story where at least a third of the articles that carry a code of its field carry it.
INSERT INTO derived.stories BY NAME
WITH members AS (
    SELECT story_id, article_id, title, url, first_seen_at, last_seen_at, outlet_count, sighting_count, outlets, origin,
        "language", countries, stage, "sign", {event: plover_event, mode: plover_mode, cameo: cameo} AS plover,
        initiators, targets, about, instruments, frames, direction_confidence
    FROM derived.articles SEMI JOIN touched_stories USING (story_id)
    WHERE band = 'accepted'
), counts AS (
    SELECT story_id,
        min(first_seen_at) AS first_seen_at,
        max(last_seen_at) AS last_seen_at,
        count(*) AS article_count,
        sum(sighting_count)::BIGINT AS sighting_count,
        count(DISTINCT origin) AS origin_count,
        list_sort(list(DISTINCT "language")) AS languages,
        list_sort(list_distinct(flatten(list(countries)))) AS countries,
        list_sort(list_distinct(flatten(list(outlets)))) AS outlets,
        max((outlet_count, -epoch_us(first_seen_at), article_id))[3] AS lead_id,
        mode("sign" ORDER BY "sign") AS "sign",
        avg(direction_confidence) FILTER (WHERE len(initiators) > 0 AND len(targets) > 0) AS direction_confidence,
        -- One vote over the three: taken apart, they would make pairs that no row of the rules gives.
        mode(plover ORDER BY plover) FILTER (WHERE plover.event IS NOT NULL) AS plover
    FROM members GROUP BY story_id
), votes AS (
    SELECT story_id, 'initiators' AS field, initiators AS codes FROM members WHERE len(initiators) > 0
    UNION ALL SELECT story_id, 'targets', targets FROM members WHERE len(targets) > 0
    UNION ALL SELECT story_id, 'about', about FROM members WHERE len(about) > 0
    UNION ALL SELECT story_id, 'instruments', instruments FROM members WHERE len(instruments) > 0
    UNION ALL SELECT story_id, 'frames', frames FROM members WHERE len(frames) > 0
    UNION ALL SELECT story_id, 'stage', [stage] FROM members WHERE stage IS NOT NULL
    UNION ALL SELECT story_id, 'sign', ["sign"] FROM members WHERE "sign" IS NOT NULL
    UNION ALL SELECT story_id, 'dyads', dyads FROM (
        SELECT story_id, flatten([[i || '>' || t FOR t IN targets IF t <> i] FOR i IN initiators]) AS dyads FROM members)
        WHERE len(dyads) > 0
), voters AS (
    SELECT story_id, field, count(*) AS voters FROM votes GROUP BY ALL
), carried AS (
    SELECT story_id, field, code, count(*) AS articles
    FROM (SELECT story_id, field, unnest(list_distinct(codes)) AS code FROM votes) GROUP BY ALL
), support AS (
    SELECT story_id,
        list({field: field, code: code, articles: articles, voters: voters} ORDER BY field, articles DESC, code) AS support
    FROM carried JOIN voters USING (story_id, field) GROUP BY story_id
), stages AS (
    SELECT story_id, arg_max(stage, (stage <> 'stated', day)) AS stage
    FROM derived.story_days SEMI JOIN touched_stories USING (story_id)
    WHERE stage IS NOT NULL GROUP BY story_id
), followed AS (
    SELECT story_id, list_sort(list(DISTINCT follows_story_id)) AS follows
    FROM core.story_links SEMI JOIN touched_stories USING (story_id) GROUP BY story_id
), agreed AS (
    SELECT story_id,
        list_sort([s.code FOR s IN codes IF s.field = 'initiators']) AS initiators,
        list_sort([s.code FOR s IN codes IF s.field = 'targets']) AS targets,
        list_sort([s.code FOR s IN codes IF s.field = 'dyads']) AS dyads,
        list_sort([s.code FOR s IN codes IF s.field = 'about']) AS about,
        list_sort([s.code FOR s IN codes IF s.field = 'instruments']) AS instruments,
        list_sort([s.code FOR s IN codes IF s.field = 'frames']) AS frames
    FROM (SELECT story_id, list_filter(support, lambda s: s.articles * 3 >= s.voters) AS codes FROM support)
), pairs AS (
    SELECT story_id, split_part(dyad, '>', 1) AS one, split_part(dyad, '>', 2) AS other
    FROM (SELECT story_id, unnest(dyads) AS dyad FROM agreed)
), sided AS (
    -- Who acts on the same ones is named together: "GR IT → HU; HU → EU IT".
    SELECT story_id, others, list_sort(list(one)) AS ones
    FROM (SELECT story_id, one, list_sort(list(other)) AS others FROM pairs GROUP BY ALL) GROUP BY ALL
), joint AS (
    SELECT story_id, list_sort(list(DISTINCT one)) AS ones FROM pairs GROUP BY story_id
    HAVING count(*) = count(DISTINCT one) * (count(DISTINCT one) - 1)
        AND count(DISTINCT one) = len(list_distinct(flatten([list(one), list(other)])))
), told AS (
    SELECT s.story_id, coalesce(array_to_string(any_value(j.ones), ' ↔ '),
        string_agg(array_to_string(s.ones, ' ') || ' → ' || array_to_string(s.others, ' '), '; ' ORDER BY s.ones)) AS who
    FROM sided s LEFT JOIN joint j ON j.story_id = s.story_id GROUP BY s.story_id
)
SELECT c.story_id, m.title, m.url, c.first_seen_at, c.last_seen_at,
    derived.utc_day(c.first_seen_at) AS seen_on,
    a.initiators, a.targets, a.dyads,
    coalesce(t.who, coalesce(nullif(array_to_string(a.initiators, ' '), ''), '?')
        || ' → ' || coalesce(nullif(array_to_string(a.targets, ' '), ''), '?')) AS who,
    round(c.direction_confidence, 3) AS direction_confidence, a.about, a.instruments, a.frames,
    p.support, g.stage, c.sign, c.plover.event AS plover_event, c.plover.mode AS plover_mode, c.plover.cameo AS cameo,
    c.article_count, c.sighting_count, c.origin_count, len(c.outlets) AS outlet_count, c.outlets, c.languages, c.countries,
    w.follows
FROM counts c
JOIN members m ON m.article_id = c.lead_id
LEFT JOIN support p ON p.story_id = c.story_id
LEFT JOIN agreed a ON a.story_id = c.story_id
LEFT JOIN told t ON t.story_id = c.story_id
LEFT JOIN stages g ON g.story_id = c.story_id
LEFT JOIN followed w ON w.story_id = c.story_id
ORDER BY c.first_seen_at, c.story_id;

INSERT INTO touched_days SELECT DISTINCT 'story', seen_on FROM derived.stories SEMI JOIN touched_stories USING (story_id);

DELETE FROM derived.story_origins WHERE story_id IN (FROM touched_stories);

INSERT INTO derived.story_origins BY NAME
SELECT story_id, origin, count(*) AS article_count
FROM derived.articles SEMI JOIN touched_stories USING (story_id)
WHERE band = 'accepted' GROUP BY story_id, origin ORDER BY min(first_seen_at), story_id, origin;
