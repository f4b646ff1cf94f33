-- What became of the entries that people labelled: those of touched entries and of new labels are looked up again.
DELETE FROM derived.labelled WHERE entry_id IN (SELECT entry_id FROM touched_entries)
    OR entry_id NOT IN (SELECT entry_id FROM core.labels WHERE entry_id IS NOT NULL);

INSERT INTO derived.labelled BY NAME
SELECT entry_id, band, score, decided_by, title, seen_at, article_id, story_id
FROM derived.verdict_audit
WHERE entry_id IN (SELECT entry_id FROM core.labels EXCEPT SELECT entry_id FROM derived.labelled);
