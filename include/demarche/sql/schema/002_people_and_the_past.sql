-- What people decide, where a row comes from, and what one decision says of another. Columns may be empty in rows
-- of an older release; a rebuild fills them.

ALTER TABLE raw.fetches ADD COLUMN origin VARCHAR DEFAULT 'live';  -- live, wayback, ccnews, gdelt or import
ALTER TABLE raw.entries ADD COLUMN origin VARCHAR DEFAULT 'live';

-- The verdict on title and summary alone, where the text of the page or a person revised it.
ALTER TABLE core.verdicts ADD COLUMN first_band VARCHAR;
ALTER TABLE core.verdicts ADD COLUMN first_score DOUBLE;
ALTER TABLE core.verdicts ADD COLUMN decided_by VARCHAR;  -- judge, text, opinion or a person's name

ALTER TABLE core.codings ADD COLUMN plover_event VARCHAR;
ALTER TABLE core.codings ADD COLUMN plover_mode VARCHAR;
ALTER TABLE core.codings ADD COLUMN cameo VARCHAR;
ALTER TABLE core.codings ADD COLUMN roles STRUCT(code VARCHAR, "role" VARCHAR)[];
ALTER TABLE core.codings ADD COLUMN quotes STRUCT(speaker VARCHAR, words VARCHAR, field VARCHAR, "start" INTEGER, "end" INTEGER)[];

ALTER TABLE core.groupings ADD COLUMN wire VARCHAR;  -- agency or outlet of origin, where text or byline tells

CREATE TABLE core.story_links (
    story_id VARCHAR NOT NULL,
    follows_story_id VARCHAR NOT NULL,
    reason VARCHAR NOT NULL
);

CREATE TABLE core.story_redirects (
    story_id VARCHAR NOT NULL,
    successor_story_id VARCHAR,  -- empty where no story holds its articles any more
    reason VARCHAR NOT NULL,
    since_at TIMESTAMPTZ NOT NULL
);

-- Copies of the append-only files in DEMARCHE_HOME/decisions, replaced whole at each load.
CREATE TABLE core.labels (
    label_id VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    entry_id VARCHAR,
    label INTEGER NOT NULL,  -- 0, 1 or 2 of the codebook
    labelled_by VARCHAR NOT NULL,
    labelled_at TIMESTAMPTZ NOT NULL,
    note VARCHAR
);

CREATE TABLE core.story_decisions (
    decision_id VARCHAR NOT NULL,
    "action" VARCHAR NOT NULL,  -- merge or split
    story_id VARCHAR NOT NULL,
    into_story_id VARCHAR,
    article_ids VARCHAR[],
    decided_by VARCHAR NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL,
    note VARCHAR
);
