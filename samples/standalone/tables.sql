-- Tables that no protected job owns: they are copied on a schedule.
CREATE TABLE IF NOT EXISTS dr_test_catalog.raw.raw_data (
  id BIGINT,
  batch INT,
  payload STRING
) USING DELTA;

CREATE TABLE IF NOT EXISTS dr_test_catalog.stage.silver_data (
  id BIGINT,
  batch INT,
  payload_length INT
) USING DELTA;

CREATE TABLE IF NOT EXISTS dr_test_catalog.main.gold_data (
  batch INT,
  rows BIGINT,
  longest INT
) USING DELTA
LOCATION '${var.data}/gold_data';
