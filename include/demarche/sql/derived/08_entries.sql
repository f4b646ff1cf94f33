-- Why each entry was taken or left, and what became of it.
DELETE FROM derived.verdict_audit USING touched_entries t
WHERE t.entry_id = verdict_audit.entry_id AND t.window_at = verdict_audit.window_at;

INSERT INTO derived.verdict_audit BY NAME
SELECT e.entry_id, e.window_at, e.seen_at, e.feed_id, f.outlet, e.title, e.summary, e.url, e.published_at, e.date_note,
    v.band, v.score, v.first_band, v.first_score, v.decided_by, v.lang AS "language", v.has_page, v.terms, v.contributions,
    v.rules_version, g.article_id, nullif(g.story_id, '') AS story_id,
    nullif(concat_ws('; ', g.decided, g.reason), '') AS reason
FROM (SELECT DISTINCT entry_id, window_at FROM touched_entries) t
JOIN raw.entries e ON e.entry_id = t.entry_id AND e.window_at = t.window_at
JOIN core.verdicts v ON v.entry_id = t.entry_id AND v.window_at = t.window_at
LEFT JOIN (
    SELECT g.* FROM core.groupings g JOIN (SELECT DISTINCT entry_id, window_at FROM touched_entries) t
        ON t.entry_id = g.entry_id AND t.window_at = g.window_at
) g ON g.entry_id = e.entry_id AND g.window_at = e.window_at
LEFT JOIN raw.feeds f ON f.feed_id = e.feed_id
ORDER BY e.window_at, e.seen_at, e.entry_id;
