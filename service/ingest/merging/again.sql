-- Rows whose own id is not stored, or stands for other content: which stored incidents they are.
-- Names in `:colons` are parameters.

-- name: make_coming
-- Staged rows to look for. A row whose id is its own is known by it; one that is numbered, or has
-- none, is settled where the same content is stored under the same id.
CREATE TEMPORARY TABLE coming ON COMMIT DROP AS
SELECT staged.ctid AS place_in_table, source, external_id, line, anonymous,
       staged.number IS NOT NULL AS numbered,
       CASE WHEN EXISTS (
           SELECT FROM incident
           WHERE incident.agency_id = :agency_id AND incident.source = staged.source
             AND incident.external_id = staged.number
       ) THEN staged.number ELSE coalesce(former, staged.number) END AS number,
       coalesce(staged.number, 'row:' || split_part(external_id, ':', 2)) AS base,
       offence_code, offence_name,
       timestamptz 'epoch' + occurred_from * interval '1 microsecond' AS occurred_from,
       timestamptz 'epoch' + occurred_to * interval '1 microsecond' AS occurred_to,
       time_precision,
       timestamptz 'epoch' + reported_at * interval '1 microsecond' AS reported_at,
       longitude, latitude, location_text, attributes, content_hash
FROM staged_incident AS staged
WHERE (anonymous OR staged.number IS NOT NULL OR former IS NOT NULL)
  AND NOT EXISTS (
      SELECT FROM incident
      WHERE incident.agency_id = :agency_id AND incident.source = staged.source
        AND incident.external_id = staged.external_id
        AND (NOT (anonymous OR staged.number IS NOT NULL)
             OR incident.content_hash = staged.content_hash)
  );

-- name: make_unclaimed
-- Stored rows that no staged row is for certain.
CREATE TEMPORARY TABLE unclaimed ON COMMIT DROP AS
SELECT source, external_id, NULL::text AS number, offence_code, offence_name, occurred_from,
       occurred_to, time_precision, reported_at, longitude, latitude, location_text, attributes,
       content_hash, batch_id, false AS dismissed
FROM incident WHERE false;

-- name: make_dismissed
-- Incidents that the force has cancelled, as they were.
CREATE TEMPORARY TABLE dismissed ON COMMIT DROP AS
SELECT DISTINCT ON (source, external_id)
       source, external_id,
       regexp_replace(external_id, '^(row:[0-9a-f]{32}):\d+$|#\d+$', '\1') AS number,
       offence_code, offence_name, occurred_from, occurred_to, time_precision, reported_at,
       longitude, latitude, location_text, attributes, content_hash, version.batch_id
FROM incident_cancelled AS cancelled
JOIN incident_version AS version USING (agency_id, source, external_id)
WHERE agency_id = :agency_id AND source = ANY (:sources)
  AND version.changed_by = cancelled.batch_id
ORDER BY source, external_id, version.id DESC;

-- name: unclaimed_dismissed
-- Those that rows without an id, or of the same numbers, may be.
INSERT INTO unclaimed
SELECT source, external_id, NULL, offence_code, offence_name, occurred_from, occurred_to,
       time_precision, reported_at, longitude, latitude, location_text, attributes, content_hash,
       batch_id, true
FROM dismissed WHERE external_id ~ '^row:[0-9a-f]{32}(:\d+)?$'
UNION ALL
SELECT source, external_id, sought.number, offence_code, offence_name, occurred_from,
       occurred_to, time_precision, reported_at, longitude, latitude, location_text, attributes,
       content_hash, batch_id, true
FROM dismissed JOIN (SELECT DISTINCT source, number FROM coming) AS sought USING (source)
WHERE sought.number IN (external_id, dismissed.number);

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

-- name: any_gone
-- Whether incidents went, so that the numbers of those that are left may have gaps.
SELECT EXISTS (
    SELECT FROM ingest_batch
    WHERE agency_id = :agency_id AND (removed > 0 OR undone_at IS NOT NULL)
) OR EXISTS (
    SELECT FROM incident_cancelled WHERE agency_id = :agency_id AND source = ANY (:sources)
);

-- name: unclaimed_without_id
-- Those without an id, of the same times.
INSERT INTO unclaimed
SELECT source, external_id, NULL, offence_code, offence_name, occurred_from, occurred_to,
       time_precision, reported_at, longitude, latitude, location_text, attributes, content_hash,
       batch_id, false
FROM incident
WHERE agency_id = :agency_id AND source = ANY (:sources)
  AND external_id ~ '^row:[0-9a-f]{32}(:\d+)?$'
  AND occurred_from BETWEEN (SELECT min(occurred_from) FROM coming WHERE anonymous)
                        AND (SELECT max(occurred_from) FROM coming WHERE anonymous)
  AND occurred_from IN (SELECT occurred_from FROM coming WHERE anonymous)
  AND NOT EXISTS (
      SELECT FROM staged_incident AS staged
      WHERE staged.source = incident.source AND staged.external_id = incident.external_id
        AND staged.content_hash = incident.content_hash
  );

-- name: unclaimed_of_number
-- Those of the same numbers: `N`, `N#2`, `N#3` and so on, or without an id once, `row:...:2`. Where
-- the file has a number `N#2`, that is its own.
INSERT INTO unclaimed
WITH RECURSIVE sought AS (
    SELECT DISTINCT source, number FROM coming WHERE number IS NOT NULL
), member AS (
    SELECT sought.source, number, number AS external_id, 1 AS ordinal
    FROM sought JOIN incident
      ON incident.agency_id = :agency_id AND incident.source = sought.source
     AND incident.external_id = number
    UNION ALL
    SELECT member.source, number, incident.external_id, ordinal + 1
    FROM member JOIN incident
      ON incident.agency_id = :agency_id AND incident.source = member.source
     AND incident.external_id
         = number || CASE WHEN number LIKE 'row:%' THEN ':' ELSE '#' END || ordinal + 1
), every AS (
    SELECT source, number, external_id FROM member
    UNION
    SELECT incident.source, number, incident.external_id
    FROM incident JOIN sought
      ON sought.source = incident.source
     AND number = regexp_replace(
             incident.external_id, '^(row:[0-9a-f]{32}):\d+$|#\d+$', '\1'
         )
    WHERE :gaps AND agency_id = :agency_id AND incident.source = ANY (:sources)
      AND incident.external_id ~ '^row:[0-9a-f]{32}:\d+$|#\d+$'
)
SELECT source, external_id, number, offence_code, offence_name, occurred_from, occurred_to,
       time_precision, reported_at, longitude, latitude, location_text, attributes, content_hash,
       batch_id, false
FROM every JOIN incident USING (source, external_id)
WHERE agency_id = :agency_id
  AND (external_id = number
       OR (source, external_id) NOT IN (SELECT source, sought.number FROM sought))
  AND NOT EXISTS (
      SELECT FROM staged_incident AS staged
      WHERE staged.source = incident.source AND staged.external_id = incident.external_id
        AND (NOT (staged.anonymous OR staged.number IS NOT NULL)
             OR staged.content_hash = incident.content_hash)
  );

-- name: unclaimed_by_column
-- Those that have an id of their own, and the number in a column that was kept.
INSERT INTO unclaimed
SELECT incident.source, incident.external_id, kept.value, offence_code, offence_name,
       occurred_from, occurred_to, time_precision, reported_at, longitude, latitude, location_text,
       attributes, content_hash, batch_id, false
FROM incident
CROSS JOIN LATERAL jsonb_each_text(attributes) AS kept
WHERE agency_id = :agency_id AND incident.source = ANY (:sources)
  AND lower(replace(kept.key, '_', ' ')) = ANY (:number_columns)
  AND occurred_from BETWEEN (SELECT min(occurred_from) FROM coming)
                        AND (SELECT max(occurred_from) FROM coming)
  AND (incident.source, kept.value) IN (SELECT source, number FROM coming)
  AND NOT EXISTS (
      SELECT FROM staged_incident AS staged
      WHERE staged.source = incident.source AND staged.external_id = incident.external_id
        AND (staged.number IS NULL OR staged.content_hash = incident.content_hash)
  )
  AND NOT EXISTS (
      SELECT FROM unclaimed
      WHERE unclaimed.source = incident.source AND unclaimed.external_id = incident.external_id
  );

-- name: kinds_of_coming
SELECT coalesce(bool_or(anonymous), false) AS without_id,
       coalesce(bool_or(number IS NOT NULL), false) AS with_number
FROM coming;

-- name: any_unclaimed
SELECT EXISTS (SELECT FROM unclaimed);

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
    WHERE NOT takes AND NOT :dismissed AND incident.agency_id = :agency_id AND incident.source = matched.source
      AND incident.external_id = matched.stored_id
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

-- name: drop_again
DROP TABLE IF EXISTS coming, unclaimed, dismissed;
