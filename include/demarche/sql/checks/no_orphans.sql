-- Nothing refers to an entry or a fetch that is not there, and what is said of an entry is filed in its window.
SELECT 'verdict' AS what, v.entry_id AS id
FROM checked_verdicts v ANTI JOIN checked_entries e USING (entry_id, window_at)
UNION ALL SELECT 'coding', k.entry_id FROM checked_codings k ANTI JOIN checked_entries e USING (entry_id, window_at)
UNION ALL SELECT 'grouping', g.entry_id FROM checked_groupings g ANTI JOIN checked_entries e USING (entry_id, window_at)
UNION ALL SELECT 'entry without fetch', e.entry_id FROM checked_entries e ANTI JOIN raw.fetches f USING (fetch_id)
