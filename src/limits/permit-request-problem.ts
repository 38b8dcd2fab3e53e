import { isName } from "../names.ts";
import {
  LEASE_ID_PATTERN,
  MAX_LEASE_ID_LENGTH,
  MAX_PERMITS,
  MAX_PLACE_LENGTH,
  MAX_PLACES,
  MAX_REQUEST_ENTRIES,
  MAX_RETRY_AFTER_MS,
  MAX_SIGNAL_CODE,
  MAX_USED_PERCENT,
  type PermitRequest,
} from "../wire/permits.ts";

/** What {@link isLeaseId} asks for. */
export const LEASE_ID_RULE = `1 to ${MAX_LEASE_ID_LENGTH} of a-z 0-9 _ . : - beginning with a letter or digit`;

/** What is wrong with a request for permits, or undefined. Over RPC it may be anything. */
export function permitRequestProblem(request: PermitRequest): string | undefined {
  if (!isObject(request)) return "a request for permits must be an object";
  const { target, holder, leaseId, need, want, settlements, signals, line, places } = request;
  if (!isName(target)) return "target must be a name";
  if (!isName(holder)) return "holder must be a name";
  if (!isLeaseId(leaseId)) return `leaseId must be ${LEASE_ID_RULE}`;
  if (!isCount(need)) return `need must be an integer from 0 to ${MAX_PERMITS}`;
  if (!isCount(want)) return `want must be an integer from 0 to ${MAX_PERMITS}`;
  if (!isListOf(settlements, MAX_REQUEST_ENTRIES, isSettlement)) {
    return `settlements must be a list of at most ${MAX_REQUEST_ENTRIES}: { leaseId, spent, returned }`;
  }
  if (!isListOf(signals, MAX_REQUEST_ENTRIES, isSignal)) {
    return `signals must be a list of at most ${MAX_REQUEST_ENTRIES}: { status, isLimited, … }`;
  }
  if (line !== undefined && !(isObject(line) && isCount(line.sharedBy) && line.sharedBy >= 1)) {
    return `line.sharedBy must be an integer from 1 to ${MAX_PERMITS}`;
  }
  if (places !== undefined && !isListOf(places, MAX_PLACES, isPlace)) {
    return `places must be a list of at most ${MAX_PLACES} texts that a denial gave`;
  }
  if (need === 0 && (line !== undefined || (places ?? []).length > 0)) {
    return "need must be at least 1 with line or places: who needs nothing waits for nothing";
  }
  return undefined;
}

function isSettlement(value: PermitRequest["settlements"][number]): boolean {
  return isLeaseId(value.leaseId) && isCount(value.spent) && isCount(value.returned);
}

function isSignal(value: PermitRequest["signals"][number]): boolean {
  const { status, isLimited, retryAfterMs, usedPercent, code } = value;
  return (
    Number.isInteger(status) &&
    status >= 100 &&
    status <= 599 &&
    typeof isLimited === "boolean" &&
    isBetween(retryAfterMs, 0, MAX_RETRY_AFTER_MS) &&
    isBetween(usedPercent, 0, MAX_USED_PERCENT) &&
    isBetween(code, -MAX_SIGNAL_CODE, MAX_SIGNAL_CODE)
  );
}

function isBetween(value: unknown, least: number, most: number): boolean {
  return value === undefined || (typeof value === "number" && value >= least && value <= most);
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_PERMITS;
}

/** Whether `value` may name a lease. */
export function isLeaseId(value: unknown): value is string {
  return typeof value === "string" && LEASE_ID_PATTERN.test(value);
}

function isPlace(value: unknown): boolean {
  return typeof value === "string" && value.length <= MAX_PLACE_LENGTH;
}

function isListOf<Item>(value: readonly Item[], most: number, is: (item: Item) => boolean) {
  return Array.isArray(value) && value.length <= most && value.every((item) => isEntry(item, is));
}

function isEntry<Item>(item: Item, is: (item: Item) => boolean): boolean {
  return (isObject(item) || typeof item === "string") && is(item);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
