-- The spans of a feed touch, do not overlap, and fill the same days for every feed.
WITH ends AS (
    SELECT feed_id, from_at, to_at,
        lag(to_at) OVER feed AS before_at, lead(from_at) OVER feed AS after_at,
        min(from_at) OVER () AS first_at, max(to_at) OVER () AS last_at
    FROM mart.coverage_spans
    WINDOW feed AS (PARTITION BY feed_id ORDER BY from_at, to_at)
)
SELECT feed_id, from_at, to_at, before_at, after_at FROM ends
WHERE from_at <> coalesce(before_at, first_at) OR to_at <> coalesce(after_at, last_at)
