-- People merge and split articles, too: what grouping found stays beside what they decided, and is what it remembers.

ALTER TABLE core.groupings ADD COLUMN automatic_article_id VARCHAR;  -- before decisions
ALTER TABLE core.groupings ADD COLUMN copied_entry_id VARCHAR;  -- the sighting that it was found to copy
ALTER TABLE core.groupings ADD COLUMN decided VARCHAR;  -- who put it elsewhere than it was found, by which decisions
UPDATE core.groupings SET automatic_article_id = article_id, copied_entry_id =
    regexp_extract(reason, '^(?:same address as|same title within \d+ days as|near-duplicate of) ([0-9a-f]{16})', 1);

CREATE TABLE core.article_decisions (
    decision_id VARCHAR NOT NULL,
    "action" VARCHAR NOT NULL,  -- merge, split or withdraw
    article_id VARCHAR NOT NULL,
    into_article_id VARCHAR,
    entry_ids VARCHAR[],
    into_entry_ids VARCHAR[],
    decided_by VARCHAR NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL,
    note VARCHAR,
    withdraws_decision_id VARCHAR
);
