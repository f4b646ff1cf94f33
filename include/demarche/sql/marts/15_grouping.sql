-- How did the words of a report change, what became of a story's id, what does it follow, and what did people decide?

-- One row per version: a wording of an article that the same address of the same outlet had not shown before.
CREATE OR REPLACE VIEW mart.article_versions AS
SELECT article_id, outlet, version, version_count, seen_at, title, summary, url,
    nullif(array_to_string([CASE WHEN c."before" = c."after" THEN c."before" ELSE
        CASE WHEN c."before" = '' THEN '' ELSE '[-' || c."before" || '-]' END ||
        CASE WHEN c."after" = '' THEN '' ELSE '{+' || c."after" || '+}' END END
        FOR c IN title_changes], ''), '') AS title_diff,
    nullif(array_to_string([CASE WHEN c."before" = c."after" THEN c."before" ELSE
        CASE WHEN c."before" = '' THEN '' ELSE '[-' || c."before" || '-]' END ||
        CASE WHEN c."after" = '' THEN '' ELSE '{+' || c."after" || '+}' END END
        FOR c IN summary_changes], ''), '') AS summary_diff,
    title_changes, summary_changes, entry_id, follows_entry_id
FROM derived.article_versions;

COMMENT ON VIEW mart.article_versions IS 'One row per version of an article: new words at the same address of the same outlet';
COMMENT ON COLUMN mart.article_versions.article_id IS 'The article, see mart.articles';
COMMENT ON COLUMN mart.article_versions.outlet IS 'Whose version it is';
COMMENT ON COLUMN mart.article_versions.version IS '1 for the first wording that this outlet showed at this address';
COMMENT ON COLUMN mart.article_versions.version_count IS 'Versions at this address so far';
COMMENT ON COLUMN mart.article_versions.seen_at IS 'When this version was first seen (UTC)';
COMMENT ON COLUMN mart.article_versions.title IS 'Title of this version';
COMMENT ON COLUMN mart.article_versions.summary IS 'Summary of this version';
COMMENT ON COLUMN mart.article_versions.url IS 'Address as the feed gave it';
COMMENT ON COLUMN mart.article_versions.title_diff IS 'Title with what changed: [-words that went-]{+words that came+}; empty in the first version';
COMMENT ON COLUMN mart.article_versions.summary_diff IS 'Summary with what changed, written in the same way';
COMMENT ON COLUMN mart.article_versions.title_changes IS 'The same as passages before and after; equal where they stayed';
COMMENT ON COLUMN mart.article_versions.summary_changes IS 'The same for the summary';
COMMENT ON COLUMN mart.article_versions.entry_id IS 'The sighting that first showed it: raw.entries';
COMMENT ON COLUMN mart.article_versions.follows_entry_id IS 'The sighting it is compared with; empty in the first version';

-- One row per story and earlier story that it follows: the same actors and matter, a later step.
CREATE OR REPLACE VIEW mart.story_links AS
SELECT story_id, follows_story_id, reason FROM core.story_links;

COMMENT ON VIEW mart.story_links IS 'One row per story and earlier story that it follows: same actors, same matter, no step back';
COMMENT ON COLUMN mart.story_links.story_id IS 'The later story, see mart.stories';
COMMENT ON COLUMN mart.story_links.follows_story_id IS 'The earlier story';
COMMENT ON COLUMN mart.story_links.reason IS 'Shared actors and instruments, stages, days between them';

-- One row per story id that was published once and is no more.
CREATE OR REPLACE VIEW mart.story_redirects AS
SELECT story_id, successor_story_id, reason, since_at FROM core.story_redirects;

COMMENT ON VIEW mart.story_redirects IS 'One row per story id that was published and is gone, with what has become of it';
COMMENT ON COLUMN mart.story_redirects.story_id IS 'The id that is gone';
COMMENT ON COLUMN mart.story_redirects.successor_story_id IS 'The story that holds most of its sightings now; empty where none does';
COMMENT ON COLUMN mart.story_redirects.reason IS 'Why: merged by whom, or how many sightings are there';
COMMENT ON COLUMN mart.story_redirects.since_at IS 'When a copy without the old id was first published (UTC)';

-- One row per decision of a person about stories.
CREATE OR REPLACE VIEW mart.story_decisions AS
WITH found AS (
    SELECT d.decision_id
    FROM core.groupings g JOIN (SELECT decision_id, unnest(entry_ids) AS entry_id FROM core.story_decisions) d USING (entry_id)
    UNION
    SELECT d.decision_id
    FROM core.groupings g
    JOIN (SELECT decision_id, unnest(article_ids) AS article_id FROM core.story_decisions) d USING (article_id)
)
SELECT d.decision_id, d."action", d.story_id, d.into_story_id, d.article_ids, d.decided_by, d.decided_at, d.note,
    d.decision_id IN (FROM found) AS is_found, d.withdraws_decision_id,
    d.decision_id IN (SELECT withdraws_decision_id FROM core.story_decisions WHERE withdraws_decision_id IS NOT NULL)
        AS is_withdrawn
FROM core.story_decisions d;

COMMENT ON VIEW mart.story_decisions IS 'One row per decision of a person to merge or split stories, or to take such a decision back';
COMMENT ON COLUMN mart.story_decisions.decision_id IS 'Identifies the decision';
COMMENT ON COLUMN mart.story_decisions."action" IS 'merge, split or withdraw';
COMMENT ON COLUMN mart.story_decisions.story_id IS 'The story as it was called when it was decided';
COMMENT ON COLUMN mart.story_decisions.into_story_id IS 'The story that took it in; empty for a split';
COMMENT ON COLUMN mart.story_decisions.article_ids IS 'The articles that moved';
COMMENT ON COLUMN mart.story_decisions.decided_by IS 'Who decided';
COMMENT ON COLUMN mart.story_decisions.decided_at IS 'When (UTC)';
COMMENT ON COLUMN mart.story_decisions.note IS 'Why, in their words';
COMMENT ON COLUMN mart.story_decisions.is_found IS 'Whether any of its articles is still here';
COMMENT ON COLUMN mart.story_decisions.withdraws_decision_id IS 'The decision that this one takes back';
COMMENT ON COLUMN mart.story_decisions.is_withdrawn IS 'Whether it was taken back, so that it counts no more';

-- One row per decision of a person about articles.
CREATE OR REPLACE VIEW mart.article_decisions AS
SELECT d.decision_id, d."action", d.article_id, d.into_article_id, d.entry_ids, d.decided_by, d.decided_at, d.note,
    d.decision_id IN (SELECT n.decision_id
        FROM core.groupings g JOIN (SELECT decision_id, unnest(entry_ids) AS entry_id FROM core.article_decisions) n USING (entry_id)
    ) AS is_found, d.withdraws_decision_id,
    d.decision_id IN (SELECT withdraws_decision_id FROM core.article_decisions WHERE withdraws_decision_id IS NOT NULL)
        AS is_withdrawn
FROM core.article_decisions d;

COMMENT ON VIEW mart.article_decisions IS 'One row per decision of a person to merge or split articles, or to take such a decision back';
COMMENT ON COLUMN mart.article_decisions.decision_id IS 'Identifies the decision';
COMMENT ON COLUMN mart.article_decisions."action" IS 'merge, split or withdraw';
COMMENT ON COLUMN mart.article_decisions.article_id IS 'The article as it was called when it was decided';
COMMENT ON COLUMN mart.article_decisions.into_article_id IS 'The article that took it in; empty for a split';
COMMENT ON COLUMN mart.article_decisions.entry_ids IS 'The sightings that moved';
COMMENT ON COLUMN mart.article_decisions.decided_by IS 'Who decided';
COMMENT ON COLUMN mart.article_decisions.decided_at IS 'When (UTC)';
COMMENT ON COLUMN mart.article_decisions.note IS 'Why, in their words';
COMMENT ON COLUMN mart.article_decisions.is_found IS 'Whether any of these sightings is still kept';
COMMENT ON COLUMN mart.article_decisions.withdraws_decision_id IS 'The decision that this one takes back';
COMMENT ON COLUMN mart.article_decisions.is_withdrawn IS 'Whether it was taken back, so that it counts no more';
