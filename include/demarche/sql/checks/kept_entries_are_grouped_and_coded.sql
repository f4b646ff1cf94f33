-- Every accepted entry and every entry in review has one article and one coding; no rejected one has.
SELECT v.entry_id, v.band, count(DISTINCT g.article_id) AS articles, count(DISTINCT k.entry_id) AS codings
FROM core.verdicts v
LEFT JOIN core.groupings g USING (entry_id)
LEFT JOIN core.codings k USING (entry_id)
GROUP BY v.entry_id, v.band
HAVING (v.band = 'rejected') <> (count(g.article_id) = 0) OR (v.band = 'rejected') <> (count(k.entry_id) = 0)
    OR count(g.article_id) > 1
