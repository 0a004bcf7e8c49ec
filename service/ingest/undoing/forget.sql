-- Columns that are kept no more are taken from what is stored. Names in `:colons` are parameters.

-- name: kept_by_source
SELECT source, key AS name, count(*) AS incidents
FROM incident CROSS JOIN LATERAL jsonb_object_keys(attributes) AS key
WHERE agency_id = :agency_id
GROUP BY source, key ORDER BY source, key;

-- name: rejected_by_source
-- Batches of before told nothing of what they keep: they kept rejected rows as they came.
SELECT ingest_batch.source, count(*) AS rows
FROM rejected_row JOIN ingest_batch ON ingest_batch.id = batch_id
WHERE agency_id = :agency_id AND kept IS NULL
GROUP BY 1 ORDER BY 1;

-- name: rows_of_source
-- Times are microseconds since 1970, as they were when the digest of the content was made.
SELECT source, external_id, offence_code, offence_name,
       (extract(epoch FROM occurred_from) * 1000000)::bigint AS occurred_from,
       (extract(epoch FROM occurred_to) * 1000000)::bigint AS occurred_to,
       time_precision,
       (extract(epoch FROM reported_at) * 1000000)::bigint AS reported_at,
       longitude, latitude, location_text, attributes
FROM incident
WHERE agency_id = :agency_id AND source = :source
  AND (attributes IS NOT NULL OR external_id ~ '^row:[0-9a-f]{32}(:\d+)?$');

-- name: make_forgetting
CREATE TEMPORARY TABLE forgetting (
    external_id text NOT NULL,
    anonymous boolean NOT NULL,
    own_id text NOT NULL,
    attributes jsonb,
    content_hash bytea NOT NULL
) ON COMMIT DROP;

-- name: make_forgotten_ids
-- A row that has its id of its content already keeps it; others take the next numbers after it.
CREATE TEMPORARY TABLE forgotten ON COMMIT DROP AS
WITH numbered AS (
    SELECT *, split_part(external_id, ':', 2) = split_part(own_id, ':', 2) AS settled,
           CASE WHEN split_part(external_id, ':', 2) = split_part(own_id, ':', 2)
                THEN coalesce(nullif(split_part(external_id, ':', 3), ''), '1')::bigint
           END AS number
    FROM forgetting
    WHERE anonymous
), settled AS (
    SELECT own_id, max(number) AS last FROM numbered GROUP BY own_id
), named AS (
    SELECT numbered.external_id, own_id, attributes, content_hash, settled,
           coalesce(last, 0)
           + row_number() OVER (PARTITION BY own_id, settled ORDER BY external_id) AS next
    FROM numbered JOIN settled USING (own_id)
)
SELECT external_id, attributes, content_hash,
       CASE WHEN settled THEN external_id
            WHEN next = 1 THEN own_id
            ELSE own_id || ':' || next
       END AS new_id
FROM named
UNION ALL
SELECT external_id, attributes, content_hash, external_id FROM forgetting WHERE NOT anonymous;

-- name: make_no_forgotten_ids
CREATE TEMPORARY TABLE forgotten (external_id text, new_id text) ON COMMIT DROP;

-- name: forget_columns
UPDATE incident
SET external_id = forgotten.new_id,
    attributes = forgotten.attributes,
    content_hash = forgotten.content_hash
FROM forgotten
WHERE incident.agency_id = :agency_id AND incident.source = :source
  AND incident.external_id = forgotten.external_id
  AND incident.content_hash <> forgotten.content_hash;

-- name: versions_of_source
-- What incidents of a source were before a batch, as `rows_of_source` tells what they are.
SELECT id, source, external_id, offence_code, offence_name,
       (extract(epoch FROM occurred_from) * 1000000)::bigint AS occurred_from,
       (extract(epoch FROM occurred_to) * 1000000)::bigint AS occurred_to,
       time_precision,
       (extract(epoch FROM reported_at) * 1000000)::bigint AS reported_at,
       longitude, latitude, location_text, attributes
FROM incident_version
WHERE agency_id = :agency_id AND source = :source
  AND (attributes IS NOT NULL OR external_id ~ '^row:[0-9a-f]{32}(:\d+)?$');

-- name: sources_changed
SELECT DISTINCT incident_version.source
FROM incident_version JOIN ingest_batch ON ingest_batch.id = batch_id
WHERE changed_by = :batch_id AND attributes IS NOT NULL
  AND kept IS DISTINCT FROM CAST(:kept AS jsonb);

-- name: versions_changed
-- Versions of what a batch changed that were written by one that kept other columns; of their
-- columns those that this batch keeps, or that the incident has still.
SELECT DISTINCT ON (version.id) version.id, version.source, version.external_id, version.offence_code,
       version.offence_name,
       (extract(epoch FROM version.occurred_from) * 1000000)::bigint AS occurred_from,
       (extract(epoch FROM version.occurred_to) * 1000000)::bigint AS occurred_to,
       version.time_precision,
       (extract(epoch FROM version.reported_at) * 1000000)::bigint AS reported_at,
       version.longitude, version.latitude, version.location_text,
       (SELECT jsonb_object_agg(key, value) FROM jsonb_each(version.attributes)
        WHERE key = ANY (:names) OR jsonb_exists(incident.attributes, key)) AS attributes
FROM incident_version AS changed
JOIN incident_version AS version USING (agency_id, source, external_id)
JOIN ingest_batch ON ingest_batch.id = version.batch_id
LEFT JOIN incident ON incident.agency_id = changed.agency_id
    AND incident.source = changed.source AND incident.external_id = changed.continues_as
WHERE changed.changed_by = :batch_id AND changed.agency_id = :agency_id
  AND changed.source = :source
  AND ingest_batch.kept IS DISTINCT FROM CAST(:kept AS jsonb)
  AND version.attributes IS NOT NULL
ORDER BY version.id;

-- name: make_forgetting_version
CREATE TEMPORARY TABLE forgetting_version (
    external_id text NOT NULL,
    anonymous boolean NOT NULL,
    own_id text NOT NULL,
    attributes jsonb,
    content_hash bytea NOT NULL,
    id bigint NOT NULL
) ON COMMIT DROP;

-- name: find_forgotten_ids
-- An id that is a digest of more than is kept becomes that under which the incident goes on.
INSERT INTO forgotten (external_id, new_id)
WITH RECURSIVE gone_on AS (
    SELECT continues_as AS external_id, coalesce(new_id, incident.external_id) AS new_id
    FROM incident_version AS version
    LEFT JOIN forgotten ON forgotten.external_id = continues_as
    LEFT JOIN incident ON incident.agency_id = version.agency_id
        AND incident.source = version.source AND incident.external_id = continues_as
    WHERE version.agency_id = :agency_id AND version.source = :source
      AND coalesce(new_id, incident.external_id) IS NOT NULL
    UNION
    SELECT version.external_id, new_id
    FROM gone_on
    JOIN incident_version AS version ON continues_as = gone_on.external_id
    JOIN forgetting_version USING (id)
    WHERE version.agency_id = :agency_id AND version.source = :source AND anonymous
)
SELECT DISTINCT ON (external_id) external_id, new_id
FROM gone_on
WHERE external_id NOT IN (SELECT external_id FROM forgotten) AND external_id <> new_id
ORDER BY external_id, new_id;

-- name: name_forgotten_ids
-- Of an incident that was taken away it becomes the digest of what is kept, and the next number.
INSERT INTO forgotten (external_id, new_id)
SELECT external_id,
       CASE WHEN number = 1 THEN own_id ELSE own_id || ':' || number END
FROM (
    SELECT external_id, own_id,
           row_number() OVER (PARTITION BY own_id ORDER BY external_id) + (
               SELECT count(*) FROM incident
               WHERE agency_id = :agency_id AND source = :source
                 AND (incident.external_id = own_id
                      OR incident.external_id LIKE own_id || ':%')
           ) AS number
    FROM (
        SELECT DISTINCT external_id, own_id FROM forgetting_version
        WHERE anonymous AND split_part(external_id, ':', 2) <> split_part(own_id, ':', 2)
          AND external_id NOT IN (SELECT external_id FROM forgotten)
    ) AS unnamed
) AS numbered;

-- name: forget_versions
UPDATE incident_version
SET external_id = coalesce(mine.new_id, incident_version.external_id),
    continues_as = coalesce(next.new_id, incident_version.continues_as),
    attributes = forgetting_version.attributes,
    content_hash = forgetting_version.content_hash
FROM forgetting_version
JOIN incident_version AS version USING (id)
LEFT JOIN forgotten AS mine ON mine.external_id = version.external_id
LEFT JOIN forgotten AS next ON next.external_id = version.continues_as
WHERE incident_version.id = forgetting_version.id
  AND (incident_version.content_hash <> forgetting_version.content_hash
       OR mine.new_id <> version.external_id OR next.new_id <> version.continues_as);

-- name: forget_repeats
UPDATE incident_repeat
SET external_ids = (
    SELECT array_agg(coalesce(new_id, held.external_id))
    FROM unnest(external_ids) AS held (external_id)
    LEFT JOIN forgotten ON forgotten.external_id = held.external_id
)
WHERE source = :source
  AND batch_id IN (SELECT id FROM ingest_batch WHERE agency_id = :agency_id)
  AND external_ids && (
      SELECT coalesce(array_agg(external_id), '{}') FROM forgotten
      WHERE external_id <> new_id
  );

-- name: forget_cancelled
UPDATE incident_cancelled SET external_id = forgotten.new_id
FROM forgotten
WHERE agency_id = :agency_id AND source = :source
  AND incident_cancelled.external_id = forgotten.external_id
  AND forgotten.external_id <> forgotten.new_id;

-- name: rejected_of_source
SELECT rejected_row.id, raw
FROM rejected_row JOIN ingest_batch ON ingest_batch.id = batch_id
WHERE agency_id = :agency_id AND raw <> ''
  AND coalesce(rejected_row.source, ingest_batch.source) = :source;

-- name: make_forgetting_rejected
CREATE TEMPORARY TABLE forgetting_rejected (id bigint NOT NULL, raw text NOT NULL) ON COMMIT DROP;

-- name: forget_rejected
UPDATE rejected_row SET raw = forgetting_rejected.raw
FROM forgetting_rejected WHERE forgetting_rejected.id = rejected_row.id;

-- name: tell_kept
-- Batches whose incidents are all of this source tell from now on what is kept of them.
UPDATE ingest_batch SET kept = CAST(:kept AS jsonb)
WHERE agency_id = :agency_id AND source = :source
  AND id NOT IN (
      SELECT batch_id FROM incident WHERE agency_id = :agency_id AND source <> :source
  );

-- name: grow_data_version
UPDATE agency SET data_version = data_version + 1 WHERE id = :agency_id;

-- name: drop_forgetting
DROP TABLE IF EXISTS forgetting, forgetting_rejected, forgetting_version, forgotten;
