-- Which instruments were used, day by day?
CREATE OR REPLACE VIEW mart.instruments_daily AS
SELECT day, code AS instrument, article_count, story_count, origin_count, cooperative_count, coercive_count,
    mixed_count, neutral_count
FROM derived.codes_daily WHERE field = 'instruments';

COMMENT ON VIEW mart.instruments_daily IS 'One row per UTC day and instrument that an accepted article carries';
COMMENT ON COLUMN mart.instruments_daily.day IS 'UTC day on which the articles were first seen';
COMMENT ON COLUMN mart.instruments_daily.instrument IS 'Code of the codebook';
COMMENT ON COLUMN mart.instruments_daily.article_count IS 'Accepted articles that carry it, copies not counted';
COMMENT ON COLUMN mart.instruments_daily.story_count IS 'Stories of these articles';
COMMENT ON COLUMN mart.instruments_daily.origin_count IS 'Agencies and outlets whose reports these are';
COMMENT ON COLUMN mart.instruments_daily.cooperative_count IS 'Of the articles, cooperative between the governments';
COMMENT ON COLUMN mart.instruments_daily.coercive_count IS 'Of the articles, coercive';
COMMENT ON COLUMN mart.instruments_daily.mixed_count IS 'Of the articles, both';
COMMENT ON COLUMN mart.instruments_daily.neutral_count IS 'Of the articles, neither';

-- In which frames was migration diplomacy put, day by day?
CREATE OR REPLACE VIEW mart.frames_daily AS
SELECT day, code AS frame, article_count, story_count, origin_count, cooperative_count, coercive_count,
    mixed_count, neutral_count
FROM derived.codes_daily WHERE field = 'frames';

COMMENT ON VIEW mart.frames_daily IS 'One row per UTC day and frame that an accepted article carries';
COMMENT ON COLUMN mart.frames_daily.day IS 'UTC day on which the articles were first seen';
COMMENT ON COLUMN mart.frames_daily.frame IS 'Code of the codebook';
COMMENT ON COLUMN mart.frames_daily.article_count IS 'Accepted articles that carry it, copies not counted';
COMMENT ON COLUMN mart.frames_daily.story_count IS 'Stories of these articles';
COMMENT ON COLUMN mart.frames_daily.origin_count IS 'Agencies and outlets whose reports these are';
COMMENT ON COLUMN mart.frames_daily.cooperative_count IS 'Of the articles, cooperative between the governments';
COMMENT ON COLUMN mart.frames_daily.coercive_count IS 'Of the articles, coercive';
COMMENT ON COLUMN mart.frames_daily.mixed_count IS 'Of the articles, both';
COMMENT ON COLUMN mart.frames_daily.neutral_count IS 'Of the articles, neither';
