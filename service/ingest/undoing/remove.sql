-- Incidents are taken away: by a file that replaces a period, with their source, or by their ids.
-- Names in `:colons` are parameters.

-- name: any_within
SELECT EXISTS (
    SELECT FROM staged_incident
    WHERE NOT cancels AND occurred_from + (occurred_to - occurred_from) / 2 >= :start
      AND occurred_from + (occurred_to - occurred_from) / 2 < :end
);

-- name: remove_replaced
-- Incidents of a period that the batch neither brought nor held. A rejected row holds its incident,
-- or all of its number; where it states no id, any without an id may be its own, and any at all
-- where its id was not read, or the source's incidents have theirs. Tells how many went, how many
-- such rows there are, and how many stay for them.
WITH held AS (
    SELECT source, held.external_id, false AS all_of_number
    FROM incident_repeat CROSS JOIN unnest(external_ids) AS held (external_id)
    WHERE batch_id = :batch_id
    UNION
    SELECT source, id, :numbered
    FROM staged_rejected CROSS JOIN LATERAL (VALUES (stated_id), (former_id)) AS stated (id)
    WHERE id IS NOT NULL
), unknown AS (
    SELECT count(*) AS rows,
           coalesce(bool_or(reason = 'malformed_row' OR former_id ~ '\d'), false)
           OR NOT EXISTS (
               SELECT FROM incident
               WHERE agency_id = :agency_id AND source = ANY (:sources)
                 AND external_id ~ '^row:[0-9a-f]{32}(:\d+)?$'
           ) AS of_any
    FROM staged_rejected WHERE stated_id IS NULL
), missing AS (
    SELECT source, external_id,
           unknown.rows > 0
           AND (of_any OR external_id ~ '^row:[0-9a-f]{32}(:\d+)?$') AS stays
    FROM incident CROSS JOIN unknown
    WHERE agency_id = :agency_id AND source = ANY (:sources) AND batch_id <> :batch_id
      AND occurred_from < :end AND occurred_to >= :start
      AND occurred_from + (occurred_to - occurred_from) / 2 >= :start
      AND occurred_from + (occurred_to - occurred_from) / 2 < :end
      AND (source, external_id) NOT IN (SELECT source, external_id FROM held)
      AND (source, regexp_replace(external_id, '#\d+$', '')) NOT IN (
          SELECT source, external_id FROM held WHERE all_of_number
      )
), removed AS (
    DELETE FROM incident USING missing
    WHERE agency_id = :agency_id AND NOT stays
      AND incident.source = missing.source AND incident.external_id = missing.external_id
    RETURNING 1
)
SELECT (SELECT count(*) FROM removed) AS removed,
       (SELECT rows FROM unknown) AS unknown,
       (SELECT count(*) FROM missing WHERE stays) AS stay;

-- name: sources_with_incidents
SELECT name, time_zone,
       (SELECT count(*) FROM incident WHERE agency_id = :agency_id AND source = name) AS incidents,
       (SELECT min(occurred_from) FROM incident WHERE agency_id = :agency_id AND source = name)
           AS earliest,
       (SELECT max(occurred_to) FROM incident WHERE agency_id = :agency_id AND source = name)
           AS latest,
       (SELECT max(received_at) FROM ingest_batch
        WHERE agency_id = :agency_id AND source = name) AS received_at
FROM incident_source WHERE agency_id = :agency_id
ORDER BY name;

-- name: remove_source
DELETE FROM incident WHERE agency_id = :agency_id AND source = :source;

-- name: batches_of_source
-- Batches that had rows of a source, or took its incidents away.
SELECT id FROM ingest_batch
WHERE agency_id = :agency_id
  AND (source = :source OR jsonb_exists(sources, :source) OR id IN (
      SELECT unnest(ARRAY[batch_id, changed_by]) FROM incident_version
      WHERE agency_id = :agency_id AND source = :source
  ))
ORDER BY id;

-- name: purge_source
-- What a source's incidents were before, for good; its batches cannot be undone any more. Of a batch
-- that does not tell whose its rejected rows are, all of them.
WITH versions AS (
    DELETE FROM incident_version WHERE agency_id = :agency_id AND source = :source
    RETURNING changed_by
), rejected AS (
    DELETE FROM rejected_row USING ingest_batch
    WHERE ingest_batch.id = batch_id AND agency_id = :agency_id
      AND coalesce(rejected_row.source = :source, ingest_batch.id = ANY (:batches))
), repeats AS (
    DELETE FROM incident_repeat USING ingest_batch
    WHERE ingest_batch.id = batch_id AND agency_id = :agency_id
      AND incident_repeat.source = :source
), cancelled AS (
    DELETE FROM incident_cancelled WHERE agency_id = :agency_id AND source = :source
)
UPDATE ingest_batch SET keeps_before = false
WHERE agency_id = :agency_id
  AND (source = :source OR id IN (SELECT changed_by FROM versions));

-- name: forget_source
DELETE FROM incident_source WHERE agency_id = :agency_id AND name = :source;

-- name: cancel_ids
-- Tells how many were not cancelled before, and how many of these are stored nowhere.
WITH named AS (
    SELECT DISTINCT unnest(CAST(:ids AS text[])) AS external_id
), cancelled AS (
    INSERT INTO incident_cancelled (agency_id, source, external_id, batch_id)
    SELECT :agency_id, :source, external_id, :batch_id FROM named
)
SELECT count(*) AS fresh,
       count(*) FILTER (WHERE NOT stored) AS unknown,
       (array_agg(external_id ORDER BY external_id) FILTER (WHERE NOT stored))[1:5] AS examples
FROM (
    SELECT external_id, EXISTS (
        SELECT FROM incident
        WHERE incident.agency_id = :agency_id AND incident.source = :source
          AND incident.external_id = named.external_id
    ) AS stored
    FROM named
    WHERE NOT EXISTS (
        SELECT FROM incident_cancelled AS before
        WHERE before.agency_id = :agency_id AND before.source = :source
          AND before.external_id = named.external_id
    )
) AS first;

-- name: stored_ids
SELECT external_id FROM incident
WHERE agency_id = :agency_id AND source = :source AND external_id = ANY (:ids);

-- name: remove_cancelled
DELETE FROM incident USING incident_cancelled
WHERE incident.agency_id = :agency_id AND incident_cancelled.agency_id = :agency_id
  AND incident.source = incident_cancelled.source
  AND incident.external_id = incident_cancelled.external_id
  AND incident_cancelled.batch_id = :batch_id;

-- name: hold_back_cancelled
-- Rows of a batch that the force has cancelled are held back, and remembered.
WITH gone AS (
    DELETE FROM staged_incident AS staged
    WHERE EXISTS (
        SELECT FROM incident_cancelled
        WHERE agency_id = :agency_id AND incident_cancelled.source = staged.source
          AND incident_cancelled.external_id = staged.external_id
    )
    RETURNING staged.source, staged.external_id, staged.line
), held AS (
    INSERT INTO incident_repeat (batch_id, source, kind, part, external_ids)
    SELECT :batch_id, source, 'held_back', line / 20000, array_agg(external_id)
    FROM gone GROUP BY source, line / 20000
)
SELECT count(*) FROM gone;

-- name: any_cancelled
SELECT EXISTS (
    SELECT FROM incident_cancelled WHERE agency_id = :agency_id AND source = ANY (:sources)
);

-- name: make_cancelled
CREATE TEMPORARY TABLE staged_cancelled (
    line bigint NOT NULL,
    source text NOT NULL,
    external_id text,
    number text
) ON COMMIT DROP;

-- name: twins_of_cancelled
-- Other rows of an id that a row of the batch cancels go with it, unless each is an incident of its
-- own. Tells how many cancel in all.
WITH gone AS (
    DELETE FROM staged_incident AS staged
    WHERE NOT cancels AND number IS NULL AND (source, external_id) IN (
        SELECT source, external_id FROM staged_cancelled WHERE external_id IS NOT NULL
    )
    RETURNING 1
)
SELECT (SELECT count(*) FROM staged_cancelled) + (SELECT count(*) FROM gone);

-- name: part_cancelled
-- Rows that cancel, and of which it had to be found which incidents they are.
WITH gone AS (
    DELETE FROM staged_incident WHERE cancels RETURNING line, external_id
)
UPDATE staged_cancelled SET external_id = gone.external_id
FROM gone WHERE gone.line = staged_cancelled.line;

-- name: sole_of_number
-- A row that cannot be read cancels the incident of its number, where there is but one. Tells of how
-- many such rows it is not known which incident they cancel.
WITH sought AS (
    SELECT DISTINCT source, number FROM staged_cancelled
    WHERE number IS NOT NULL AND external_id IS NULL
), stored AS (
    SELECT sought.source, sought.number, min(incident.external_id) AS external_id,
           count(*) AS incidents
    FROM sought JOIN incident
      ON incident.agency_id = :agency_id AND incident.source = sought.source
     AND sought.number IN (
         incident.external_id, regexp_replace(incident.external_id, '#\d+$', '')
     )
    GROUP BY sought.source, sought.number
), sole AS (
    UPDATE staged_cancelled SET external_id = stored.external_id
    FROM stored
    WHERE incidents = 1 AND staged_cancelled.external_id IS NULL
      AND staged_cancelled.source = stored.source AND staged_cancelled.number = stored.number
      AND NOT EXISTS (
          SELECT FROM staged_incident AS staged
          WHERE staged.source = stored.source AND staged.external_id = stored.external_id
      )
    RETURNING line
)
SELECT count(*) FROM staged_cancelled JOIN stored USING (source, number)
WHERE staged_cancelled.external_id IS NULL AND line NOT IN (SELECT line FROM sole);

-- name: remove_by_rows
DELETE FROM incident USING staged_cancelled AS staged
WHERE incident.agency_id = :agency_id
  AND incident.source = staged.source AND incident.external_id = staged.external_id;

-- name: keep_cancelled
INSERT INTO incident_repeat (batch_id, source, kind, part, external_ids)
SELECT :batch_id, source, 'cancelled', line / 20000, array_agg(external_id)
FROM staged_cancelled WHERE external_id IS NOT NULL
GROUP BY source, line / 20000;
