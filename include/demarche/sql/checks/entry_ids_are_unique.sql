-- No entry is loaded twice.
SELECT entry_id, count(*) AS rows FROM raw.entries SEMI JOIN checked_entries USING (entry_id)
GROUP BY entry_id HAVING count(*) > 1
