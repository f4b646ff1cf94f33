-- An article belongs to one story at most, and no copy of it to another.
SELECT article_id, list_sort(list(DISTINCT story_id)) AS stories
FROM core.groupings SEMI JOIN checked_groupings USING (article_id)
WHERE coalesce(story_id, '') <> '' GROUP BY article_id HAVING count(DISTINCT story_id) > 1
