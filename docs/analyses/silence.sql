-- How much of the time the feeds of each country were seen whole, in percent, and what was found meanwhile.
WITH reported AS (
    SELECT country AS subject, count(*) AS reports FROM mart.articles WHERE band = 'accepted' GROUP BY country
)
SELECT subject AS country,
    round(100 * avg(covered_share), 1) AS covered,
    round(100 * avg(possibly_lost_share), 1) AS possibly_lost,
    round(100 * avg(not_answered_share), 1) AS not_answered,
    round(100 * avg(not_polled_share), 1) AS not_polled,
    max(feed_count) AS feeds, coalesce(any_value(reports), 0) AS reports
FROM mart.coverage_daily LEFT JOIN reported USING (subject)
WHERE scope = 'country'
GROUP BY subject
ORDER BY covered, country
LIMIT 20;
