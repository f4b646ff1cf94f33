-- What a load recalls lies in narrow tables, so that no text is read to find the like of a new report.
-- Rows of signatures keep their old version and are made anew from the text when a load looks back on them.

ALTER TABLE core.signatures ADD COLUMN address UBIGINT;  -- of the canonical address, good for the whole look-back
ALTER TABLE core.signatures DROP COLUMN title_stems;
ALTER TABLE core.signatures DROP COLUMN stems;
ALTER TABLE core.signatures DROP COLUMN sounds;

-- Of accepted entries, what stories are compared by; lists are parted by spaces, which makes reading them cheap.
CREATE TABLE core.tellings (
    entry_id VARCHAR NOT NULL,
    window_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    lang VARCHAR NOT NULL,
    draws BOOLEAN NOT NULL,  -- false for opinion and live blogs: nothing joins them
    actors VARCHAR NOT NULL,
    initiators VARCHAR NOT NULL,
    concepts VARCHAR NOT NULL,
    title_stems VARCHAR NOT NULL,
    lead_stems VARCHAR NOT NULL,  -- those that the title lacks
    sounds VARCHAR NOT NULL,
    numbers VARCHAR NOT NULL
);
