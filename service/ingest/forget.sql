-- Columns that are kept no more are taken from what is stored. Names in `:colons` are parameters.

-- name: kept_by_source
SELECT source, key AS name, count(*) AS incidents
FROM incident CROSS JOIN LATERAL jsonb_object_keys(attributes) AS key
WHERE agency_id = :agency_id
GROUP BY source, key ORDER BY source, key;

-- name: rejected_by_source
-- Batches of before told nothing of what they keep: they kept rejected rows as they came.
SELECT source, count(*) AS rows
FROM rejected_row JOIN ingest_batch ON ingest_batch.id = batch_id
WHERE agency_id = :agency_id AND kept IS NULL
GROUP BY source ORDER BY source;

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

-- name: forget_columns
-- A row that has its id of its content already keeps it; others take the next numbers after it.
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
), changed AS (
    SELECT external_id, attributes, content_hash,
           CASE WHEN settled THEN external_id
                WHEN next = 1 THEN own_id
                ELSE own_id || ':' || next
           END AS new_id
    FROM named
    UNION ALL
    SELECT external_id, attributes, content_hash, external_id FROM forgetting WHERE NOT anonymous
)
UPDATE incident
SET external_id = changed.new_id,
    attributes = changed.attributes,
    content_hash = changed.content_hash
FROM changed
WHERE incident.agency_id = :agency_id AND incident.source = :source
  AND incident.external_id = changed.external_id
  AND incident.content_hash <> changed.content_hash;

-- name: rejected_of_source
SELECT rejected_row.id, raw
FROM rejected_row JOIN ingest_batch ON ingest_batch.id = batch_id
WHERE agency_id = :agency_id AND source = :source AND raw <> '';

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
DROP TABLE IF EXISTS forgetting, forgetting_rejected;
