-- What CI/CD registers in both regions before the first run.
CREATE TABLE IF NOT EXISTS dr_test_catalog.raw.workflow_1_bronze (
  event_id BIGINT,
  order_id BIGINT,
  kind STRING,
  customer_id INT,
  sku STRING,
  quantity INT,
  unit_price DECIMAL(12,2),
  ordered_at TIMESTAMP,
  source_file STRING
) USING DELTA;

CREATE TABLE IF NOT EXISTS dr_test_catalog.stage.workflow_1_silver (
  order_id BIGINT,
  customer_id INT,
  sku STRING,
  quantity INT,
  unit_price DECIMAL(12,2),
  amount DECIMAL(18,2),
  size_class STRING,
  status STRING,
  ordered_at TIMESTAMP,
  last_event_id BIGINT
) USING DELTA;

CREATE TABLE IF NOT EXISTS dr_test_catalog.main.workflow_1_gold (
  order_date DATE,
  sku STRING,
  orders BIGINT,
  cancelled BIGINT,
  units BIGINT,
  sales DECIMAL(28,2)
) USING DELTA;
