-- Every accepted entry tells a story.
SELECT v.entry_id
FROM checked_verdicts v JOIN checked_groupings g USING (entry_id, window_at)
WHERE v.band = 'accepted' AND coalesce(g.story_id, '') = ''
