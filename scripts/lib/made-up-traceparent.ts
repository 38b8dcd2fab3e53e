import { randomBytes } from "node:crypto";

/** How many of the traces somebody keeps. */
const SAMPLED_SHARE = 0.1;

/** A `traceparent` as a caller with OpenTelemetry sends it: one of ten is sampled. */
export function madeUpTraceparent(): string {
  const flags = Math.random() < SAMPLED_SHARE ? "01" : "00";
  return `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-${flags}`;
}
