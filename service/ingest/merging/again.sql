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

-- name: drop_again
DROP TABLE IF EXISTS coming, unclaimed, dismissed;
