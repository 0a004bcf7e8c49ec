-- Rows of a batch whose ids stand more than once: found and changed here, settled in `repeats.py`.

-- name: find_repeated
-- Ids that stand in the batch more than once; mostly none, which spares a sort of the batch.
CREATE TEMPORARY TABLE staged_repeated ON COMMIT DROP AS
SELECT source, external_id FROM staged_incident GROUP BY source, external_id HAVING count(*) > 1;

-- name: any_repeated
SELECT EXISTS (SELECT FROM staged_repeated);

-- name: repeated_rows
-- Those of one id one after the other.
SELECT line, source, external_id, anonymous, number IS NOT NULL AS numbered, cancels, offence_code,
       occurred_from, longitude, latitude, encode(content_hash, 'hex') AS content_hash
FROM staged_incident JOIN staged_repeated USING (source, external_id)
ORDER BY source COLLATE "C", external_id COLLATE "C";

-- name: numbered_ids
-- Ids of the file that look like another, numbered: `N#2`, where `N` stands more than once.
SELECT DISTINCT source, numbered_id AS external_id
FROM (
    SELECT source, external_id AS numbered_id, regexp_replace(external_id, '#[0-9]+$', '')
    FROM staged_incident
    WHERE NOT anonymous AND external_id LIKE '%#%' AND external_id ~ '#[0-9]+$'
) AS numbered (source, numbered_id, external_id)
JOIN staged_repeated USING (source, external_id);

-- name: make_settled
-- What becomes of some rows: their ids from now on, none of those that go.
CREATE TEMPORARY TABLE staged_settled (line bigint NOT NULL, external_id text) ON COMMIT DROP;

-- name: drop_repeats
DELETE FROM staged_incident AS staged
USING staged_settled AS settled
WHERE staged.line = settled.line AND settled.external_id IS NULL;

-- name: number_rows
UPDATE staged_incident AS staged
SET external_id = settled.external_id
FROM staged_settled AS settled
WHERE staged.line = settled.line AND settled.external_id IS NOT NULL;

-- name: excuse_twins
-- A row without coordinates is a duplicate where another row of its id has them.
DELETE FROM staged_rejected AS rejected
WHERE external_id IS NOT NULL
  AND EXISTS (
      SELECT FROM staged_incident AS staged
      WHERE staged.source = rejected.source AND staged.external_id = rejected.external_id
  );
