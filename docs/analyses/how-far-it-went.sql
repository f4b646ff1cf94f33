-- Stories by instrument and by how far the act has come.
SELECT instrument,
    count(*) FILTER (WHERE stage = 'stated') AS words,
    count(*) FILTER (WHERE stage IN ('demanded', 'threatened')) AS pressed,
    count(*) FILTER (WHERE stage IN ('considered', 'talks', 'announced')) AS under_way,
    count(*) FILTER (WHERE stage IN ('agreed', 'in_force', 'carried_out')) AS done,
    count(*) FILTER (WHERE stage IN ('rejected', 'suspended')) AS refused
FROM mart.stories, unnest(instruments) AS i(instrument)
GROUP BY instrument
ORDER BY count(*) DESC, instrument;
