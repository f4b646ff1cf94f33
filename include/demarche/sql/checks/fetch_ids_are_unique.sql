-- No attempt is loaded twice.
SELECT fetch_id, count(*) AS rows FROM raw.fetches SEMI JOIN checked_fetches USING (fetch_id)
GROUP BY fetch_id HAVING count(*) > 1
