-- Every accepted entry and every entry in review has one article and one coding; no rejected one has.
SELECT v.entry_id, v.band, count(DISTINCT g.article_id) AS articles, count(DISTINCT k.entry_id) AS codings
FROM checked_verdicts v
LEFT JOIN checked_groupings g USING (entry_id, window_at)
LEFT JOIN checked_codings k USING (entry_id, window_at)
GROUP BY v.entry_id, v.band
HAVING (v.band = 'rejected') <> (count(g.article_id) = 0) OR (v.band = 'rejected') <> (count(k.entry_id) = 0)
    OR count(g.article_id) > 1
UNION ALL
SELECT 'of all', 'kept', (SELECT count(*) FROM core.groupings) AS articles, (SELECT count(*) FROM core.codings) AS codings
FROM core.verdicts WHERE band <> 'rejected' HAVING count(*) <> articles OR count(*) <> codings
