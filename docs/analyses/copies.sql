-- The most carried stories: entries that tell them, reports among these, and the sources that reported themselves.
SELECT CASE WHEN length(title) > 48 THEN left(title, 47) || '…' ELSE title END AS story,
    sighting_count AS entries, article_count AS reports, origin_count AS sources
FROM mart.stories
ORDER BY sighting_count DESC, story_id
LIMIT 12;
