-- The first tables. Times are UTC. No primary or foreign keys: loads replace whole windows in one
-- transaction and sql/checks/ proves afterwards what keys would have promised.

CREATE SCHEMA IF NOT EXISTS raw;
CREATE SCHEMA IF NOT EXISTS core;

CREATE TABLE raw.feeds (
    feed_id VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    outlet VARCHAR NOT NULL,
    country VARCHAR NOT NULL,
    language VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    topic VARCHAR,
    is_state_owned BOOLEAN
);

CREATE TABLE raw.fetches (
    fetch_id VARCHAR NOT NULL,
    window_at TIMESTAMPTZ NOT NULL,
    kind VARCHAR NOT NULL,
    feed_id VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    final_url VARCHAR,
    started_at TIMESTAMPTZ NOT NULL,
    duration_ms BIGINT,
    outcome VARCHAR NOT NULL,
    status INTEGER,
    bytes_received BIGINT,
    bytes_decoded BIGINT,
    digest VARCHAR,
    etag VARCHAR,
    last_modified VARCHAR,
    retry_at TIMESTAMPTZ,
    entries INTEGER,
    new_entries INTEGER,
    overlap DOUBLE,
    note VARCHAR,
    warc_file VARCHAR,
    record_id VARCHAR,
    refers_to VARCHAR
);

CREATE TABLE raw.entries (
    entry_id VARCHAR NOT NULL,
    window_at TIMESTAMPTZ NOT NULL,
    feed_id VARCHAR NOT NULL,
    fetch_id VARCHAR NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    title VARCHAR NOT NULL,
    summary VARCHAR,
    url VARCHAR,
    canonical_url VARCHAR,
    guid VARCHAR,
    published_at TIMESTAMPTZ,
    updated_at TIMESTAMPTZ,
    date_note VARCHAR,
    authors VARCHAR[],
    tags VARCHAR[],
    language VARCHAR,
    image_url VARCHAR
);

CREATE TABLE raw.pages (
    fetch_id VARCHAR NOT NULL,
    window_at TIMESTAMPTZ NOT NULL,
    feed_id VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    captured_at TIMESTAMPTZ NOT NULL,
    title VARCHAR,
    text VARCHAR,
    description VARCHAR,
    published_at TIMESTAMPTZ,
    updated_at TIMESTAMPTZ,
    authors VARCHAR[],
    canonical_url VARCHAR,
    language VARCHAR,
    site_name VARCHAR,
    section VARCHAR,
    access VARCHAR NOT NULL
);

CREATE TABLE core.verdicts (
    entry_id VARCHAR NOT NULL,
    window_at TIMESTAMPTZ NOT NULL,
    band VARCHAR NOT NULL,
    score DOUBLE NOT NULL,
    lang VARCHAR NOT NULL,
    has_page BOOLEAN NOT NULL,
    terms STRUCT(concept VARCHAR, term VARCHAR, field VARCHAR, "start" INTEGER, "end" INTEGER)[],
    contributions STRUCT(feature VARCHAR, "value" DOUBLE, log_odds DOUBLE)[],
    rules_version VARCHAR NOT NULL
);

CREATE TABLE core.codings (
    entry_id VARCHAR NOT NULL,
    window_at TIMESTAMPTZ NOT NULL,
    initiators VARCHAR[],
    targets VARCHAR[],
    about VARCHAR[],
    instruments VARCHAR[],
    stage VARCHAR NOT NULL,
    sign VARCHAR NOT NULL,
    frames VARCHAR[],
    sentence VARCHAR,
    direction_confidence DOUBLE,
    evidence STRUCT(code VARCHAR, term VARCHAR, field VARCHAR, "start" INTEGER, "end" INTEGER)[],
    rules_version VARCHAR NOT NULL
);

CREATE TABLE core.groupings (
    entry_id VARCHAR NOT NULL,
    window_at TIMESTAMPTZ NOT NULL,
    article_id VARCHAR NOT NULL,
    story_id VARCHAR,
    reason VARCHAR NOT NULL
);

CREATE TABLE core.loads (
    loaded_at TIMESTAMPTZ NOT NULL,
    start_at TIMESTAMPTZ NOT NULL,
    end_at TIMESTAMPTZ NOT NULL,
    windows INTEGER NOT NULL,
    fetches BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    accepted BIGINT NOT NULL,
    review BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    rules_version VARCHAR NOT NULL,
    code_version VARCHAR NOT NULL
);

CREATE TABLE core.check_results (
    checked_at TIMESTAMPTZ NOT NULL,
    check_name VARCHAR NOT NULL,
    is_passed BOOLEAN NOT NULL,
    failures BIGINT NOT NULL,
    sample VARCHAR
);

CREATE TABLE core.mart_version (fingerprint VARCHAR NOT NULL);
