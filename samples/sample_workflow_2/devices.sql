-- Databricks notebook source
-- The dimension: the next file of master data replaces what is known of its devices.
MERGE INTO dr_test_catalog.raw.workflow_2_devices AS d
USING (
  WITH incoming AS (
    SELECT device_id, site, model, valid_from, _metadata.file_name AS source_file
    FROM read_files(:devices_path, format => 'json', schema => 'device_id INT, site STRING, model STRING, valid_from DATE')
  )
  SELECT device_id, site, model, valid_from, source_file
  FROM incoming
  WHERE source_file = (
    SELECT min(source_file) FROM incoming
    WHERE source_file > (SELECT coalesce(max(source_file), '') FROM dr_test_catalog.raw.workflow_2_devices)
  )
) AS n
ON d.device_id = n.device_id
WHEN MATCHED THEN UPDATE SET site = n.site, model = n.model, valid_from = n.valid_from, source_file = n.source_file
WHEN NOT MATCHED THEN INSERT (device_id, site, model, valid_from, source_file)
  VALUES (n.device_id, n.site, n.model, n.valid_from, n.source_file);
