-- Databricks notebook source
-- Days that have gained readings are taken out and written anew, in two commits: between them those days are missing.
DELETE FROM dr_test_catalog.stage.workflow_2_enriched
WHERE reading_date IN (
  SELECT r.reading_date FROM dr_test_catalog.raw.workflow_2_readings AS r
  WHERE r.reading_id NOT IN (SELECT reading_id FROM dr_test_catalog.stage.workflow_2_enriched)
);

-- COMMAND ----------

INSERT INTO dr_test_catalog.stage.workflow_2_enriched
SELECT r.reading_id, r.device_id, d.site, d.model, r.reading_date, r.celsius, false AS is_outlier
FROM dr_test_catalog.raw.workflow_2_readings AS r
JOIN dr_test_catalog.raw.workflow_2_devices AS d ON r.device_id = d.device_id
WHERE r.reading_id NOT IN (SELECT reading_id FROM dr_test_catalog.stage.workflow_2_enriched);

-- COMMAND ----------

UPDATE dr_test_catalog.stage.workflow_2_enriched
SET is_outlier = true
WHERE is_outlier = false AND (celsius > 45 OR celsius < -15);
