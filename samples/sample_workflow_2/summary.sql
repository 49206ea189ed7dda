-- A SQL file task: it runs on a warehouse, whose commits name their statement and not the job.
INSERT OVERWRITE dr_test_catalog.main.workflow_2_summary
SELECT
  site,
  reading_date,
  count(DISTINCT device_id) AS devices,
  count(*) AS readings,
  sum(CASE WHEN is_outlier THEN 1 ELSE 0 END) AS outliers,
  min(celsius) AS lowest,
  max(celsius) AS highest
FROM dr_test_catalog.stage.workflow_2_enriched
GROUP BY site, reading_date;
