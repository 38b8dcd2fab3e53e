-- What the example knows of its visitors: opaque ids, nothing that says who somebody is.
-- All times are epoch milliseconds. Every write can be repeated without harm.

-- The contacts of a visitor with a channel, one for each event. Ids rise with time, so the order of
-- equal times is that of arrival, and what is oldest is deleted from the front.
CREATE TABLE touchpoints (
  id INTEGER PRIMARY KEY,
  -- The event that it was, so that one which is posted twice is stored once.
  event_id TEXT NOT NULL UNIQUE,
  visitor TEXT NOT NULL,
  at INTEGER NOT NULL,
  channel TEXT NOT NULL,
  -- 1 where a lead came of it.
  is_lead INTEGER NOT NULL DEFAULT 0 CHECK (is_lead IN (0, 1))
);

CREATE INDEX touchpoints_by_visitor ON touchpoints (visitor, at);

-- Visitors whose journey is in some cache, which has to be told when it grows.
CREATE TABLE cached_journeys (
  visitor TEXT PRIMARY KEY,
  cached_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX cached_journeys_by_time ON cached_journeys (cached_at);

-- Purchases. `id` is the event's.
CREATE TABLE conversions (
  id TEXT PRIMARY KEY,
  visitor TEXT NOT NULL,
  at INTEGER NOT NULL,
  value REAL NOT NULL,
  -- When its credits were stored; NULL for what the next run has to do.
  attributed_at INTEGER
) WITHOUT ROWID;

CREATE INDEX conversions_by_visitor ON conversions (visitor, at);
-- First those that are to be attributed, in their order.
CREATE INDEX conversions_by_state ON conversions (attributed_at, at);

-- Which part of a conversion each channel is credited with. The parts of one conversion and model
-- add up to exactly 1,000,000.
CREATE TABLE credits (
  visitor TEXT NOT NULL,
  conversion TEXT NOT NULL,
  model TEXT NOT NULL,
  channel TEXT NOT NULL,
  millionths INTEGER NOT NULL,
  -- Those of the conversion, so that a sum over a span of time needs no join.
  converted_at INTEGER NOT NULL,
  value REAL NOT NULL,
  PRIMARY KEY (visitor, conversion, model, channel)
) WITHOUT ROWID;

-- Everything that the sum by channel reads.
CREATE INDEX credits_by_time ON credits (model, converted_at, channel, millionths, value);

-- People to be called back. `id` is the event's; the Worker marks each as processed within minutes.
CREATE TABLE leads (
  id TEXT PRIMARY KEY,
  visitor TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  processed_at INTEGER
) WITHOUT ROWID;

-- First those that are not processed, in their order.
CREATE INDEX leads_by_state ON leads (processed_at, created_at);

-- Visits: a visitor has one active session at most, which ends after 20 minutes without an event.
CREATE TABLE sessions (
  id INTEGER PRIMARY KEY,
  visitor TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'ended')),
  started_at INTEGER NOT NULL,
  touched_at INTEGER NOT NULL
);

CREATE UNIQUE INDEX sessions_active_visitor ON sessions (visitor) WHERE state = 'active';
CREATE INDEX sessions_by_state ON sessions (state, touched_at);

-- How calls to the platforms went, counted by the minute. What waits for its permit is no call; what
-- is lost before it becomes one counts as failed. The delivery rate is delivered / (delivered + failed).
CREATE TABLE deliveries (
  minute INTEGER NOT NULL,
  platform TEXT NOT NULL,
  delivered INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  PRIMARY KEY (minute, platform)
) WITHOUT ROWID;
