-- Every accepted entry tells a story.
SELECT v.entry_id
FROM core.verdicts v JOIN core.groupings g USING (entry_id)
WHERE v.band = 'accepted' AND coalesce(g.story_id, '') = ''
