-- No attempt is loaded twice.
SELECT fetch_id, count(*) AS rows FROM raw.fetches GROUP BY fetch_id HAVING count(*) > 1
