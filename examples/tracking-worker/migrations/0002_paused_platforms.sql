-- Platforms that get no events for now, as somebody said. A row for each.
CREATE TABLE paused_platforms (
  platform TEXT PRIMARY KEY,
  -- Epoch milliseconds.
  paused_at INTEGER NOT NULL
) WITHOUT ROWID;
