-- How good the incidents of a source are, or those of one of its batches. Names in `:colons` are
-- parameters; without a batch, all incidents of the source are meant.

-- name: quality_groups
-- By month of the source's clock and offence; `own` are those that are meant, the others of before.
-- An incident lies at the middle of its span, as windows have it; where no more than the month is
-- known, all of the month is there.
SELECT CAST(:batch_id AS bigint) IS NULL OR batch_id = :batch_id AS own,
       CAST(date_trunc('month', middle) AS date) AS month,
       offence_code,
       min(CAST(CASE WHEN time_precision = 'month' THEN date_trunc('month', middle)
                     ELSE middle END AS date)) AS first_day,
       max(CAST(CASE WHEN time_precision = 'month'
                     THEN date_trunc('month', middle) + interval '1 month - 1 day'
                     ELSE middle END AS date)) AS last_day,
       count(*) AS incidents,
       count(*) FILTER (WHERE external_id NOT LIKE 'row:%') AS external_id,
       count(offence_name) AS offence_name,
       count(*) FILTER (WHERE occurred_to > occurred_from AND time_precision IN ('exact', 'hour'))
           AS occurred_to,
       count(reported_at) AS reported_at,
       count(location_text) AS location_text,
       count(attributes) AS attributes,
       count(*) FILTER (WHERE time_precision = 'exact') AS exact,
       count(*) FILTER (WHERE time_precision = 'hour') AS hour,
       count(*) FILTER (WHERE time_precision = 'day') AS day,
       count(*) FILTER (WHERE time_precision = 'month') AS by_month,
       sum(cosd(latitude) * cosd(longitude)) AS x, sum(cosd(latitude) * sind(longitude)) AS y,
       sum(sind(latitude)) AS z
FROM incident
CROSS JOIN LATERAL (
    SELECT (occurred_from + (occurred_to - occurred_from) / 2) AT TIME ZONE :zone AS middle
) AS span
WHERE agency_id = :agency_id AND source = ANY (:sources)
  AND (CAST(:batch_id AS bigint) IS NULL OR batch_id <= :batch_id)
GROUP BY 1, 2, 3;

-- name: quality_points
-- Points by how finely they are written, and the five that most incidents share.
WITH point AS (
    SELECT longitude, latitude, count(*) AS incidents
    FROM incident
    WHERE agency_id = :agency_id AND source = ANY (:sources)
      AND (CAST(:batch_id AS bigint) IS NULL OR batch_id = :batch_id)
    GROUP BY longitude, latitude
)
(SELECT least(greatest(length(split_part(CAST(longitude AS text), '.', 2)),
                       length(split_part(CAST(latitude AS text), '.', 2))), 7) AS decimals,
        NULL AS longitude, NULL AS latitude, count(*) AS points,
        CAST(sum(incidents) AS bigint) AS incidents,
        CAST(coalesce(sum(incidents) FILTER (WHERE incidents > 1), 0) AS bigint) AS shared
 FROM point GROUP BY 1 ORDER BY 1)
UNION ALL
(SELECT NULL, longitude, latitude, 1, incidents, incidents
 FROM point WHERE incidents > 1 ORDER BY incidents DESC, longitude, latitude LIMIT 5);

-- name: quality_clocks
-- Exact times by the minute of the local day.
SELECT CAST(extract(hour FROM local) * 60 + extract(minute FROM local) AS integer) AS minute,
       count(*) AS incidents
FROM incident CROSS JOIN LATERAL (SELECT occurred_from AT TIME ZONE :zone AS local) AS clock
WHERE agency_id = :agency_id AND source = ANY (:sources)
  AND (CAST(:batch_id AS bigint) IS NULL OR batch_id = :batch_id)
  AND time_precision = 'exact' AND occurred_from = occurred_to
GROUP BY 1;

-- name: quality_rows
-- Of a source those of batches of several that are its own, besides all of its own batches.
SELECT CAST(coalesce(sum(read), 0) AS bigint) AS rows_read,
       CAST(coalesce(sum(rejected), 0) AS bigint) AS rejected
FROM (
    SELECT rows_read AS read, rejected FROM ingest_batch
    WHERE agency_id = :agency_id AND undone_at IS NULL
      AND CASE WHEN CAST(:batch_id AS bigint) IS NULL
          THEN sources IS NULL AND source = ANY (:sources) ELSE id = :batch_id END
    UNION ALL
    SELECT CAST(told.value ->> 'read' AS bigint), CAST(told.value ->> 'rejected' AS bigint)
    FROM ingest_batch CROSS JOIN LATERAL jsonb_each(sources) AS told
    WHERE agency_id = :agency_id AND undone_at IS NULL
      AND CAST(:batch_id AS bigint) IS NULL AND told.key = ANY (:sources)
) AS counted;

-- name: quality_sources
-- Of which sources a batch has rows, where there are several.
SELECT jsonb_object_keys(sources) FROM ingest_batch WHERE id = :batch_id;

-- name: data_version_now
SELECT data_version FROM agency WHERE id = :agency_id;
