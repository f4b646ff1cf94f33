-- A person can take a decision about stories back: a later line of the file names it, and neither counts any more.

ALTER TABLE core.story_decisions ADD COLUMN withdraws_decision_id VARCHAR;
