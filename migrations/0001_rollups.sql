-- History: one row per series and stretch of time (a minute, an hour or a day), with its whole
-- histogram. The key is natural, so a write that is repeated changes nothing.
CREATE TABLE rollups (
  tenant TEXT NOT NULL,
  step_ms INTEGER NOT NULL,
  target TEXT NOT NULL,
  operation TEXT NOT NULL,
  at INTEGER NOT NULL,
  -- 0, or the number of the checkpoint that wrote timings which came after the row was final.
  part INTEGER NOT NULL,
  count INTEGER NOT NULL,
  -- JSON list of counts in the order of src/outcome.ts.
  outcomes TEXT NOT NULL,
  sum_us INTEGER NOT NULL,
  min_us INTEGER NOT NULL,
  max_us INTEGER NOT NULL,
  -- HdrHistogram V2, compressed, base64: any HdrHistogram library reads it. Values are microseconds.
  histogram TEXT NOT NULL,
  PRIMARY KEY (tenant, step_ms, target, operation, at, part)
) WITHOUT ROWID;
