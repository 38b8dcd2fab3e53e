-- Numbers beside timings: a JSON list of [measure, count, sum or newest value, when that was], or
-- NULL for none. src/measures.ts names the measures by their place in its list.
ALTER TABLE rollups ADD COLUMN measures TEXT;
