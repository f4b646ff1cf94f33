-- Where the sentence that carries the act stands: its field, and its character offsets there.

ALTER TABLE core.codings ADD COLUMN sentence_field VARCHAR;  -- title, summary or text
ALTER TABLE core.codings ADD COLUMN sentence_start INTEGER;
ALTER TABLE core.codings ADD COLUMN sentence_end INTEGER;
