-- What grouping keeps beside its result: what it found before people decided, versions of reports, and the words of
-- people about entries, which outlive every id that is derived.

ALTER TABLE core.groupings ADD COLUMN automatic_story_id VARCHAR;  -- before decisions; what a replay remembers
ALTER TABLE core.groupings ADD COLUMN joined_article_id VARCHAR;  -- the article of its story that it was most like
ALTER TABLE core.groupings ADD COLUMN byline VARCHAR;  -- origin that this sighting itself names; wire is the article's
UPDATE core.groupings SET automatic_story_id = story_id;

CREATE TABLE core.versions (
    entry_id VARCHAR NOT NULL,
    window_at TIMESTAMPTZ NOT NULL,
    article_id VARCHAR NOT NULL,
    thread VARCHAR NOT NULL,  -- one outlet's address of the article; versions are counted in it
    version INTEGER NOT NULL,  -- 1 for the first
    follows_entry_id VARCHAR,  -- the version it is compared with; empty in the first
    title_changes STRUCT("before" VARCHAR, "after" VARCHAR)[],
    summary_changes STRUCT("before" VARCHAR, "after" VARCHAR)[]
);

-- What finds an entry's like again without reading its words: see core/grouping.py, Signature.
CREATE TABLE core.signatures (
    entry_id VARCHAR NOT NULL,
    window_at TIMESTAMPTZ NOT NULL,
    version VARCHAR NOT NULL,  -- of algorithm and rules; another version is made anew
    keys UBIGINT[] NOT NULL,
    title_stems VARCHAR[],
    stems VARCHAR[],
    sounds VARCHAR[]
);

ALTER TABLE core.story_decisions ADD COLUMN into_article_ids VARCHAR[];
ALTER TABLE core.story_decisions ADD COLUMN entry_ids VARCHAR[];  -- sightings of article_ids, by which they are found
ALTER TABLE core.story_decisions ADD COLUMN into_entry_ids VARCHAR[];
