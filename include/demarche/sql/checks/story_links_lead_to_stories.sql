-- A story that takes up another one is a story, so is the other, and not itself. A redirect leads away from an id
-- that is no longer in use, and never in a circle.
WITH RECURSIVE stories AS (SELECT story_id FROM derived.stories),
walked AS (
    SELECT story_id AS start_id, successor_story_id AS at_id, 1 AS steps FROM core.story_redirects
    WHERE successor_story_id IS NOT NULL
    UNION
    SELECT w.start_id, r.successor_story_id, w.steps + 1 FROM walked w
    JOIN core.story_redirects r ON r.story_id = w.at_id
    WHERE r.successor_story_id IS NOT NULL AND w.steps < 1000 AND w.at_id <> w.start_id
)
SELECT 'link from nowhere' AS what, story_id AS id FROM core.story_links ANTI JOIN stories USING (story_id)
UNION ALL SELECT 'link to nowhere', follows_story_id FROM core.story_links l ANTI JOIN stories s ON s.story_id = l.follows_story_id
UNION ALL SELECT 'link to itself', story_id FROM core.story_links WHERE story_id = follows_story_id
UNION ALL SELECT 'redirect from a story in use', story_id FROM core.story_redirects SEMI JOIN stories USING (story_id)
UNION ALL SELECT 'redirect in a circle', start_id FROM walked WHERE at_id = start_id
