-- Who did what to whom in which report, and how its words changed.
DELETE FROM derived.events WHERE article_id IN (FROM touched_articles);

INSERT INTO derived.events BY NAME
WITH acting AS (
    SELECT article_id, story_id, seen_on, first_seen_at, stage, "sign", targets, instruments, about, frames, plover_event,
        plover_mode, cameo, roles, quotes, sentence, outlet, origin, "language", outlet_count, direction_confidence,
        unnest(initiators) AS initiator
    FROM derived.articles SEMI JOIN touched_articles USING (article_id) WHERE band = 'accepted'
), addressed AS (
    SELECT * EXCLUDE (targets), unnest(targets) AS target FROM acting
), done AS (
    SELECT * EXCLUDE (instruments), unnest(instruments) AS instrument FROM addressed WHERE initiator <> target
)
SELECT article_id || '-' || initiator || '-' || target || '-' || instrument AS event_id,
    * REPLACE ([r FOR r IN roles IF r.code IN (initiator, target)] AS roles)
FROM done
ORDER BY first_seen_at, article_id, initiator, target, instrument;

DELETE FROM derived.article_versions WHERE article_id IN (FROM touched_articles);

INSERT INTO derived.article_versions BY NAME
SELECT v.article_id, coalesce(f.outlet, e.feed_id) AS outlet, v.version,
    count(*) OVER (PARTITION BY v.article_id, v.thread) AS version_count,
    e.seen_at, e.title, e.summary, e.url, v.title_changes, v.summary_changes, v.entry_id, v.follows_entry_id
FROM core.versions v
SEMI JOIN touched_articles t ON t.article_id = v.article_id
JOIN raw.entries e ON e.entry_id = v.entry_id AND e.window_at = v.window_at
LEFT JOIN raw.feeds f ON f.feed_id = e.feed_id
ORDER BY e.seen_at, v.entry_id;
