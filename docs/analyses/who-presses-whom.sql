-- Stories by who acts on whom, and whether the act is hostile or friendly between the two governments.
SELECT replace(dyad, '>', ' → ') AS pair,
    count(*) FILTER (WHERE "sign" = 'coercive') AS coercive,
    count(*) FILTER (WHERE "sign" = 'mixed') AS mixed,
    count(*) FILTER (WHERE "sign" = 'neutral') AS neutral,
    count(*) FILTER (WHERE "sign" = 'cooperative') AS cooperative,
    list_sort(list_distinct(flatten(list(instruments)))) AS instruments
FROM mart.stories, unnest(dyads) AS d(dyad)
GROUP BY pair
ORDER BY count(*) DESC, pair
LIMIT 15;
