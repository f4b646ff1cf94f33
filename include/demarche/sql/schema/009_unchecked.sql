-- What checks have still to look at, and whose pages there are.

-- Windows of rows that loads wrote or moved since the checks last passed.
CREATE TABLE core.unchecked_windows (window_at TIMESTAMPTZ NOT NULL);

-- A page that the collector captured later than its entry was seen belongs to that entry; an imported one does not.
ALTER TABLE raw.pages ADD COLUMN origin VARCHAR DEFAULT 'live';
UPDATE raw.pages SET origin = f.origin FROM raw.fetches f
WHERE f.fetch_id = pages.fetch_id AND f.window_at = pages.window_at AND f.origin <> 'live';
