-- Tables that marts are read from. They hold nothing that raw and core do not say: they are made anew whenever the text
-- in sql/derived or sql/marts changes, and after each load the files after this one replace what the load touched.
-- What was touched stands in the temporary tables touched_articles, touched_stories, touched_entries and touched_days.
-- A view that joined or counted millions of rows would be slow at every question; what such a view says is stored here.

CREATE TABLE derived.articles (
    article_id VARCHAR NOT NULL,
    story_id VARCHAR,
    title VARCHAR NOT NULL,
    summary VARCHAR,
    url VARCHAR,
    outlet VARCHAR NOT NULL,
    country VARCHAR,
    "language" VARCHAR,
    kind VARCHAR,
    first_seen_at TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    published_at TIMESTAMPTZ,
    seen_on DATE NOT NULL,
    band VARCHAR NOT NULL,
    score DOUBLE,
    decided_by VARCHAR,
    initiators VARCHAR[],
    targets VARCHAR[],
    about VARCHAR[],
    instruments VARCHAR[],
    stage VARCHAR,
    "sign" VARCHAR,
    frames VARCHAR[],
    sentence VARCHAR,
    sentence_field VARCHAR,
    sentence_start INTEGER,
    sentence_end INTEGER,
    evidence STRUCT(code VARCHAR, term VARCHAR, field VARCHAR, "start" INTEGER, "end" INTEGER)[],
    direction_confidence DOUBLE,
    plover_event VARCHAR,
    plover_mode VARCHAR,
    cameo VARCHAR,
    roles STRUCT(code VARCHAR, "role" VARCHAR)[],
    quotes STRUCT(speaker VARCHAR, words VARCHAR, field VARCHAR, "start" INTEGER, "end" INTEGER)[],
    wire VARCHAR,
    origin VARCHAR NOT NULL,
    sighting_count BIGINT NOT NULL,
    outlet_count BIGINT NOT NULL,
    outlets VARCHAR[],
    countries VARCHAR[],  -- of the outlets, for stories
    terms VARCHAR[],
    reason VARCHAR,
    entry_id VARCHAR NOT NULL,
    rules_version VARCHAR,
    folded VARCHAR,     -- a space, then title and summary as derived.fold leaves them, for mart.search
    signature UBIGINT   -- of the groups and verdicts that the row was made from
);

CREATE TABLE derived.stories (
    story_id VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    url VARCHAR,
    first_seen_at TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    seen_on DATE NOT NULL,
    initiators VARCHAR[],
    targets VARCHAR[],
    dyads VARCHAR[],
    who VARCHAR,
    direction_confidence DOUBLE,
    about VARCHAR[],
    instruments VARCHAR[],
    frames VARCHAR[],
    support STRUCT(field VARCHAR, code VARCHAR, articles BIGINT, voters BIGINT)[],
    stage VARCHAR,
    "sign" VARCHAR,
    plover_event VARCHAR,
    plover_mode VARCHAR,
    cameo VARCHAR,
    article_count BIGINT NOT NULL,
    sighting_count BIGINT NOT NULL,
    origin_count BIGINT NOT NULL,
    outlet_count BIGINT NOT NULL,
    outlets VARCHAR[],
    languages VARCHAR[],
    countries VARCHAR[],
    follows VARCHAR[]
);

-- Whose reports the accepted articles of each story are.
CREATE TABLE derived.story_origins (
    story_id VARCHAR NOT NULL,
    origin VARCHAR NOT NULL,
    article_count BIGINT NOT NULL
);

CREATE TABLE derived.story_days (
    story_id VARCHAR NOT NULL,
    day DATE NOT NULL,
    first_seen_at TIMESTAMPTZ NOT NULL,
    article_count BIGINT NOT NULL,
    sighting_count BIGINT NOT NULL,
    article_total BIGINT NOT NULL,
    stage VARCHAR,
    stage_support BIGINT NOT NULL,
    stage_before VARCHAR,
    is_stage_change BOOLEAN NOT NULL,
    "sign" VARCHAR,
    initiators VARCHAR[],
    targets VARCHAR[],
    instruments VARCHAR[],
    article_id VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    url VARCHAR
);

-- One row per initiator, target, instrument and accepted article.
CREATE TABLE derived.events (
    event_id VARCHAR NOT NULL,
    article_id VARCHAR NOT NULL,
    story_id VARCHAR,
    seen_on DATE NOT NULL,
    first_seen_at TIMESTAMPTZ NOT NULL,
    initiator VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    instrument VARCHAR NOT NULL,
    stage VARCHAR,
    "sign" VARCHAR,
    about VARCHAR[],
    frames VARCHAR[],
    plover_event VARCHAR,
    plover_mode VARCHAR,
    cameo VARCHAR,
    roles STRUCT(code VARCHAR, "role" VARCHAR)[],
    quotes STRUCT(speaker VARCHAR, words VARCHAR, field VARCHAR, "start" INTEGER, "end" INTEGER)[],
    sentence VARCHAR,
    outlet VARCHAR,
    origin VARCHAR,
    "language" VARCHAR,
    outlet_count BIGINT,
    direction_confidence DOUBLE
);

CREATE TABLE derived.article_versions (
    article_id VARCHAR NOT NULL,
    outlet VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    version_count BIGINT NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    title VARCHAR NOT NULL,
    summary VARCHAR,
    url VARCHAR,
    title_changes STRUCT("before" VARCHAR, "after" VARCHAR)[],
    summary_changes STRUCT("before" VARCHAR, "after" VARCHAR)[],
    entry_id VARCHAR NOT NULL,
    follows_entry_id VARCHAR
);

-- Every entry with its verdict, and what became of it.
CREATE TABLE derived.verdict_audit (
    entry_id VARCHAR NOT NULL,
    window_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    feed_id VARCHAR NOT NULL,
    outlet VARCHAR,
    title VARCHAR NOT NULL,
    summary VARCHAR,
    url VARCHAR,
    published_at TIMESTAMPTZ,
    date_note VARCHAR,
    band VARCHAR NOT NULL,
    score DOUBLE NOT NULL,
    first_band VARCHAR,
    first_score DOUBLE,
    decided_by VARCHAR,
    "language" VARCHAR NOT NULL,
    has_page BOOLEAN NOT NULL,
    terms STRUCT(concept VARCHAR, term VARCHAR, field VARCHAR, "start" INTEGER, "end" INTEGER)[],
    contributions STRUCT(feature VARCHAR, "value" DOUBLE, log_odds DOUBLE)[],
    rules_version VARCHAR NOT NULL,
    article_id VARCHAR,
    story_id VARCHAR,
    reason VARCHAR
);

-- What mart.labels says of the entries that somebody labelled.
CREATE TABLE derived.labelled (
    entry_id VARCHAR NOT NULL,
    band VARCHAR NOT NULL,
    score DOUBLE NOT NULL,
    decided_by VARCHAR,
    title VARCHAR NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    article_id VARCHAR,
    story_id VARCHAR
);

CREATE TABLE derived.country_pairs (
    month DATE NOT NULL,
    initiator VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    instrument VARCHAR NOT NULL,
    "sign" VARCHAR,
    story_count BIGINT NOT NULL,
    article_count BIGINT NOT NULL,
    first_seen_on DATE NOT NULL,
    last_seen_on DATE NOT NULL
);

-- What mart.pressure_index needs of each month; the row with an empty code counts the stories with a direction.
CREATE TABLE derived.pressure (
    month DATE NOT NULL,
    code VARCHAR NOT NULL,
    directed_story_count BIGINT NOT NULL,
    received_story_count BIGINT NOT NULL,
    received_coercive_count BIGINT NOT NULL,
    received_weight DOUBLE NOT NULL,
    exerted_story_count BIGINT NOT NULL,
    exerted_coercive_count BIGINT NOT NULL,
    exerted_weight DOUBLE NOT NULL
);

CREATE TABLE derived.entries_daily (
    feed_id VARCHAR NOT NULL,
    day DATE NOT NULL,
    entry_count BIGINT NOT NULL,
    accepted_count BIGINT NOT NULL,
    review_count BIGINT NOT NULL,
    rejected_count BIGINT NOT NULL,
    first_seen_at TIMESTAMPTZ,
    last_seen_at TIMESTAMPTZ
);

CREATE TABLE derived.fetches_daily (
    day DATE NOT NULL,
    fetch_count BIGINT NOT NULL,
    failed_fetch_count BIGINT NOT NULL,
    feed_count BIGINT NOT NULL,
    page_count BIGINT NOT NULL
);

CREATE TABLE derived.polls_daily (
    feed_id VARCHAR NOT NULL,
    day DATE NOT NULL,
    poll_count BIGINT NOT NULL,
    answered_count BIGINT NOT NULL,
    new_entry_count BIGINT NOT NULL,
    body_count BIGINT NOT NULL,
    imported_count BIGINT NOT NULL,
    shown_entry_count BIGINT NOT NULL,
    doubtful_count BIGINT NOT NULL,
    gap_count BIGINT NOT NULL,
    late_failure_count BIGINT NOT NULL,  -- failures after the day's last answer
    first_poll_at TIMESTAMPTZ,
    last_poll_at TIMESTAMPTZ,
    first_answered_at TIMESTAMPTZ,
    last_answered_at TIMESTAMPTZ,
    first_body_at TIMESTAMPTZ,
    last_body_at TIMESTAMPTZ,
    last_empty_at TIMESTAMPTZ,
    last_new_at TIMESTAMPTZ,
    last_outcome VARCHAR,
    last_status INTEGER,
    last_note VARCHAR,
    last_url VARCHAR
);

-- One row per feed that was ever polled.
CREATE TABLE derived.feed_polls (
    feed_id VARCHAR NOT NULL,
    attempt_count BIGINT NOT NULL,
    answered_count BIGINT NOT NULL,
    gap_count BIGINT NOT NULL,
    last_attempt_at TIMESTAMPTZ,
    last_answered_at TIMESTAMPTZ,
    last_body_at TIMESTAMPTZ,
    last_new_at TIMESTAMPTZ,
    last_outcome VARCHAR,
    last_status INTEGER,
    last_note VARCHAR,
    last_url VARCHAR,
    failure_streak BIGINT NOT NULL,
    recent_attempt_count BIGINT NOT NULL,
    recent_answered_count BIGINT NOT NULL,
    recent_entry_count BIGINT NOT NULL,
    median_duration_ms DOUBLE
);

CREATE TABLE derived.codes_daily (
    day DATE NOT NULL,
    field VARCHAR NOT NULL,  -- instruments or frames
    code VARCHAR NOT NULL,
    article_count BIGINT NOT NULL,
    story_count BIGINT NOT NULL,
    origin_count BIGINT NOT NULL,
    cooperative_count BIGINT NOT NULL,
    coercive_count BIGINT NOT NULL,
    mixed_count BIGINT NOT NULL,
    neutral_count BIGINT NOT NULL
);

-- The answers that can prove a lie: hashes of the validator and of the document that came with it.
CREATE TABLE derived.validators (
    feed_id VARCHAR NOT NULL,
    day DATE NOT NULL,
    validator UBIGINT NOT NULL,
    document UBIGINT NOT NULL
);

CREATE TABLE derived.lying_validators (
    feed_id VARCHAR NOT NULL,
    since_at TIMESTAMPTZ NOT NULL,
    validator VARCHAR,
    document_count BIGINT NOT NULL
);

-- Answers that do not prove alone that nothing was lost, with the newest proof, document and empty document before them.
CREATE TABLE derived.doubts (
    feed_id VARCHAR NOT NULL,
    day DATE NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    outcome VARCHAR NOT NULL,
    entries INTEGER,
    new_entries INTEGER,
    overlap DOUBLE,
    proof_at TIMESTAMPTZ,
    body_at TIMESTAMPTZ,
    empty_at TIMESTAMPTZ
);

CREATE TABLE derived.coverage_spans (
    feed_id VARCHAR NOT NULL,
    outlet VARCHAR NOT NULL,
    country VARCHAR,
    "language" VARCHAR,
    kind VARCHAR,
    state VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    from_at TIMESTAMPTZ NOT NULL,
    to_at TIMESTAMPTZ NOT NULL,
    hours DOUBLE NOT NULL
);

CREATE TABLE derived.coverage (
    day DATE NOT NULL,
    feed_id VARCHAR NOT NULL,
    outlet VARCHAR NOT NULL,
    country VARCHAR,
    "language" VARCHAR,
    kind VARCHAR,
    state VARCHAR NOT NULL,
    covered_share DOUBLE NOT NULL,
    possibly_lost_share DOUBLE NOT NULL,
    not_answered_share DOUBLE NOT NULL,
    not_polled_share DOUBLE NOT NULL,
    gap_from_at TIMESTAMPTZ,
    gap_to_at TIMESTAMPTZ,
    poll_count BIGINT NOT NULL,
    answered_count BIGINT NOT NULL,
    imported_count BIGINT NOT NULL,
    new_entry_count BIGINT NOT NULL
);

CREATE TABLE derived.coverage_daily (
    day DATE NOT NULL,
    scope VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    feed_count BIGINT NOT NULL,
    covered_feed_count BIGINT NOT NULL,
    answered_feed_count BIGINT NOT NULL,
    covered_share DOUBLE NOT NULL,
    possibly_lost_share DOUBLE NOT NULL,
    not_answered_share DOUBLE NOT NULL,
    not_polled_share DOUBLE NOT NULL,
    poll_count BIGINT NOT NULL,
    imported_count BIGINT NOT NULL,
    new_entry_count BIGINT NOT NULL
);

-- The days of a feed whose volume can be judged.
CREATE TABLE derived.volume_days (
    feed_id VARCHAR NOT NULL,
    day DATE NOT NULL,
    country VARCHAR,
    "language" VARCHAR,
    new_entry_count BIGINT NOT NULL
);

CREATE TABLE derived.volumes_daily (
    scope VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    day DATE NOT NULL,
    feed_count BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    expected DOUBLE NOT NULL,
    least DOUBLE,
    most DOUBLE,
    baseline VARCHAR NOT NULL,
    baseline_days BIGINT NOT NULL,
    score DOUBLE
);

-- The times from one answer with something new to the next, of each feed.
CREATE TABLE derived.pauses (
    feed_id VARCHAR NOT NULL,
    day DATE NOT NULL,  -- of its end
    since_us BIGINT NOT NULL,
    until_us BIGINT NOT NULL
);

-- The minutes in which any feed was polled.
CREATE TABLE derived.polled_minutes (
    day DATE NOT NULL,
    minute_us BIGINT NOT NULL
);

-- The times from one such minute to the next.
CREATE TABLE derived.polled_gaps (
    day DATE NOT NULL,  -- of its end
    since_us BIGINT NOT NULL,
    until_us BIGINT NOT NULL
);

-- Pauses that are long for their feed, with the last answer in each that proves that there was nothing new.
CREATE TABLE derived.long_pauses (
    feed_id VARCHAR NOT NULL,
    since_us BIGINT NOT NULL,
    until_us BIGINT NOT NULL,
    proof_us BIGINT
);

-- The days of a feed that can hold a part of a streak of failures, and all its attempts on them.
CREATE TABLE derived.failing_days (
    feed_id VARCHAR NOT NULL,
    day DATE NOT NULL
);

CREATE TABLE derived.failing_attempts (
    feed_id VARCHAR NOT NULL,
    day DATE NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    fetch_id VARCHAR NOT NULL,
    outcome VARCHAR NOT NULL,
    note VARCHAR
);

CREATE TABLE derived.alerts (
    alert_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    scope VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    since_at TIMESTAMPTZ,
    until_at TIMESTAMPTZ,
    is_open BOOLEAN NOT NULL,
    expected DOUBLE,
    seen DOUBLE,
    unit VARCHAR,
    score DOUBLE,
    message VARCHAR
);

-- The UTC day of a moment. A cast AT TIME ZONE says the same and takes ten times as long.
CREATE MACRO derived.utc_day(moment) AS DATE '1970-01-01' + (epoch_us(moment) // 86400000000)::INTEGER;

-- The moment at which a UTC day begins.
CREATE MACRO derived.begin_of(day) AS make_timestamptz((day - DATE '1970-01-01') * 86400000000);

-- Letters that differ only in what people often leave out become one: case, accents, vowel points, tatweel, letters
-- that have no decomposition. In scripts of South and South-East Asia and in kana the marks are letters and stay.
-- What costs most is asked for only where the text has such letters: in ASCII (as many bytes as characters) there are none.
CREATE MACRO derived.without_accents(words) AS
    CASE WHEN strlen(words) = length(words) THEN lower(words)
        WHEN regexp_matches(words, '[\x{0900}-\x{109F}\x{1780}-\x{17FF}\x{3040}-\x{30FF}]') THEN lower(nfc_normalize(words))
        ELSE strip_accents(lower(words)) END;

CREATE MACRO derived.without_variants(words) AS
    CASE WHEN regexp_matches(words, '[øłđıςىیکةـßæœ]')
        THEN replace(replace(replace(translate(words, 'øłđıςىیکةـ', 'oldiσييكه'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe')
        ELSE words END;

CREATE MACRO derived.fold(words) AS trim(regexp_replace(
    derived.without_variants(derived.without_accents(words)), '[^\p{L}\p{N}\p{M}]+', ' ', 'g'));

-- What mart.search seeks in derived.articles.folded: each word or quoted phrase, with the space that begins a word where
-- the script has such.
CREATE MACRO derived.needles(words) AS [
    CASE WHEN regexp_matches(needle,
            '^[\p{Latin}\p{Greek}\p{Cyrillic}\p{Armenian}\p{Georgian}\p{Devanagari}\p{Bengali}\p{Gujarati}\p{Gurmukhi}\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}\p{N}\p{M} ]+$')
        THEN ' ' || needle ELSE needle END
    FOR needle IN [derived.fold(found) FOR found IN regexp_extract_all(words, '"[^"]*"|[^\s"]+')]
    IF needle <> ''
];
