-- A label has a value of the codebook, an id of its own, and an entry that exists, where it names one.
SELECT l.label_id, 'value' AS what, l.label::VARCHAR AS "value" FROM core.labels l WHERE l.label NOT IN (0, 1, 2)
UNION ALL SELECT label_id, 'id', count(*)::VARCHAR FROM core.labels GROUP BY label_id HAVING count(*) > 1
