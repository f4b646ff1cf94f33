-- Who reports, how much, and how much of it is their own?
-- One row per outlet with a feed or an entry.
CREATE OR REPLACE VIEW mart.outlets AS
WITH sources AS (
    SELECT d.feed_id, coalesce(f.outlet, d.feed_id) AS outlet, sum(d.entry_count) AS entry_count,
        sum(d.accepted_count) AS accepted_count, min(d.first_seen_at) AS first_seen_at, max(d.last_seen_at) AS last_seen_at
    FROM derived.entries_daily d LEFT JOIN raw.feeds f USING (feed_id) GROUP BY ALL
), brought AS (
    SELECT outlet, sum(entry_count)::BIGINT AS entry_count, sum(accepted_count)::BIGINT AS accepted_count,
        min(first_seen_at) AS first_seen_at, max(last_seen_at) AS last_seen_at
    FROM sources GROUP BY outlet
), described AS (
    SELECT outlet, count(*) AS feed_count, list_sort(list(DISTINCT country)) AS countries,
        list_sort(list(DISTINCT "language")) AS languages, mode(kind ORDER BY kind) AS kind,
        bool_or(is_state_owned) AS is_state_owned
    FROM raw.feeds GROUP BY outlet
), own AS (
    SELECT origin AS outlet, sum(article_count)::BIGINT AS own_article_count, count(*) AS own_story_count
    FROM derived.story_origins GROUP BY origin
)
SELECT outlet, d.countries, d.languages, d.kind, d.is_state_owned, coalesce(d.feed_count, 0) AS feed_count,
    coalesce(b.entry_count, 0) AS entry_count, coalesce(b.accepted_count, 0) AS accepted_count,
    coalesce(o.own_article_count, 0) AS own_article_count, coalesce(o.own_story_count, 0) AS own_story_count,
    b.first_seen_at, b.last_seen_at
FROM described d FULL JOIN brought b USING (outlet) FULL JOIN own o USING (outlet);

COMMENT ON VIEW mart.outlets IS 'One row per outlet or agency: its feeds, what they brought, and how many reports are its own';
COMMENT ON COLUMN mart.outlets.outlet IS 'Name of the outlet, or of the agency whose reports others carry';
COMMENT ON COLUMN mart.outlets.countries IS 'Countries of its feeds; empty for an agency without a feed here';
COMMENT ON COLUMN mart.outlets.languages IS 'Languages of its feeds';
COMMENT ON COLUMN mart.outlets.kind IS 'press, wire, government, io or ngo';
COMMENT ON COLUMN mart.outlets.is_state_owned IS 'Whether the state owns it, where known';
COMMENT ON COLUMN mart.outlets.feed_count IS 'Feeds of it in the pack';
COMMENT ON COLUMN mart.outlets.entry_count IS 'Entries that they brought';
COMMENT ON COLUMN mart.outlets.accepted_count IS 'Of these, accepted; copies and versions counted';
COMMENT ON COLUMN mart.outlets.own_article_count IS 'Accepted articles that originate with it: copies that name it, or articles that it had first';
COMMENT ON COLUMN mart.outlets.own_story_count IS 'Stories of these articles';
COMMENT ON COLUMN mart.outlets.first_seen_at IS 'When its first entry was seen (UTC)';
COMMENT ON COLUMN mart.outlets.last_seen_at IS 'When its newest entry was first seen (UTC)';

-- What are the sources, and what does each bring?
-- One row per feed that is in the pack or brought an entry.
CREATE OR REPLACE VIEW mart.feeds AS
WITH brought AS (
    SELECT feed_id, sum(entry_count)::BIGINT AS entry_count, sum(accepted_count)::BIGINT AS accepted_count,
        sum(review_count)::BIGINT AS review_count, count(*) AS day_count,
        min(first_seen_at) AS first_entry_at, max(last_seen_at) AS last_entry_at
    FROM derived.entries_daily GROUP BY feed_id
)
SELECT feed_id, f.outlet, f.country, f.language, f.kind, nullif(f.topic, '') AS topic, f.is_state_owned, f.url,
    f.feed_id IS NOT NULL AS is_in_pack, coalesce(b.entry_count, 0) AS entry_count,
    coalesce(b.accepted_count, 0) AS accepted_count, coalesce(b.review_count, 0) AS review_count,
    b.accepted_count / b.entry_count AS accepted_share, coalesce(b.day_count, 0) AS day_count,
    b.first_entry_at, b.last_entry_at, coalesce(f.is_judged, true) AS is_judged
FROM raw.feeds f FULL JOIN brought b USING (feed_id);

COMMENT ON VIEW mart.feeds IS 'One row per feed: what it is, and what it has brought';
COMMENT ON COLUMN mart.feeds.feed_id IS 'Identifies the feed, a readable slug';
COMMENT ON COLUMN mart.feeds.outlet IS 'Who publishes it; empty where the feed left the pack';
COMMENT ON COLUMN mart.feeds.country IS 'Country of the outlet: ISO 3166-1 alpha-2, or an organisation';
COMMENT ON COLUMN mart.feeds.language IS 'Language, ISO 639-1';
COMMENT ON COLUMN mart.feeds.kind IS 'press, wire, government, io or ngo';
COMMENT ON COLUMN mart.feeds.topic IS 'What the feed is about, where it is not everything';
COMMENT ON COLUMN mart.feeds.is_state_owned IS 'Whether the state owns the outlet, where known';
COMMENT ON COLUMN mart.feeds.url IS 'Address in the pack';
COMMENT ON COLUMN mart.feeds.is_in_pack IS 'Whether it is collected now';
COMMENT ON COLUMN mart.feeds.entry_count IS 'Entries that it brought first';
COMMENT ON COLUMN mart.feeds.accepted_count IS 'Of these, accepted; copies and versions counted';
COMMENT ON COLUMN mart.feeds.review_count IS 'Of these, in review';
COMMENT ON COLUMN mart.feeds.accepted_share IS 'Accepted of all its entries, 0 to 1';
COMMENT ON COLUMN mart.feeds.day_count IS 'UTC days on which it brought an entry';
COMMENT ON COLUMN mart.feeds.first_entry_at IS 'When its first entry was seen (UTC)';
COMMENT ON COLUMN mart.feeds.last_entry_at IS 'When its newest entry was first seen (UTC)';
COMMENT ON COLUMN mart.feeds.is_judged IS 'Whether the judge has a lexicon for its language; where not, hardly anything can be accepted';
