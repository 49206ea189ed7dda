-- Databricks notebook source
-- Takes in the oldest file that is not in the table yet. A backlog is worked off one file per run, in the order of
-- names, so what run n leaves behind depends on the first n files and on nothing else: not on when the run happens, and
-- not on the region it happens in.
INSERT INTO dr_test_catalog.raw.workflow_1_bronze
WITH incoming AS (
  SELECT event_id, order_id, kind, customer_id, sku, quantity, unit_price, ordered_at, _metadata.file_name AS source_file
  FROM read_files(
    :orders_path,
    format => 'csv',
    header => true,
    schema => 'event_id BIGINT, order_id BIGINT, kind STRING, customer_id INT, sku STRING, quantity INT, unit_price DECIMAL(12,2), ordered_at TIMESTAMP'
  )
)
SELECT event_id, order_id, kind, customer_id, sku, quantity, unit_price, ordered_at, source_file
FROM incoming
WHERE source_file = (
  SELECT min(source_file) FROM incoming
  WHERE source_file NOT IN (SELECT source_file FROM dr_test_catalog.raw.workflow_1_bronze)
);
