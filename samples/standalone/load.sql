-- Databricks notebook source
-- One more batch of a hundred rows, the same in every region for the same number of batches before it.
INSERT INTO dr_test_catalog.raw.raw_data
WITH next AS (SELECT coalesce(max(batch), 0) + 1 AS batch FROM dr_test_catalog.raw.raw_data)
SELECT CAST(next.batch * 1000 + r.id AS BIGINT) AS id, CAST(next.batch AS INT) AS batch, concat('row ', CAST(next.batch * 1000 + r.id AS STRING)) AS payload
FROM next CROSS JOIN range(100) AS r;

-- COMMAND ----------

INSERT INTO dr_test_catalog.stage.silver_data
SELECT id, batch, CAST(length(payload) AS INT) AS payload_length
FROM dr_test_catalog.raw.raw_data
WHERE id NOT IN (SELECT id FROM dr_test_catalog.stage.silver_data);

-- COMMAND ----------

INSERT OVERWRITE dr_test_catalog.main.gold_data
SELECT batch, count(*) AS rows, max(payload_length) AS longest
FROM dr_test_catalog.stage.silver_data
GROUP BY batch;
