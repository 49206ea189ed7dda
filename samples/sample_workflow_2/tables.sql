-- What CI/CD registers in both regions before the first run. The readings lie in storage of their own: an external table.
CREATE TABLE IF NOT EXISTS dr_test_catalog.raw.workflow_2_devices (
  device_id INT,
  site STRING,
  model STRING,
  valid_from DATE,
  source_file STRING
) USING DELTA;

CREATE TABLE IF NOT EXISTS dr_test_catalog.raw.workflow_2_readings (
  reading_id BIGINT,
  device_id INT,
  reading_date DATE,
  measured_at TIMESTAMP,
  celsius DOUBLE,
  source_file STRING
) USING DELTA
PARTITIONED BY (reading_date)
LOCATION '${var.data}/workflow_2_readings';

CREATE TABLE IF NOT EXISTS dr_test_catalog.stage.workflow_2_enriched (
  reading_id BIGINT,
  device_id INT,
  site STRING,
  model STRING,
  reading_date DATE,
  celsius DOUBLE,
  is_outlier BOOLEAN
) USING DELTA
PARTITIONED BY (reading_date);

CREATE TABLE IF NOT EXISTS dr_test_catalog.main.workflow_2_summary (
  site STRING,
  reading_date DATE,
  devices BIGINT,
  readings BIGINT,
  outliers BIGINT,
  lowest DOUBLE,
  highest DOUBLE
) USING DELTA;
