-- How much came in each day, and what became of it?
-- One row per UTC day with any attempt or entry.
CREATE OR REPLACE VIEW mart.daily AS
WITH judged AS (
    SELECT day, sum(entry_count)::BIGINT AS entry_count, sum(accepted_count)::BIGINT AS accepted_count,
        sum(review_count)::BIGINT AS review_count, sum(rejected_count)::BIGINT AS rejected_count
    FROM derived.entries_daily GROUP BY day
), reported AS (
    SELECT seen_on AS day, count(*) AS article_count FROM derived.articles WHERE band = 'accepted' GROUP BY ALL
), developed AS (
    SELECT seen_on AS day, count(*) AS story_count FROM derived.stories GROUP BY ALL
)
SELECT day, coalesce(fetch_count, 0) AS fetch_count, coalesce(failed_fetch_count, 0) AS failed_fetch_count,
    coalesce(feed_count, 0) AS feed_count, coalesce(page_count, 0) AS page_count,
    coalesce(entry_count, 0) AS entry_count, coalesce(accepted_count, 0) AS accepted_count,
    coalesce(review_count, 0) AS review_count, coalesce(rejected_count, 0) AS rejected_count,
    coalesce(article_count, 0) AS article_count, coalesce(story_count, 0) AS story_count
FROM derived.fetches_daily FULL JOIN judged USING (day) LEFT JOIN reported USING (day) LEFT JOIN developed USING (day);

COMMENT ON VIEW mart.daily IS 'One row per UTC day: what was fetched, judged, and found';
COMMENT ON COLUMN mart.daily.day IS 'UTC day of arrival';
COMMENT ON COLUMN mart.daily.fetch_count IS 'Attempts to fetch a feed';
COMMENT ON COLUMN mart.daily.failed_fetch_count IS 'Attempts that brought no readable feed';
COMMENT ON COLUMN mart.daily.feed_count IS 'Feeds that were tried';
COMMENT ON COLUMN mart.daily.page_count IS 'Article pages captured';
COMMENT ON COLUMN mart.daily.entry_count IS 'Entries first seen that day';
COMMENT ON COLUMN mart.daily.accepted_count IS 'Entries judged relevant';
COMMENT ON COLUMN mart.daily.review_count IS 'Entries a person should look at';
COMMENT ON COLUMN mart.daily.rejected_count IS 'Entries judged out of scope';
COMMENT ON COLUMN mart.daily.article_count IS 'Accepted articles first seen that day';
COMMENT ON COLUMN mart.daily.story_count IS 'Stories that began that day';
