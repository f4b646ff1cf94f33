-- Every entry has exactly one verdict, and there are as many of the one as of the other.
SELECT e.entry_id, count(v.entry_id) AS verdicts
FROM checked_entries e LEFT JOIN checked_verdicts v USING (entry_id, window_at)
GROUP BY e.entry_id HAVING count(v.entry_id) <> 1
UNION ALL
SELECT 'of ' || (SELECT count(*) FROM raw.entries) || ' entries' AS entry_id, count(*) AS verdicts
FROM core.verdicts HAVING count(*) <> (SELECT count(*) FROM raw.entries)
