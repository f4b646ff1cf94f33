-- Whether the judge has a lexicon for the feed's language: without one hardly anything passes the gate, so that silence
-- says nothing.

ALTER TABLE raw.feeds ADD COLUMN is_judged BOOLEAN;
