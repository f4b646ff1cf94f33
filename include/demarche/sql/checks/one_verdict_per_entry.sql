-- Every entry has exactly one verdict.
SELECT e.entry_id, count(v.entry_id) AS verdicts
FROM raw.entries e LEFT JOIN core.verdicts v USING (entry_id)
GROUP BY e.entry_id HAVING count(v.entry_id) <> 1
