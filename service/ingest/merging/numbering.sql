-- Rows of one number that no stored incident was found for: those of cancelled numbers, and the
-- numbers that new ones take. The tables are those of `again.sql`.

-- name: any_gone
-- Whether incidents went, so that the numbers of those that are left may have gaps.
SELECT EXISTS (
    SELECT FROM ingest_batch
    WHERE agency_id = :agency_id AND (removed > 0 OR undone_at IS NOT NULL)
) OR EXISTS (
    SELECT FROM incident_cancelled WHERE agency_id = :agency_id AND source = ANY (:sources)
);

-- name: hold_back_numbers
-- Numbers that were cancelled before an incident of theirs was known: all of their rows that are
-- none that is stored.
WITH held AS (
    DELETE FROM coming
    WHERE numbered AND (source, number) IN (
        SELECT source, external_id FROM incident_cancelled
        WHERE agency_id = :agency_id AND source = ANY (:sources)
          AND (source, external_id) NOT IN (SELECT source, external_id FROM dismissed)
    )
    RETURNING place_in_table, number
)
UPDATE staged_incident SET external_id = held.number
FROM held WHERE staged_incident.ctid = held.place_in_table;

-- name: number_new
-- A row that is new, and whose id stands for another by now, takes the next number after the last.
WITH RECURSIVE clashing AS (
    SELECT place_in_table, source, line, base, CASE WHEN anonymous THEN ':' ELSE '#' END AS mark
    FROM coming
    WHERE (anonymous OR numbered)
      AND (EXISTS (
          SELECT FROM incident
          WHERE incident.agency_id = :agency_id AND incident.source = coming.source
            AND incident.external_id = coming.external_id
      ) OR EXISTS (
          SELECT FROM dismissed
          WHERE dismissed.source = coming.source AND dismissed.external_id = coming.external_id
      ))
), stored AS (
    SELECT DISTINCT source, base, mark, 1::bigint AS ordinal FROM clashing
    UNION ALL
    SELECT stored.source, base, mark, ordinal + 1
    FROM stored JOIN incident
      ON incident.agency_id = :agency_id AND incident.source = stored.source
     AND incident.external_id = base || mark || ordinal + 1
), beyond AS (
    SELECT source, external_id FROM dismissed
    UNION ALL
    SELECT source, external_id FROM incident
    WHERE :gaps AND EXISTS (SELECT FROM clashing)
      AND agency_id = :agency_id AND source = ANY (:sources)
      AND external_id ~ '^row:[0-9a-f]{32}:\d+$|#\d+$'
), staged AS (
    SELECT source, base, substring(external_id FROM '\d+$')::numeric AS ordinal
    FROM staged_incident JOIN (SELECT DISTINCT source, base, mark FROM clashing) AS sought
      USING (source)
    WHERE external_id LIKE '%' || mark || '%' AND external_id <> base
      AND base = regexp_replace(external_id, '^(row:[0-9a-f]{32}):\d+$|#\d+$', '\1')
), last AS (
    SELECT source, base, max(ordinal) AS ordinal
    FROM (
        SELECT source, base, ordinal FROM stored
        UNION ALL
        SELECT source, base, substring(external_id FROM '\d+$')::numeric
        FROM beyond JOIN (SELECT DISTINCT source, base FROM clashing) AS sought USING (source)
        WHERE base <> external_id
          AND base = regexp_replace(external_id, '^(row:[0-9a-f]{32}):\d+$|#\d+$', '\1')
        UNION ALL
        SELECT source, base, ordinal FROM staged
    ) AS every
    GROUP BY source, base
), named AS (
    SELECT place_in_table,
           base || mark || last.ordinal
           + row_number() OVER (PARTITION BY source, base ORDER BY line) AS new_id
    FROM clashing JOIN last USING (source, base)
)
UPDATE staged_incident SET external_id = new_id
FROM named
WHERE staged_incident.ctid = named.place_in_table;
