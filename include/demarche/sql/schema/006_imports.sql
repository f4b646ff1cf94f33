-- What imports from other archives asked for and got, by subject (a feed, an outlet, a stream of files) and day: a copy
-- of the journals in DEMARCHE_HOME/imports, replaced whole at each load.
CREATE TABLE core.imports (
    import_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    origin VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    "day" DATE NOT NULL,
    asked BIGINT NOT NULL,
    got BIGINT NOT NULL,
    known BIGINT NOT NULL,
    missing BIGINT NOT NULL,
    reasons VARCHAR,
    is_whole BOOLEAN NOT NULL,
    noted_at TIMESTAMPTZ
);
