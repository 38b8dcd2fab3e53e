import type { TakeRequest } from "../limits/limit-requests.ts";
import { MAX_PERMITS, MAX_PLACE_LENGTH, MAX_PLACES } from "../wire/permits.ts";
import { type FieldError, invalidBody, type Problem } from "./problem.ts";
import type { JsonObject } from "./read-body.ts";

/**
 * Reads the body of `POST /v1/limits/{target}/take`: `permits` (1), `wait` (false) for a place in
 * the line, and `place` or `places` that earlier denials gave. Other members are ignored.
 * @returns what is asked of the bucket, or a 400 that names every fault.
 */
export function parseTake(body: JsonObject): TakeRequest | Problem {
  const { permits = 1, wait = false, place, places } = body;
  const errors: FieldError[] = [];
  const permitsFault = permitsProblem(permits, 1);
  if (permitsFault !== undefined) errors.push({ pointer: "/permits", reason: permitsFault });
  const line = readLine(wait);
  if (line === "faulty") {
    const reason = `must be true, false, or {"sharedBy":n} with an integer n from 1 to ${MAX_PERMITS}`;
    errors.push({ pointer: "/wait", reason });
  }
  const redeemed = readPlaces(place, places, errors);
  if (errors.length > 0 || line === "faulty") {
    return invalidBody("The body does not say what to take; see errors.", errors);
  }
  return { permits: Number(permits), line, places: redeemed };
}

/** What is wrong with a number of permits, or undefined. */
export function permitsProblem(value: unknown, least: number): string | undefined {
  const isRight = Number.isInteger(value) && Number(value) >= least && Number(value) <= MAX_PERMITS;
  return isRight ? undefined : `must be an integer from ${least} to ${MAX_PERMITS}`;
}

function readLine(wait: unknown): TakeRequest["line"] | "faulty" {
  if (wait === false) return undefined;
  if (wait === true) return { sharedBy: 1 };
  if (typeof wait !== "object" || wait === null || !("sharedBy" in wait)) return "faulty";
  const { sharedBy } = wait;
  return permitsProblem(sharedBy, 1) === undefined ? { sharedBy: Number(sharedBy) } : "faulty";
}

function readPlaces(place: unknown, places: unknown, errors: FieldError[]): string[] {
  const redeemed: string[] = [];
  if (isPlace(place)) redeemed.push(place);
  else if (place !== undefined) {
    errors.push({ pointer: "/place", reason: "must be a text that a denial gave" });
  }
  if (Array.isArray(places) && places.length <= MAX_PLACES && places.every(isPlace)) {
    redeemed.push(...places);
  } else if (places !== undefined) {
    const reason = `must be a list of at most ${MAX_PLACES} texts that denials gave`;
    errors.push({ pointer: "/places", reason });
  }
  return redeemed;
}

function isPlace(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_PLACE_LENGTH;
}
