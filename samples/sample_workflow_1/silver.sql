-- Databricks notebook source
-- Brings the orders up to date in several commits. Between the first and the last of them the table is half-written:
-- orders without an amount, corrections without their effect. Each step looks at all of bronze and changes what differs,
-- so a run that failed half-way is made good by the next one.

-- New orders, their amount still to be computed.
MERGE INTO dr_test_catalog.stage.workflow_1_silver AS s
USING (
  SELECT b.event_id, b.order_id, b.customer_id, b.sku, b.quantity, b.unit_price, b.ordered_at
  FROM dr_test_catalog.raw.workflow_1_bronze AS b
  WHERE b.kind = 'order'
    AND b.order_id NOT IN (SELECT order_id FROM dr_test_catalog.raw.workflow_1_bronze WHERE kind = 'reject')
) AS o
ON s.order_id = o.order_id
WHEN NOT MATCHED THEN INSERT (order_id, customer_id, sku, quantity, unit_price, amount, size_class, status, ordered_at, last_event_id)
  VALUES (o.order_id, o.customer_id, o.sku, o.quantity, o.unit_price, NULL, NULL, 'open', o.ordered_at, o.event_id);

-- COMMAND ----------

-- The newest change of each order counts.
MERGE INTO dr_test_catalog.stage.workflow_1_silver AS s
USING (
  SELECT c.event_id, c.order_id, c.quantity, c.unit_price
  FROM dr_test_catalog.raw.workflow_1_bronze AS c
  WHERE c.kind = 'change'
    AND c.event_id = (
      SELECT max(n.event_id) FROM dr_test_catalog.raw.workflow_1_bronze AS n
      WHERE n.kind = 'change' AND n.order_id = c.order_id
    )
) AS c
ON s.order_id = c.order_id AND s.last_event_id < c.event_id
WHEN MATCHED THEN UPDATE SET quantity = c.quantity, unit_price = c.unit_price, amount = NULL, last_event_id = c.event_id;

-- COMMAND ----------

UPDATE dr_test_catalog.stage.workflow_1_silver
SET status = 'cancelled', amount = 0
WHERE status <> 'cancelled'
  AND order_id IN (SELECT order_id FROM dr_test_catalog.raw.workflow_1_bronze WHERE kind = 'cancel');

-- COMMAND ----------

DELETE FROM dr_test_catalog.stage.workflow_1_silver
WHERE order_id IN (SELECT order_id FROM dr_test_catalog.raw.workflow_1_bronze WHERE kind = 'reject');

-- COMMAND ----------

UPDATE dr_test_catalog.stage.workflow_1_silver
SET amount = quantity * unit_price
WHERE amount IS NULL;

-- COMMAND ----------

UPDATE dr_test_catalog.stage.workflow_1_silver
SET size_class = CASE WHEN amount >= 500 THEN 'large' WHEN amount >= 100 THEN 'medium' ELSE 'small' END
WHERE size_class IS NULL OR size_class <> CASE WHEN amount >= 500 THEN 'large' WHEN amount >= 100 THEN 'medium' ELSE 'small' END;
