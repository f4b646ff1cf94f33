-- How often each code came, by day and month.
CREATE OR REPLACE TEMP TABLE touched_months AS
SELECT DISTINCT date_trunc('month', day)::DATE AS month FROM touched_days WHERE what IN ('article', 'story');

-- Only the time in question is read: DuckDB skips what lies outside of a constant's range, not of a join's.
SET VARIABLE codes_from = (SELECT min(month) FROM touched_months);
SET VARIABLE codes_until = (SELECT max(month) + INTERVAL 1 MONTH FROM touched_months)::DATE;

DELETE FROM derived.country_pairs WHERE month IN (FROM touched_months);

INSERT INTO derived.country_pairs BY NAME
SELECT date_trunc('month', seen_on)::DATE AS month, initiator, target, instrument, "sign",
    count(DISTINCT story_id) AS story_count, count(*) AS article_count,
    min(seen_on) AS first_seen_on, max(seen_on) AS last_seen_on
FROM derived.events
WHERE seen_on >= getvariable('codes_from') AND seen_on < getvariable('codes_until')
    AND date_trunc('month', seen_on)::DATE IN (FROM touched_months)
GROUP BY ALL ORDER BY month, initiator, target, instrument, "sign";

DELETE FROM derived.codes_daily WHERE day IN (SELECT day FROM touched_days WHERE what = 'article');

INSERT INTO derived.codes_daily BY NAME
WITH codes AS (
    SELECT seen_on AS day, article_id, story_id, origin, "sign", unnest([
        {field: 'instruments', codes: instruments}, {field: 'frames', codes: frames}], recursive := true)
    FROM derived.articles
    WHERE band = 'accepted' AND seen_on >= getvariable('codes_from') AND seen_on < getvariable('codes_until')
        AND seen_on IN (SELECT day FROM touched_days WHERE what = 'article')
), single AS (SELECT * EXCLUDE (codes), unnest(list_distinct(codes)) AS code FROM codes)
SELECT day, field, code, count(*) AS article_count, count(DISTINCT story_id) AS story_count,
    count(DISTINCT origin) AS origin_count,
    count(*) FILTER (WHERE "sign" = 'cooperative') AS cooperative_count,
    count(*) FILTER (WHERE "sign" = 'coercive') AS coercive_count,
    count(*) FILTER (WHERE "sign" = 'mixed') AS mixed_count,
    count(*) FILTER (WHERE "sign" = 'neutral') AS neutral_count
FROM single GROUP BY ALL ORDER BY day, field, code;

-- How hard each state or organisation is pressed and presses, by month; mart.pressure_index says with which weights.
DELETE FROM derived.pressure WHERE month IN (FROM touched_months);

INSERT INTO derived.pressure BY NAME
WITH directed AS (
    SELECT date_trunc('month', seen_on)::DATE AS month, initiators, targets, "sign" = 'coercive' AS is_coercive,
        CASE "sign" WHEN 'coercive' THEN 1.0 WHEN 'mixed' THEN 0.5 WHEN 'cooperative' THEN -0.5 ELSE 0.0 END
            * CASE WHEN stage IN ('carried_out', 'in_force') THEN 1.0
                WHEN stage IN ('announced', 'rejected', 'suspended') THEN 0.75
                WHEN stage IN ('threatened', 'demanded', 'agreed') THEN 0.5 ELSE 0.25 END::DOUBLE AS weight
    FROM derived.stories
    WHERE len(initiators) > 0 AND len(targets) > 0
        AND seen_on >= getvariable('codes_from') AND seen_on < getvariable('codes_until')
        AND date_trunc('month', seen_on)::DATE IN (FROM touched_months)
), sides AS (
    SELECT month, '' AS code, 'all' AS side, is_coercive, weight FROM directed
    UNION ALL SELECT month, code, 'received', is_coercive, weight
    FROM (SELECT *, unnest(targets) AS code FROM directed) WHERE initiators <> [code]
    UNION ALL SELECT month, code, 'exerted', is_coercive, weight
    FROM (SELECT *, unnest(initiators) AS code FROM directed) WHERE targets <> [code]
)
SELECT month, code,
    count(*) FILTER (WHERE side = 'all') AS directed_story_count,
    count(*) FILTER (WHERE side = 'received') AS received_story_count,
    count(*) FILTER (WHERE side = 'received' AND is_coercive) AS received_coercive_count,
    coalesce(sum(weight) FILTER (WHERE side = 'received'), 0) AS received_weight,
    count(*) FILTER (WHERE side = 'exerted') AS exerted_story_count,
    count(*) FILTER (WHERE side = 'exerted' AND is_coercive) AS exerted_coercive_count,
    coalesce(sum(weight) FILTER (WHERE side = 'exerted'), 0) AS exerted_weight
FROM sides GROUP BY month, code ORDER BY month, code;
