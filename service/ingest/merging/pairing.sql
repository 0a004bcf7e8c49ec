-- Rows that come again and the incidents that they may be, paired by what they have in common. The
-- tables are those of `again.sql`.

-- name: pair
-- Pairs the two kinds of rows of one number (or of none) that are alike by a certain key, the first
-- with the first. A staged row takes the id of its stored one; where it has one of its own by now,
-- the stored row takes that. One that the force has cancelled keeps its id in any case.
WITH keyed AS (
    SELECT place_in_table, source, external_id,
           CASE WHEN NOT :without_number THEN number END AS number, line, content_hash,
           NULL::bigint AS batch_id, anonymous OR numbered AS takes, attributes,
           offence_code, offence_name, occurred_from, occurred_to, time_precision, reported_at,
           longitude, latitude, location_text
    FROM coming
    WHERE CASE WHEN :without_number THEN anonymous ELSE number IS NOT NULL END
      AND NOT (anonymous AND :by IN ('offence', 'order'))
    UNION ALL
    SELECT NULL, source, external_id, number, NULL, content_hash, batch_id, NULL, attributes,
           offence_code, offence_name, occurred_from, occurred_to, time_precision, reported_at,
           longitude, latitude, location_text
    FROM unclaimed
    WHERE (number IS NULL) = :without_number AND dismissed = :dismissed
      AND (:by <> 'common' OR batch_id IN (
          SELECT id FROM ingest_batch
          WHERE agency_id = :agency_id AND kept IS NOT DISTINCT FROM CAST(:other AS jsonb)
      ))
), told AS (
    SELECT *, CASE :by
        WHEN 'content' THEN encode(content_hash, 'hex')
        WHEN 'common' THEN jsonb_build_array(
            offence_code, offence_name, occurred_from, occurred_to, time_precision, reported_at,
            longitude, latitude, location_text,
            (SELECT jsonb_object_agg(key, value) FROM jsonb_each(attributes)
             WHERE :everything OR key = ANY (:common))
        )::text
        WHEN 'identity' THEN jsonb_build_array(
            lower(offence_code COLLATE "C"), occurred_from,
            -- A midnight that was an instant may be a day by now, or the other way round.
            CASE WHEN occurred_to <> occurred_from
                      AND NOT (time_precision = 'day'
                               AND occurred_to < occurred_from + interval '26 hours')
                 THEN occurred_to END,
            round(longitude * 1000000), round(latitude * 1000000),
            (SELECT string_agg(lower(value), ' ' ORDER BY key) FROM jsonb_each_text(attributes)
             WHERE lower(replace(key, '_', ' ')) = ANY (:identify))
        )::text
        WHEN 'offence' THEN jsonb_build_array(
            lower(offence_code COLLATE "C"), occurred_from
        )::text
        ELSE ''
    END AS key
    FROM keyed
), placed AS (
    SELECT place_in_table, source, external_id, number, takes, key,
           row_number() OVER (
               PARTITION BY source, number, key, place_in_table IS NULL
               ORDER BY offence_code COLLATE "C", occurred_from, location_text COLLATE "C",
                        content_hash, line, external_id COLLATE "C"
           ) AS ordinal
    FROM told
), matched AS (
    SELECT coming.place_in_table, coming.source, coming.takes, coming.external_id AS own_id,
           stored.external_id AS stored_id
    FROM placed AS coming
    JOIN placed AS stored
      ON stored.place_in_table IS NULL AND coming.place_in_table IS NOT NULL
     AND coming.source = stored.source AND coming.number IS NOT DISTINCT FROM stored.number
     AND coming.key = stored.key AND coming.ordinal = stored.ordinal
), found AS (
    DELETE FROM coming USING matched WHERE coming.place_in_table = matched.place_in_table
), claimed AS (
    DELETE FROM unclaimed USING matched
    WHERE unclaimed.source = matched.source AND unclaimed.external_id = matched.stored_id
), renamed AS (
    UPDATE incident SET external_id = own_id
    FROM matched
    WHERE NOT takes AND NOT :dismissed AND incident.agency_id = :agency_id
      AND incident.source = matched.source AND incident.external_id = matched.stored_id
)
UPDATE staged_incident SET external_id = stored_id
FROM matched
WHERE (takes OR :dismissed) AND staged_incident.ctid = matched.place_in_table;

-- name: leave_other_offences
-- What is left of a number is another offence of it, unless the file lists as many rows of the
-- number as are stored: then an offence was changed.
DELETE FROM unclaimed
USING (
    SELECT source, number,
           count(*) FILTER (WHERE stored) > count(*) FILTER (WHERE NOT stored) AS more_stored
    FROM (
        SELECT source, number, false AS stored FROM coming
        UNION ALL
        SELECT source, number, true FROM unclaimed WHERE NOT dismissed
    ) AS both_kinds
    WHERE number IS NOT NULL
    GROUP BY source, number
) AS listed
WHERE listed.more_stored AND unclaimed.source = listed.source
  AND unclaimed.number = listed.number;
