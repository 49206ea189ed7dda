-- Databricks notebook source
-- Sales per day and article, computed anew in one commit.
INSERT OVERWRITE dr_test_catalog.main.workflow_1_gold
SELECT
  CAST(ordered_at AS DATE) AS order_date,
  sku,
  count(*) AS orders,
  sum(CASE WHEN status = 'cancelled' THEN 1 ELSE 0 END) AS cancelled,
  sum(CASE WHEN status = 'cancelled' THEN 0 ELSE quantity END) AS units,
  sum(amount) AS sales
FROM dr_test_catalog.stage.workflow_1_silver
GROUP BY CAST(ordered_at AS DATE), sku;
