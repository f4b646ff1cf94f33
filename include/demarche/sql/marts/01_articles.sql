-- Which reports of migration diplomacy did we find, and why is each one here?
-- One row per article: a report, whatever its copies. How it is made is said in sql/derived/01_articles.sql.
CREATE OR REPLACE VIEW mart.articles AS
SELECT article_id, story_id, title, summary, url, outlet, country, "language", kind, first_seen_at, last_seen_at,
    published_at, seen_on, band, score, decided_by, initiators, targets, about, instruments, stage, "sign", frames, sentence,
    direction_confidence, plover_event, plover_mode, cameo, roles, quotes, wire, origin, sighting_count, outlet_count,
    outlets, terms, reason, entry_id, rules_version, sentence_field, sentence_start, sentence_end, evidence
FROM derived.articles;

COMMENT ON VIEW mart.articles IS 'One row per article: a report of migration diplomacy, counted once however often it was copied';
COMMENT ON COLUMN mart.articles.article_id IS 'Identifies the article; derived from its first sighting';
COMMENT ON COLUMN mart.articles.story_id IS 'The story the article belongs to; empty for articles in review';
COMMENT ON COLUMN mart.articles.title IS 'Headline of the sighting that stands for the article';
COMMENT ON COLUMN mart.articles.summary IS 'Summary as the feed gave it, as plain text';
COMMENT ON COLUMN mart.articles.url IS 'Address of the report';
COMMENT ON COLUMN mart.articles.outlet IS 'Who published the sighting that stands for the article';
COMMENT ON COLUMN mart.articles.country IS 'Country of that outlet: ISO 3166-1 alpha-2, or an organisation';
COMMENT ON COLUMN mart.articles.language IS 'Language of the text, ISO 639-1; und where it could not be told; Serbian and Bosnian by script or by what the feed declares (hr in rows of an older release)';
COMMENT ON COLUMN mart.articles.kind IS 'Kind of source: press, wire, government, io or ngo';
COMMENT ON COLUMN mart.articles.first_seen_at IS 'When Demarche first saw any copy (UTC)';
COMMENT ON COLUMN mart.articles.last_seen_at IS 'When the newest copy or version was first seen (UTC)';
COMMENT ON COLUMN mart.articles.published_at IS 'Earliest publication time that any copy claims (UTC); feeds err';
COMMENT ON COLUMN mart.articles.seen_on IS 'UTC day of first_seen_at';
COMMENT ON COLUMN mart.articles.band IS 'accepted, or review where a person should look';
COMMENT ON COLUMN mart.articles.score IS 'Probability of relevance that the judge gave, 0 to 1';
COMMENT ON COLUMN mart.articles.initiators IS 'Who acts: country or organisation codes of the codebook';
COMMENT ON COLUMN mart.articles.targets IS 'Whom the act addresses, or with whom it is done';
COMMENT ON COLUMN mart.articles.about IS 'Nationality of the people concerned, where given';
COMMENT ON COLUMN mart.articles.instruments IS 'Diplomatic instruments, codes of the codebook';
COMMENT ON COLUMN mart.articles.stage IS 'How far the act has come, code of the codebook';
COMMENT ON COLUMN mart.articles.sign IS 'cooperative, coercive, mixed or neutral, between the governments';
COMMENT ON COLUMN mart.articles.frames IS 'Frames in which the matter is put, codes of the codebook';
COMMENT ON COLUMN mart.articles.sentence IS 'The sentence that carries the act';
COMMENT ON COLUMN mart.articles.direction_confidence IS 'How sure the coder is who acts on whom, 0 to 1';
COMMENT ON COLUMN mart.articles.plover_event IS 'Event type in the PLOVER ontology; empty where not coded';
COMMENT ON COLUMN mart.articles.plover_mode IS 'Mode of that event type in PLOVER';
COMMENT ON COLUMN mart.articles.cameo IS 'The nearest CAMEO code';
COMMENT ON COLUMN mart.articles.roles IS 'Part that each actor plays beside acting and being addressed: code and role';
COMMENT ON COLUMN mart.articles.quotes IS 'Who is quoted with which words, and where they stand in the text';
COMMENT ON COLUMN mart.articles.wire IS 'Agency or outlet that most of the copies that name one name as their source; empty where none does';
COMMENT ON COLUMN mart.articles.origin IS 'Whose report it is: the wire, else the outlet that had it first';
COMMENT ON COLUMN mart.articles.decided_by IS 'Who gave the verdict: judge, text, opinion or a person''s name; empty in rows of an older release';
COMMENT ON COLUMN mart.articles.sighting_count IS 'Entries that are copies or versions of this article';
COMMENT ON COLUMN mart.articles.outlet_count IS 'Outlets that carried it';
COMMENT ON COLUMN mart.articles.outlets IS 'Names of the outlets that carried it';
COMMENT ON COLUMN mart.articles.terms IS 'Lexicon terms that fired in the standing sighting';
COMMENT ON COLUMN mart.articles.reason IS 'Why the standing sighting was put into this article and story';
COMMENT ON COLUMN mart.articles.entry_id IS 'The sighting that stands for the article: raw.entries, core.verdicts, core.codings';
COMMENT ON COLUMN mart.articles.rules_version IS 'Version of the rules that judged it';
COMMENT ON COLUMN mart.articles.sentence_field IS 'Where that sentence stands: title, summary or text';
COMMENT ON COLUMN mart.articles.sentence_start IS 'Its first character there, counted from 0';
COMMENT ON COLUMN mart.articles.sentence_end IS 'The character after its last';
COMMENT ON COLUMN mart.articles.evidence IS 'The words behind each code of instruments, frames, stage, sign and about, with field and characters; field learned, without words, where weights chose and no single word did';
