-- How did a story develop, day by day?
-- One row per story and UTC day with a new article. How a day's stage is found is said in sql/derived/02_stories.sql.
CREATE OR REPLACE VIEW mart.story_timeline AS
SELECT story_id, day, first_seen_at, article_count, sighting_count, article_total, stage, stage_support, stage_before,
    is_stage_change, "sign", initiators, targets, instruments, article_id, title, url
FROM derived.story_days;

COMMENT ON VIEW mart.story_timeline IS 'One row per story and UTC day with a new article: how far the act had come that day, and what changed';
COMMENT ON COLUMN mart.story_timeline.story_id IS 'The story';
COMMENT ON COLUMN mart.story_timeline.day IS 'UTC day with a new article of the story';
COMMENT ON COLUMN mart.story_timeline.first_seen_at IS 'When the first of the day was seen (UTC)';
COMMENT ON COLUMN mart.story_timeline.article_count IS 'Articles first seen that day, copies not counted';
COMMENT ON COLUMN mart.story_timeline.sighting_count IS 'Entries of these articles, copies and versions counted';
COMMENT ON COLUMN mart.story_timeline.article_total IS 'Articles of the story up to and with that day';
COMMENT ON COLUMN mart.story_timeline.stage IS 'Stage that most of the day''s articles carry, of those that tell more than words said; the later in the codebook''s list where they tie; stated where all only say words';
COMMENT ON COLUMN mart.story_timeline.stage_support IS 'Articles of the day that carry that stage';
COMMENT ON COLUMN mart.story_timeline.stage_before IS 'The last stage on an earlier day that told more than words said; empty before the first';
COMMENT ON COLUMN mart.story_timeline.is_stage_change IS 'Whether the story came to another stage that day; its first stage counts, stated never does';
COMMENT ON COLUMN mart.story_timeline.sign IS 'Most frequent sign of the day''s articles';
COMMENT ON COLUMN mart.story_timeline.initiators IS 'Who acts in any of the day''s articles';
COMMENT ON COLUMN mart.story_timeline.targets IS 'Whom the act addresses in any of them';
COMMENT ON COLUMN mart.story_timeline.instruments IS 'Instruments in any of them';
COMMENT ON COLUMN mart.story_timeline.article_id IS 'The day''s article that most outlets carried';
COMMENT ON COLUMN mart.story_timeline.title IS 'Its headline';
COMMENT ON COLUMN mart.story_timeline.url IS 'Its address';

-- Which story takes up which?
CREATE OR REPLACE VIEW mart.story_links AS
SELECT story_id, follows_story_id, reason FROM core.story_links;

COMMENT ON VIEW mart.story_links IS 'One row per story and story that it takes up';
COMMENT ON COLUMN mart.story_links.story_id IS 'The later story';
COMMENT ON COLUMN mart.story_links.follows_story_id IS 'The story that it takes up';
COMMENT ON COLUMN mart.story_links.reason IS 'Why they are linked';

-- Where has a story gone whose id I wrote down?
CREATE OR REPLACE VIEW mart.story_redirects AS
SELECT story_id, successor_story_id, reason, since_at FROM core.story_redirects;

COMMENT ON VIEW mart.story_redirects IS 'One row per story id that is no longer in use';
COMMENT ON COLUMN mart.story_redirects.story_id IS 'The id that is no longer in use';
COMMENT ON COLUMN mart.story_redirects.successor_story_id IS 'The story that holds most of its articles now; empty where none does';
COMMENT ON COLUMN mart.story_redirects.reason IS 'Why it went: merged, split or grouped anew';
COMMENT ON COLUMN mart.story_redirects.since_at IS 'Since when (UTC)';
