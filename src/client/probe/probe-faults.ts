import { isReading } from "../sql/is-reading.ts";

const MINUTE_MS = 60_000;

/** Alerts look at the newest run of the last hour: one that runs more seldom would be lost between. */
const MAX_EVERY_MS = 3_600_000;

const MIN_TIMEOUT_MS = 10;
const MAX_TIMEOUT_MS = 30_000;

/** D1's own limit of a statement. */
const MAX_SQL_BYTES = 100_000;

const COMMON_FIELDS = ["everyMs", "timeoutMs"];
const SQL_FIELDS = [...COMMON_FIELDS, "sql", "params", "database", "min", "max", "required"];
const HTTP_FIELDS = [...COMMON_FIELDS, "url", "fetcher", "method", "expectStatus", "maxMs"];

type Fields = Readonly<Record<string, unknown>>;

/** What is wrong with a probe, whatever it is: sentences that begin with the field. Never throws. */
export function probeFaults(probe: unknown): readonly string[] {
  if (typeof probe !== "object" || probe === null) return ["must be an object with sql or url"];
  const fields: Fields = Object.fromEntries(Object.entries(probe));
  // By the fields that are there, as they are told apart when they run.
  const isSql = "sql" in fields;
  if (isSql === "url" in fields) return ["must have one of sql and url"];
  const known = isSql ? SQL_FIELDS : HTTP_FIELDS;
  const unknown = Object.keys(fields).filter((field) => !known.includes(field));
  return [
    ...unknown.map((field) => `${field} is an unknown field; there are ${known.join(", ")}`),
    ...commonFaults(fields),
    ...(isSql ? sqlFaults(fields) : httpFaults(fields)),
  ];
}

function commonFaults({ everyMs = MINUTE_MS, timeoutMs = MAX_TIMEOUT_MS }: Fields): string[] {
  const isEvery =
    isBetween(everyMs, MINUTE_MS, MAX_EVERY_MS) && Number.isInteger(everyMs / MINUTE_MS);
  const isTimeout = isBetween(timeoutMs, MIN_TIMEOUT_MS, MAX_TIMEOUT_MS);
  return [
    ...(isEvery ? [] : [`everyMs must be whole minutes, ${MINUTE_MS} to ${MAX_EVERY_MS}`]),
    ...(isTimeout ? [] : [`timeoutMs must be ${MIN_TIMEOUT_MS} to ${MAX_TIMEOUT_MS}`]),
  ];
}

function sqlFaults({ sql, params, database, min, max, required }: Fields): string[] {
  const faults: string[] = [];
  if (typeof sql === "string" && new TextEncoder().encode(sql).length > MAX_SQL_BYTES) {
    faults.push(`sql must be at most ${MAX_SQL_BYTES} bytes, as D1 takes them`);
  } else if (typeof sql !== "string" || !isReading(sql)) {
    faults.push("sql must be one SELECT, or WITH and a SELECT: a probe only reads");
  }
  if (params !== undefined && typeof params !== "function") {
    faults.push("params must be a function, as (nowMs) => [nowMs - 3_600_000]");
  }
  if (typeof database !== "function") {
    faults.push("database must be a function, as (env) => env.DB");
  }
  if (required !== undefined && typeof required !== "boolean") {
    faults.push("required must be true or false");
  }
  return [...faults, ...boundFaults(min, max)];
}

function boundFaults(min: unknown, max: unknown): string[] {
  const isBound = (value: unknown): boolean => value === undefined || Number.isFinite(value);
  if (min === undefined && max === undefined) return ["min or max is missing: no value could fail"];
  if (!isBound(min) || !isBound(max)) return ["min and max must be finite numbers"];
  if (typeof min === "number" && typeof max === "number" && min > max) {
    return [`min (${min}) must be at most max (${max})`];
  }
  return [];
}

function httpFaults({ url, fetcher, method, expectStatus, maxMs }: Fields): string[] {
  const faults: string[] = [];
  if (typeof url !== "function" && !isHttpUrl(url)) {
    faults.push("url must be an absolute URL of http: or https:, or a function of env");
  }
  if (fetcher !== undefined && typeof fetcher !== "function") {
    faults.push("fetcher must be a function, as (env) => env.SHOP");
  }
  if (method !== undefined && method !== "GET" && method !== "HEAD") {
    faults.push("method must be GET or HEAD: a probe only reads");
  }
  if (expectStatus !== undefined && !isStatus(expectStatus)) {
    faults.push("expectStatus must be a status, 100 to 599, or the first and the last of a range");
  }
  if (maxMs !== undefined && !isBetween(maxMs, 1, MAX_TIMEOUT_MS)) {
    faults.push(`maxMs must be 1 to ${MAX_TIMEOUT_MS}`);
  }
  return faults;
}

/** Whether a text is a URL that can be fetched. */
export function isHttpUrl(url: unknown): boolean {
  const parsed = typeof url === "string" ? URL.parse(url) : null;
  return parsed !== null && (parsed.protocol === "https:" || parsed.protocol === "http:");
}

function isStatus(expected: unknown): boolean {
  if (!Array.isArray(expected)) return isStatusCode(expected);
  const [first, last] = expected.map(Number);
  return expected.length === 2 && expected.every(isStatusCode) && Number(first) <= Number(last);
}

function isStatusCode(value: unknown): boolean {
  return isBetween(value, 100, 599) && Number.isInteger(value);
}

function isBetween(value: unknown, min: number, max: number): value is number {
  return typeof value === "number" && value >= min && value <= max;
}
