/** What the platform asks for a unit of something, and how much of it a month is included. */
export interface Price {
  /** US dollars for {@link per} units. */
  readonly dollars: number;
  readonly per: number;
  readonly unit: string;
  /** Units that the Workers Paid plan includes in a month, for the whole account. */
  readonly includedAMonth: number;
  /** The page that says so. */
  readonly source: string;
}

const DOCS = "https://developers.cloudflare.com";
const OBJECTS = `${DOCS}/durable-objects/platform/pricing/`;
const D1 = `${DOCS}/d1/platform/pricing/`;
const WORKERS = `${DOCS}/workers/platform/pricing/`;
const ANALYTICS_ENGINE = `${DOCS}/analytics/analytics-engine/pricing/`;
const MILLION = 1e6;

/** When the pages were read. */
export const PRICES_READ_AT = "2026-11-20";

/** What Cloudflare's public list asks on the Workers Paid plan, which itself is $5 a month. */
export const PRICE_LIST = {
  /**
   * Calls of an object's stub, alarms, and every 20 messages that come by WebSocket. "Subsequent
   * calls on the returned stub are part of the same RPC session and are not billed."
   */
  objectRequests: {
    dollars: 0.15,
    per: MILLION,
    unit: "requests",
    includedAMonth: MILLION,
    source: OBJECTS,
  },
  /** While an object runs, or may not hibernate: 128 MB, whatever it uses of them. */
  objectGbSeconds: {
    dollars: 12.5,
    per: MILLION,
    unit: "GB-s",
    includedAMonth: 400_000,
    source: OBJECTS,
  },
  objectRowsRead: {
    dollars: 0.001,
    per: MILLION,
    unit: "rows",
    includedAMonth: 25_000 * MILLION,
    source: OBJECTS,
  },
  /** Written or deleted, in a table or an index; an alarm that is set is one, too. */
  objectRowsWritten: {
    dollars: 1,
    per: MILLION,
    unit: "rows",
    includedAMonth: 50 * MILLION,
    source: OBJECTS,
  },
  objectStoredGb: { dollars: 0.2, per: 1, unit: "GB-months", includedAMonth: 5, source: OBJECTS },
  d1RowsRead: {
    dollars: 0.001,
    per: MILLION,
    unit: "rows",
    includedAMonth: 25_000 * MILLION,
    source: D1,
  },
  d1RowsWritten: {
    dollars: 1,
    per: MILLION,
    unit: "rows",
    includedAMonth: 50 * MILLION,
    source: D1,
  },
  d1StoredGb: { dollars: 0.75, per: 1, unit: "GB-months", includedAMonth: 5, source: D1 },
  /** Requests from outside: those between Workers by a service binding are none. */
  workerRequests: {
    dollars: 0.3,
    per: MILLION,
    unit: "requests",
    includedAMonth: 10 * MILLION,
    source: WORKERS,
  },
  workerCpuMs: {
    dollars: 0.02,
    per: MILLION,
    unit: "ms",
    includedAMonth: 30 * MILLION,
    source: WORKERS,
  },
  /** Announced, and not billed yet. */
  dataPointsWritten: {
    dollars: 0.25,
    per: MILLION,
    unit: "data points",
    includedAMonth: 10 * MILLION,
    source: ANALYTICS_ENGINE,
  },
  dataPointQueries: {
    dollars: 1,
    per: MILLION,
    unit: "queries",
    includedAMonth: MILLION,
    source: ANALYTICS_ENGINE,
  },
} as const satisfies Readonly<Record<string, Price>>;

/** What is billed. */
export type Item = keyof typeof PRICE_LIST;
