-- No entry was seen after the load that brought it, and none claims to be published more than two days after it was seen.
SELECT entry_id, seen_at, published_at FROM checked_entries
WHERE published_at > seen_at + INTERVAL 2 DAY OR seen_at > (SELECT max(loaded_at) FROM core.loads) + INTERVAL 1 HOUR
