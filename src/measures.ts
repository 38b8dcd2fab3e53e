/** What becomes of the values of a measure: added up, or only the newest one kept. */
export type MeasureKind = "sum" | "last";

/**
 * The numbers that may stand beside a timing. The position in this list is the byte on the wire and
 * in storage, so entries are only ever appended.
 */
export const MEASURES = [
  /** Rows that a query read. */
  { name: "rowsRead", kind: "sum", resolution: 1 },
  /** Rows that a query wrote. */
  { name: "rowsWritten", kind: "sum", resolution: 1 },
  /** How long the database itself worked, milliseconds. */
  { name: "sqlMs", kind: "sum", resolution: 1_000 },
  /** How long a call waited for its turn, milliseconds: a query for its database, a message in its queue. */
  { name: "waitMs", kind: "sum", resolution: 1_000 },
  /** 1 for each call that took longer than the caller's threshold. */
  { name: "slow", kind: "sum", resolution: 1 },
  /** How often a message was delivered before. */
  { name: "retries", kind: "sum", resolution: 1 },
  /** Size of a database, bytes. */
  { name: "sizeBytes", kind: "last", resolution: 1 },
  /** Entries that a cache holds. */
  { name: "keys", kind: "last", resolution: 1 },
  /** What a probe found, in whatever unit it counts. */
  { name: "value", kind: "last", resolution: 0 },
  /** 1 if a probe found what must not be, else 0. */
  { name: "failing", kind: "last", resolution: 1 },
] as const satisfies readonly MeasureEntry[];

interface MeasureEntry {
  readonly name: string;
  readonly kind: MeasureKind;
  /** Parts of the unit that are kept; 0 for every decimal that there is. */
  readonly resolution: number;
}

export type MeasureName = (typeof MEASURES)[number]["name"];

/** What one timing brings along: the values of some measures, by their names. */
export type MeasureValues = { readonly [Name in MeasureName]?: number | undefined };

/** The largest code that there can be: it is a byte. */
export const MAX_MEASURE_CODE = 255;

/**
 * The largest sum of one value, in parts of its unit: so many timings as are counted in a lifetime
 * stay below 2^53.
 */
export const MAX_SUMMED_PARTS = 2 ** 40;

const CODES: ReadonlyMap<string, number> = new Map(MEASURES.map(({ name }, code) => [name, code]));

/** The byte that stands for a measure, or undefined for an unknown one. */
export function measureCode(name: string): number | undefined {
  return CODES.get(name);
}

/**
 * A value as it is kept: whole parts of its unit for what is added up, so that sums are exact and can
 * be subtracted again. Undefined for a value that a measure cannot have.
 */
export function measureParts(code: number, value: unknown): number | undefined {
  const measure = MEASURES[code];
  if (measure === undefined || typeof value !== "number" || !Number.isFinite(value))
    return undefined;
  // Nothing is −0: it would be another value that counts as the same.
  if (measure.resolution === 0) return value + 0;
  const parts = Math.round(value * measure.resolution) + 0;
  return parts >= 0 && parts <= MAX_SUMMED_PARTS ? parts : undefined;
}

/** Whole parts in the unit of the measure. */
export function inUnit(code: number, parts: number): number {
  const resolution = MEASURES[code]?.resolution ?? 1;
  return resolution === 0 ? parts : parts / resolution;
}

/** Whether every value is one that its measure can have, and every name is known. */
export function areMeasures(values: unknown): values is MeasureValues {
  if (typeof values !== "object" || values === null || Array.isArray(values)) return false;
  // By hand: this runs with every query of a Worker.
  for (const name in values) {
    const value: unknown = Reflect.get(values, name);
    if (value === undefined) continue;
    const code = measureCode(name);
    if (code === undefined || measureParts(code, value) === undefined) return false;
  }
  return true;
}
