/** One limit of the platform, as its documentation has it. */
export interface PlatformLimit {
  readonly value: number;
  readonly unit: string;
  /** The page that says so. */
  readonly source: string;
}

const DOCS = "https://developers.cloudflare.com";
const MIB = 1_024 * 1_024;

/** As of when: they were read as stored copies of the pages. */
export const LIMITS_READ_AT = "2026-11-20";

/** What Cloudflare says that an object, a Worker and a database can do, on the paid plan. */
export const PLATFORM_LIMITS = {
  /** "A soft limit of 1,000 requests per second", for what hardly does anything. */
  objectRequestsPerSecond: {
    value: 1_000,
    unit: "requests/s",
    source: `${DOCS}/durable-objects/platform/limits/`,
  },
  /** "~500-750 req/sec" where requests are parsed and validated: the lower end. */
  parsingRequestsPerSecond: {
    value: 500,
    unit: "requests/s",
    source: `${DOCS}/durable-objects/best-practices/rules-of-durable-objects/`,
  },
  /** "~200-500 req/sec" where each of them writes, which a group of reports does once for all. */
  writingRequestsPerSecond: {
    value: 200,
    unit: "requests/s",
    source: `${DOCS}/durable-objects/best-practices/rules-of-durable-objects/`,
  },
  /** An isolate's, which objects of one class may share. */
  memoryBytes: { value: 128e6, unit: "bytes", source: `${DOCS}/workers/platform/limits/#memory` },
  /** Of one event, unless more is configured. */
  cpuMs: {
    value: 30_000,
    unit: "ms",
    source: `${DOCS}/durable-objects/platform/limits/`,
  },
  subrequests: {
    value: 10_000,
    unit: "requests of one event",
    source: `${DOCS}/workers/platform/limits/#subrequests`,
  },
  /** The pages list what counts, and calls of objects are not in the list. */
  connections: {
    value: 6,
    unit: "at the same time",
    source: `${DOCS}/workers/platform/limits/#simultaneous-open-connections`,
  },
  rpcBytes: { value: 32 * MIB, unit: "bytes", source: `${DOCS}/workers/runtime-apis/rpc/` },
  objectStorageBytes: {
    value: 10e9,
    unit: "bytes",
    source: `${DOCS}/durable-objects/platform/limits/`,
  },
  /** One query at a time: 1,000 a second if each takes 1 ms. */
  d1QueriesPerSecond: {
    value: 1_000,
    unit: "queries/s",
    source: `${DOCS}/d1/platform/limits/`,
  },
  d1Bytes: { value: 10e9, unit: "bytes", source: `${DOCS}/d1/platform/limits/` },
} as const satisfies Readonly<Record<string, PlatformLimit>>;
