-- No entry is loaded twice.
SELECT entry_id, count(*) AS rows FROM raw.entries GROUP BY entry_id HAVING count(*) > 1
