import { WINDOW_NAMES } from "../../../src/merge/series-state.ts";
import type { StreamFrame, WindowName } from "../../../src/stream/stream-frame.ts";

/** What a message of the stream turned out to be. */
type ParsedFrame =
  | { readonly kind: "frame"; readonly frame: StreamFrame }
  /** Of a type that a newer server sends. */
  | { readonly kind: "unknown" }
  /** Nothing that the server says: cut off, or changed on its way. */
  | { readonly kind: "garbage" };

const GARBAGE: ParsedFrame = { kind: "garbage" };

/**
 * Reads a message of the stream. It is held to what the page relies on to take it in and to show it
 * (lists, names, and the parts that it looks into), not to every number: one that lacks is shown as
 * none.
 *
 * @param windows - those that were asked for: each series has to have them.
 */
export function parseFrame(
  text: string,
  windows: readonly WindowName[] = WINDOW_NAMES,
): ParsedFrame {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // A SyntaxError, which would say no more than that.
    return GARBAGE;
  }
  if (!isRecord(value) || typeof value["type"] !== "string") return GARBAGE;
  if (isFrame(value, windows)) return { kind: "frame", frame: value };
  return KNOWN_TYPES.has(value["type"]) ? GARBAGE : { kind: "unknown" };
}

const KNOWN_TYPES: ReadonlySet<string> = new Set(["hello", "snapshot", "tick", "alert", "error"]);

type Fields = Readonly<Record<string, unknown>>;

function isFrame(
  value: object & Fields,
  windows: readonly WindowName[],
): value is StreamFrame & Fields {
  const { type } = value;
  if (type === "error") return typeof value["reason"] === "string";
  if (typeof value["epoch"] !== "string" || !Number.isSafeInteger(value["seq"])) return false;
  if (type === "hello") return isNumber(value["tickMs"]);
  if (type === "alert") return isAlert(value);
  if (type === "snapshot") return isContent(value, windows) && isPillars(value["pillars"]);
  return type === "tick" && isContent(value, windows);
}

function isContent(value: Fields, windows: readonly WindowName[]): boolean {
  const { at, staleMs, coverage, ledger, series, limits, alerts, gone, pillars } = value;
  return (
    isNumber(at) &&
    isNumber(staleMs) &&
    isRecord(coverage) &&
    isListOf(coverage["missing"], isString) &&
    isRecord(ledger) &&
    isRecord(ledger["rejected"]) &&
    isRecord(ledger["permits"]) &&
    isListOf(series, (one) => isSeries(one, windows)) &&
    isListOf(limits, hasTarget) &&
    (alerts === undefined || isListOf(alerts, isAlert)) &&
    (pillars === undefined || isPillars(pillars)) &&
    (gone === undefined || isGone(gone))
  );
}

function isSeries(value: unknown, windows: readonly WindowName[]): boolean {
  if (!hasTarget(value) || typeof value["operation"] !== "string") return false;
  const { windows: stats, grades, exemplars } = value;
  if (!isRecord(grades) || !isRecord(stats)) return false;
  if (!isGradeOrNull(grades["latency"]) || !isGradeOrNull(grades["errors"])) return false;
  if (exemplars !== undefined && !isListOf(exemplars, isExemplar)) return false;
  return windows.every((name) => isRecord(stats[name]));
}

function isExemplar(value: unknown): boolean {
  if (!isRecord(value)) return false;
  return isString(value["traceId"]) && isNumber(value["durationMs"]) && isNumber(value["at"]);
}

function isPillars(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { latency, errors, throughput, d1, cache } = value;
  return (
    (latency === null || (isPillar(latency) && isListOf(latency["targets"], isGradedTarget))) &&
    (errors === null || (isPillar(errors) && isListOf(errors["targets"], isGradedTarget))) &&
    (throughput === null || isPillar(throughput)) &&
    (d1 === null || (isPillar(d1) && isListOf(d1["slowest"], hasTarget))) &&
    (cache === null || (isPillar(cache) && isListOf(cache["layers"], isRecord) && hasCaches(cache)))
  );
}

function isPillar(value: unknown): value is Fields {
  return isGrade(value) && (value["trend"] === null || isRecord(value["trend"]));
}

function hasCaches({ caches }: Fields): boolean {
  return isListOf(caches, (one) => isGradedTarget(one) && isListOf(one["layers"], isRecord));
}

function isGradedTarget(value: unknown): value is Fields {
  return hasTarget(value) && isGrade(value["grade"]);
}

function isGradeOrNull(value: unknown): boolean {
  return value === null || isGrade(value);
}

function isGrade(value: unknown): value is Fields {
  return isRecord(value) && isString(value["grade"]) && isString(value["color"]);
}

function isGone(value: unknown): boolean {
  if (!isRecord(value)) return false;
  return isListOf(value["series"], hasTarget) && isListOf(value["limits"], isString);
}

const ALERT_TEXTS = ["id", "rule", "operation", "severity", "state", "summary", "action"] as const;

function isAlert(value: unknown): boolean {
  return hasTarget(value) && ALERT_TEXTS.every((name) => isString(value[name]));
}

function hasTarget(value: unknown): value is Fields {
  return isRecord(value) && typeof value["target"] === "string";
}

function isListOf(value: unknown, isOne: (one: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isOne);
}

function isString(value: unknown): boolean {
  return typeof value === "string";
}

function isNumber(value: unknown): boolean {
  return Number.isFinite(value);
}

function isRecord(value: unknown): value is object & Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
