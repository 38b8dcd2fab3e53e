-- Alerts that fired, as they are or ended: one row per incident. The key is natural, so a write
-- that is repeated changes nothing.
CREATE TABLE alerts (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  rule TEXT NOT NULL,
  target TEXT NOT NULL,
  operation TEXT NOT NULL,
  severity TEXT NOT NULL,
  state TEXT NOT NULL,
  -- Times are epoch milliseconds.
  fired_at INTEGER NOT NULL,
  resolved_at INTEGER,
  -- Grows with every change of a tenant's alerts: of two versions of a row the higher is the newer.
  version INTEGER NOT NULL,
  -- JSON of the whole alert: src/alerts/alert.ts.
  body TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

CREATE INDEX alerts_by_time ON alerts (tenant, fired_at);

-- Who changed what. Rows are never changed.
CREATE TABLE audit (
  tenant TEXT NOT NULL,
  at INTEGER NOT NULL,
  id TEXT NOT NULL,
  -- A name that the caller gave, or `token:` and the first digits of the token's digest.
  by TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  -- JSON object.
  detail TEXT NOT NULL,
  PRIMARY KEY (tenant, at, id)
) WITHOUT ROWID;
