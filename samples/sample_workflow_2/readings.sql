-- Databricks notebook source
-- The next file of readings, into an external table partitioned by day.
INSERT INTO dr_test_catalog.raw.workflow_2_readings
WITH incoming AS (
  SELECT reading_id, device_id, reading_date, measured_at, celsius, _metadata.file_name AS source_file
  FROM read_files(
    :readings_path,
    format => 'json',
    schema => 'reading_id BIGINT, device_id INT, reading_date DATE, measured_at TIMESTAMP, celsius DOUBLE'
  )
)
SELECT reading_id, device_id, reading_date, measured_at, celsius, source_file
FROM incoming
WHERE source_file = (
  SELECT min(source_file) FROM incoming
  WHERE source_file NOT IN (SELECT source_file FROM dr_test_catalog.raw.workflow_2_readings)
);
