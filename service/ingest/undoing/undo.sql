-- A batch is undone: its inserts go, what it changed returns. Names in `:colons` are parameters.

-- name: drop_undoing
DROP TABLE IF EXISTS undoing, undoing_held;

-- name: join_steps
-- Where one batch changed a row in several steps, only what was before the first counts.
WITH step AS (
    SELECT first.id AS first_id, later.id AS later_id, later.continues_as
    FROM incident_version AS first
    JOIN incident_version AS later
      ON later.source = first.source AND later.external_id = first.continues_as
     AND later.id > first.id
    WHERE first.changed_by = :batch_id AND later.changed_by = :batch_id
      AND NOT EXISTS (
          SELECT FROM incident_version AS between
          WHERE between.changed_by = :batch_id AND between.source = first.source
            AND between.external_id = first.continues_as
            AND between.id > first.id AND between.id < later.id
      )
      AND NOT EXISTS (
          SELECT FROM incident_version AS before
          WHERE before.changed_by = :batch_id AND before.source = first.source
            AND before.continues_as = first.external_id AND before.id < first.id
      )
), joined AS (
    UPDATE incident_version SET continues_as = step.continues_as
    FROM step WHERE id = first_id
)
DELETE FROM incident_version USING step WHERE id = later_id;

-- name: make_undoing
-- The rows that a batch wrote or changed, under the ids that they have since, and had before.
CREATE TEMPORARY TABLE undoing ON COMMIT DROP AS
SELECT source, external_id, true AS is_now
FROM incident WHERE agency_id = :agency_id AND batch_id = :batch_id
UNION
SELECT source, continues_as, true
FROM incident_version WHERE changed_by = :batch_id AND continues_as IS NOT NULL
UNION
SELECT source, external_id, false
FROM incident_version
WHERE changed_by = :batch_id AND external_id IS DISTINCT FROM continues_as;

-- name: changed_later
-- Later batches that changed rows of this one, or brought anew what it had taken away; and those
-- whose rows were held back for nothing but that this one cancelled them.
SELECT batch_id, count(*) AS incidents
FROM (
    SELECT changed_by AS batch_id, source, external_id
    FROM incident_version
    WHERE agency_id = :agency_id AND changed_by > :batch_id
      AND (batch_id = :batch_id OR (source, external_id) IN (
          SELECT source, external_id FROM undoing
      ))
    UNION
    SELECT batch_id, source, external_id
    FROM incident JOIN undoing USING (source, external_id)
    WHERE agency_id = :agency_id AND batch_id > :batch_id
    UNION
    SELECT incident_repeat.batch_id, mine.source, mine.external_id
    FROM ingest_batch
    JOIN incident_repeat
      ON incident_repeat.batch_id = ingest_batch.id AND incident_repeat.kind = 'held_back'
    CROSS JOIN unnest(external_ids) AS held (external_id)
    JOIN incident_cancelled AS mine
      ON mine.agency_id = :agency_id AND mine.batch_id = :batch_id
     AND mine.source = incident_repeat.source AND mine.external_id = held.external_id
    WHERE ingest_batch.agency_id = :agency_id AND incident_repeat.batch_id > :batch_id
      AND NOT EXISTS (
          SELECT FROM incident_cancelled AS other
          WHERE other.agency_id = :agency_id AND other.source = mine.source
            AND other.external_id = mine.external_id
            AND other.batch_id <> :batch_id AND other.batch_id < incident_repeat.batch_id
      )
) AS later
GROUP BY batch_id ORDER BY batch_id;

-- name: kept_nothing_later
-- Batches of before anything was kept: which rows of this one they changed or held is not known.
SELECT id AS batch_id, updated + duplicate AS incidents
FROM ingest_batch
WHERE agency_id = :agency_id AND source = :source AND id > :batch_id AND NOT keeps_before
  AND undone_at IS NULL AND updated + duplicate > 0
ORDER BY id;

-- name: count_written
SELECT count(*) FROM incident WHERE agency_id = :agency_id AND batch_id = :batch_id;

-- name: sources_of_undoing
SELECT source FROM undoing UNION SELECT :source;

-- name: make_undoing_held
-- Rows that a later batch held as they are now: they become that batch's own.
CREATE TEMPORARY TABLE undoing_held ON COMMIT DROP AS
SELECT undoing.source, undoing.external_id, min(batch_id) AS batch_id
FROM ingest_batch
JOIN incident_repeat ON batch_id = ingest_batch.id
CROSS JOIN unnest(external_ids) AS held (external_id)
JOIN undoing ON undoing.source = incident_repeat.source
            AND undoing.external_id = held.external_id AND is_now
WHERE agency_id = :agency_id AND ingest_batch.id > :batch_id AND incident_repeat.kind = 'held'
GROUP BY undoing.source, undoing.external_id;

-- name: pass_incidents_on
UPDATE incident SET batch_id = held.batch_id
FROM undoing_held AS held
WHERE incident.agency_id = :agency_id AND incident.batch_id = :batch_id
  AND incident.source = held.source AND incident.external_id = held.external_id;

-- name: pass_versions_on
UPDATE incident_version SET changed_by = held.batch_id
FROM undoing_held AS held
WHERE incident_version.changed_by = :batch_id
  AND incident_version.source = held.source
  AND incident_version.continues_as = held.external_id;

-- name: pass_removals_on
-- What a later batch cancelled, replaced or deleted does not come back: that batch took it away.
UPDATE incident_version SET changed_by = taken.batch_id, continues_as = NULL
FROM (
    SELECT version.id, min(later.id) AS batch_id
    FROM incident_version AS version
    JOIN incident_source
      ON incident_source.agency_id = version.agency_id AND name = version.source
    JOIN ingest_batch AS later
      ON later.agency_id = version.agency_id AND later.id > :batch_id AND undone_at IS NULL
    WHERE version.changed_by = :batch_id
      AND (EXISTS (
          SELECT FROM incident_repeat AS cancelled
          WHERE cancelled.batch_id = later.id AND cancelled.source = version.source
            AND cancelled.kind = 'cancelled' AND version.external_id = ANY (external_ids)
      ) OR later.source = version.source AND CASE later.kind
          WHEN 'ingest' THEN false
          WHEN 'delete' THEN true
          WHEN 'cancel' THEN EXISTS (
              SELECT FROM incident_cancelled AS cancelled
              WHERE cancelled.agency_id = version.agency_id AND cancelled.batch_id = later.id
                AND cancelled.source = version.source
                AND cancelled.external_id = version.external_id
          )
          ELSE occurred_from + (occurred_to - occurred_from) / 2
               >= CAST(CAST(split_part(replaced, '/', 1) AS date) AS timestamp)
                  AT TIME ZONE time_zone
           AND occurred_from + (occurred_to - occurred_from) / 2
               < CAST(CAST(split_part(replaced, '/', 2) AS date) + 1 AS timestamp)
                 AT TIME ZONE time_zone
          END)
    GROUP BY version.id
) AS taken
WHERE incident_version.id = taken.id;

-- name: end_cancelled
DELETE FROM incident_cancelled WHERE agency_id = :agency_id AND batch_id = :batch_id;

-- name: told_held
SELECT batch_id, count(*) AS incidents FROM undoing_held GROUP BY batch_id ORDER BY batch_id;

-- name: count_changed
SELECT count(*) FROM incident_version
WHERE changed_by = :batch_id AND continues_as IS NOT NULL;

-- name: take_away
DELETE FROM incident USING undoing
WHERE agency_id = :agency_id AND is_now
  AND incident.source = undoing.source AND incident.external_id = undoing.external_id
  AND (undoing.source, undoing.external_id) NOT IN (
      SELECT source, external_id FROM undoing_held
  );

-- name: put_back
INSERT INTO incident (
    agency_id, source, external_id, batch_id, offence_code, offence_name, occurred_from,
    occurred_to, time_precision, reported_at, longitude, latitude, location_text, attributes,
    content_hash
)
SELECT agency_id, source, external_id, batch_id, offence_code, offence_name, occurred_from,
       occurred_to, time_precision, reported_at, longitude, latitude, location_text, attributes,
       content_hash
FROM incident_version WHERE changed_by = :batch_id
ORDER BY source, external_id;

-- name: end_versions
DELETE FROM incident_version WHERE changed_by = :batch_id;

-- name: end_repeats
DELETE FROM incident_repeat WHERE batch_id = :batch_id;

-- name: data_version_grows
UPDATE agency SET data_version = data_version + 1 WHERE id = :agency_id RETURNING data_version;

-- name: end_sources
-- A source of which nothing is left may be loaded again, with another time zone even.
DELETE FROM incident_source
WHERE agency_id = :agency_id AND name = ANY (:sources)
  AND NOT EXISTS (
      SELECT FROM incident WHERE incident.agency_id = :agency_id AND incident.source = name
  )
  AND NOT EXISTS (
      SELECT FROM incident_version
      WHERE incident_version.agency_id = :agency_id AND incident_version.source = name
  );
