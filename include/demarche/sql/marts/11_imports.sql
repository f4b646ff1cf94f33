-- What did imports from other archives bring, and what is missing?
-- One row per import, subject and UTC day. `mart.coverage` counts an imported answer like any other; this says which
-- days it rests on imports, and how much of what was asked for could not be had.
CREATE OR REPLACE VIEW mart.imports AS
SELECT i.import_id, i.source, i.origin, i.subject, f.outlet, f.country, f.language, i.day,
    i.asked, i.got, i.known, i.missing,
    CASE WHEN i.asked > 0 THEN (i.got + i.known) / i.asked END AS complete_share,
    i.reasons, i.is_whole, i.noted_at
FROM core.imports i LEFT JOIN raw.feeds f ON f.feed_id = i.subject;

COMMENT ON VIEW mart.imports IS 'One row per import, subject and UTC day: what was asked of another archive, what came, and what is missing';
COMMENT ON COLUMN mart.imports.import_id IS 'Identifies the import: its source, days and a digest of the request';
COMMENT ON COLUMN mart.imports.source IS 'Source asked: wayback, ccnews, gdelt, gdelt-doc, sitemaps, paged-feeds or files';
COMMENT ON COLUMN mart.imports.origin IS 'Origin that its entries and attempts carry: wayback, ccnews, gdelt or import';
COMMENT ON COLUMN mart.imports.subject IS 'Feed, host without a feed, or stream of files that was asked for';
COMMENT ON COLUMN mart.imports.outlet IS 'Outlet of the feed; empty where the subject is no feed';
COMMENT ON COLUMN mart.imports.country IS 'Country of the outlet, ISO 3166-1 alpha-2, or the code of an organisation';
COMMENT ON COLUMN mart.imports.language IS 'Language of the feed, ISO 639-1';
COMMENT ON COLUMN mart.imports.day IS 'UTC day of the captures, reports or files';
COMMENT ON COLUMN mart.imports.asked IS 'Captures, pages, reports or files that were asked for';
COMMENT ON COLUMN mart.imports.got IS 'Those that this import filed in the archive';
COMMENT ON COLUMN mart.imports.known IS 'Those that the archive had already, from an earlier import or part';
COMMENT ON COLUMN mart.imports.missing IS 'Those that could not be had';
COMMENT ON COLUMN mart.imports.complete_share IS 'Share of the asked that the archive has, 0 to 1; empty where nothing was asked';
COMMENT ON COLUMN mart.imports.reasons IS 'Why the missing are missing, with their numbers';
COMMENT ON COLUMN mart.imports.is_whole IS 'True where every unit of the import is done; False while it can be continued';
COMMENT ON COLUMN mart.imports.noted_at IS 'When the import last noted anything (UTC)';
