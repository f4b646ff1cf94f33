-- Who did what to whom in which report, and how often each code came on each day.
DELETE FROM derived.events WHERE article_id IN (FROM touched_articles);

INSERT INTO derived.events BY NAME
WITH acting AS (
    SELECT article_id, story_id, seen_on, stage, "sign", targets, instruments, first_seen_at, unnest(initiators) AS initiator
    FROM derived.articles SEMI JOIN touched_articles USING (article_id) WHERE band = 'accepted'
), addressed AS (SELECT *, unnest(targets) AS target FROM acting)
SELECT article_id, story_id, seen_on, initiator, target, unnest(instruments) AS instrument, stage, "sign"
FROM addressed WHERE initiator <> target
ORDER BY first_seen_at, article_id, initiator, target, instrument;

CREATE OR REPLACE TEMP TABLE touched_months AS
SELECT DISTINCT date_trunc('month', day)::DATE AS month FROM touched_days WHERE what = 'article';

DELETE FROM derived.country_pairs WHERE month IN (FROM touched_months);

INSERT INTO derived.country_pairs BY NAME
SELECT date_trunc('month', seen_on)::DATE AS month, initiator, target, instrument, "sign",
    count(DISTINCT story_id) AS story_count, count(*) AS article_count,
    min(seen_on) AS first_seen_on, max(seen_on) AS last_seen_on
FROM derived.events WHERE date_trunc('month', seen_on)::DATE IN (FROM touched_months)
GROUP BY ALL ORDER BY month, initiator, target, instrument, "sign";

DELETE FROM derived.codes_daily WHERE day IN (SELECT day FROM touched_days WHERE what = 'article');

INSERT INTO derived.codes_daily BY NAME
WITH codes AS (
    SELECT seen_on AS day, article_id, story_id, origin, "sign", unnest([
        {field: 'instruments', codes: instruments}, {field: 'frames', codes: frames}], recursive := true)
    FROM derived.articles
    WHERE band = 'accepted' AND seen_on IN (SELECT day FROM touched_days WHERE what = 'article')
), single AS (SELECT * EXCLUDE (codes), unnest(list_distinct(codes)) AS code FROM codes)
SELECT day, field, code, count(*) AS article_count, count(DISTINCT story_id) AS story_count,
    count(DISTINCT origin) AS origin_count,
    count(*) FILTER (WHERE "sign" = 'cooperative') AS cooperative_count,
    count(*) FILTER (WHERE "sign" = 'coercive') AS coercive_count,
    count(*) FILTER (WHERE "sign" = 'mixed') AS mixed_count,
    count(*) FILTER (WHERE "sign" = 'neutral') AS neutral_count
FROM single GROUP BY ALL ORDER BY day, field, code;
