-- The merge of one batch. Names in `:colons` are parameters.

-- name: lock_agency
-- Batches of an agency follow one another. What refers to the agency is inserted meanwhile: its key
-- stays as it is.
SELECT data_version FROM agency WHERE id = :agency_id FOR NO KEY UPDATE;

-- name: begin_changes
-- From here on what is updated or deleted is kept as it was before this batch.
SELECT set_config('harmspot.batch_id', CAST(:batch_id AS text), true);

-- name: end_changes
SELECT set_config('harmspot.batch_id', '', true);

-- name: make_staging
-- Times are microseconds since 1970, the quickest to write and to read. Rows of an id that several
-- incidents share have it as their number, whatever incident's id they are given.
CREATE TEMPORARY TABLE staged_incident (
    line bigint NOT NULL,
    anonymous boolean NOT NULL,
    number text,
    cancels boolean NOT NULL DEFAULT false,
    former text,
    source text NOT NULL,
    external_id text NOT NULL,
    offence_code text NOT NULL,
    offence_name text,
    occurred_from bigint NOT NULL,
    occurred_to bigint NOT NULL,
    time_precision text NOT NULL,
    reported_at bigint,
    longitude double precision NOT NULL,
    latitude double precision NOT NULL,
    location_text text,
    attributes jsonb,
    content_hash bytea NOT NULL
) ON COMMIT DROP;

-- name: make_rejected
CREATE TEMPORARY TABLE staged_rejected (
    line bigint NOT NULL,
    reason text NOT NULL,
    message text NOT NULL,
    raw text NOT NULL,
    source text,
    external_id text,
    stated_id text,
    former_id text
) ON COMMIT DROP;

-- name: cells_of_sources
-- Where some incidents of the sources are, on the grid of `spread.py`.
SELECT code, min(longitude) AS longitude, min(latitude) AS latitude, count(*) AS rows
FROM (
    SELECT CELL_OF_GRID AS code, longitude, latitude
    FROM unnest(CAST(:sources AS text[])) AS wanted (source)
    CROSS JOIN LATERAL (
        SELECT longitude, latitude FROM incident
        WHERE agency_id = :agency_id AND incident.source = wanted.source
        ORDER BY external_id LIMIT 1000
    ) AS first
) AS sampled
GROUP BY code ORDER BY code;

-- name: reject_strays
WITH stray AS (
    DELETE FROM staged_incident
    WHERE NOT cancels AND CELL_OF_GRID = ANY (:cells)
    RETURNING *
)
INSERT INTO staged_rejected
SELECT line, 'placeholder_location', :message,
       jsonb_build_object(
           'external_id', CASE WHEN NOT anonymous THEN external_id END,
           'offence_code', offence_code,
           'occurred_from', timestamptz 'epoch' + occurred_from * interval '1 microsecond',
           'longitude', longitude, 'latitude', latitude
       )::text,
       source, NULL, CASE WHEN NOT anonymous THEN external_id END, former
FROM stray;

-- name: any_stored
-- Or was, and is cancelled.
SELECT EXISTS (SELECT FROM incident WHERE agency_id = :agency_id AND source = ANY (:sources))
    OR EXISTS (
        SELECT FROM incident_cancelled WHERE agency_id = :agency_id AND source = ANY (:sources)
    );

-- name: other_lists
-- The lists of columns that other batches kept.
SELECT DISTINCT kept FROM ingest_batch
WHERE agency_id = :agency_id AND kept IS DISTINCT FROM CAST(:kept AS jsonb);

-- name: drop_columns
-- Rows that differ in nothing but columns that are no longer kept do without these from now on.
UPDATE incident
SET batch_id = :batch_id,
    attributes = staged.attributes,
    content_hash = staged.content_hash
FROM staged_incident AS staged
WHERE incident.agency_id = :agency_id
  AND incident.source = staged.source
  AND incident.external_id = staged.external_id
  AND incident.content_hash <> staged.content_hash
  AND incident.batch_id IN (
      SELECT id FROM ingest_batch
      WHERE agency_id = :agency_id AND kept IS DISTINCT FROM CAST(:kept AS jsonb)
  )
  AND incident.offence_code = staged.offence_code
  AND incident.offence_name IS NOT DISTINCT FROM staged.offence_name
  AND incident.occurred_from
      = timestamptz 'epoch' + staged.occurred_from * interval '1 microsecond'
  AND incident.occurred_to = timestamptz 'epoch' + staged.occurred_to * interval '1 microsecond'
  AND incident.time_precision = staged.time_precision
  AND incident.reported_at
      IS NOT DISTINCT FROM timestamptz 'epoch' + staged.reported_at * interval '1 microsecond'
  AND incident.longitude = staged.longitude
  AND incident.latitude = staged.latitude
  AND incident.location_text IS NOT DISTINCT FROM staged.location_text
  AND coalesce(staged.attributes, '{}') = coalesce(
      (SELECT jsonb_object_agg(key, value) FROM jsonb_each(incident.attributes)
       WHERE key = ANY (:names) OR jsonb_exists(staged.attributes, key)),
      '{}'
  );

-- name: other_offences
-- From which offence to which other one stored incidents change.
SELECT incident.offence_code AS before, staged.offence_code AS now, count(*) AS incidents,
       (array_agg(line ORDER BY line))[1:5] AS lines,
       (array_agg(external_id ORDER BY line))[1:5] AS examples
FROM staged_incident AS staged JOIN incident USING (source, external_id)
WHERE agency_id = :agency_id AND incident.offence_code <> staged.offence_code
GROUP BY before, now ORDER BY before, now;

-- name: update_differing
UPDATE incident
SET batch_id = :batch_id,
    offence_code = staged.offence_code,
    offence_name = staged.offence_name,
    occurred_from = timestamptz 'epoch' + staged.occurred_from * interval '1 microsecond',
    occurred_to = timestamptz 'epoch' + staged.occurred_to * interval '1 microsecond',
    time_precision = staged.time_precision,
    reported_at = timestamptz 'epoch' + staged.reported_at * interval '1 microsecond',
    longitude = staged.longitude,
    latitude = staged.latitude,
    location_text = staged.location_text,
    attributes = staged.attributes,
    content_hash = staged.content_hash
FROM staged_incident AS staged
WHERE incident.agency_id = :agency_id
  AND incident.source = staged.source
  AND incident.external_id = staged.external_id
  AND incident.content_hash <> staged.content_hash;

-- name: drop_stored
-- Rows that are stored as they came are remembered: the batch holds them too, should the batch that
-- brought them be undone.
WITH dropped AS (
    DELETE FROM staged_incident AS staged
    USING incident
    WHERE incident.agency_id = :agency_id
      AND incident.source = staged.source
      AND incident.external_id = staged.external_id
    RETURNING staged.source, staged.external_id, staged.line,
              incident.batch_id = :batch_id AS changed
), held AS (
    INSERT INTO incident_repeat (batch_id, source, kind, part, external_ids)
    SELECT :batch_id, source, 'held', line / 20000, array_agg(external_id)
    FROM dropped WHERE NOT changed GROUP BY source, line / 20000
)
SELECT count(*) FROM dropped;

-- name: insert_staged
-- In the order of the largest index, which is then filled page by page.
INSERT INTO incident (
    agency_id, source, external_id, batch_id, offence_code, offence_name, occurred_from,
    occurred_to, time_precision, reported_at, longitude, latitude, location_text, attributes,
    content_hash
)
SELECT :agency_id, source, external_id, :batch_id, offence_code, offence_name,
       timestamptz 'epoch' + occurred_from * interval '1 microsecond',
       timestamptz 'epoch' + occurred_to * interval '1 microsecond',
       time_precision,
       timestamptz 'epoch' + reported_at * interval '1 microsecond',
       longitude, latitude, location_text, attributes, content_hash
FROM staged_incident
ORDER BY source, external_id;

-- name: keep_rejected
INSERT INTO rejected_row (batch_id, source, line, reason, message, raw)
SELECT :batch_id, coalesce(source, :source), line, reason, message, raw
FROM staged_rejected ORDER BY line;

-- name: count_rejected
SELECT reason, coalesce(source, :source) AS source, count(*) AS rows
FROM staged_rejected GROUP BY 1, 2 ORDER BY 1, 2;

-- name: drop_staging
DROP TABLE IF EXISTS staged_incident, staged_rejected, staged_repeated, staged_settled,
    staged_cancelled;
