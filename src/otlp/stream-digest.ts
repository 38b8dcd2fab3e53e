import { createHash } from "node:crypto";
import { entriesText } from "./attribute-text.ts";
import type { OtlpAttributes, OtlpMetric, OtlpResource, OtlpScope } from "./otlp-model.ts";

/** Hexadecimal digits of an identity: 128 bits, of which no two streams have the same. */
const DIGITS = 32;

/** Digits of the identity of a request, which is forgotten after some minutes. */
const REQUEST_DIGITS = 24;

/**
 * What tells a resource from others. Each of these digests is made of the one before it, so that a
 * request's resources and scopes, which may be large, are gone through once and not for each metric.
 */
export function resourceDigest({ attributes }: OtlpResource): string {
  return digest(entriesText(attributes.values));
}

/** What tells a scope of a resource from others. */
export function scopeDigest(ofResource: string, { name, version, attributes }: OtlpScope): string {
  return digest(JSON.stringify([ofResource, name, version, entriesText(attributes.values)]));
}

/** What all points of a metric have in common, for {@link streamDigest}. */
export function metricDigest(ofScope: string, { name, unit }: OtlpMetric): string {
  return digest(JSON.stringify([ofScope, name, unit]));
}

/**
 * What tells a stream from all others: its resource, its scope, its metric and the attributes of its
 * points, in whatever order they come.
 * @returns 32 hexadecimal digits.
 */
export function streamDigest(ofMetric: string, attributes: OtlpAttributes): string {
  return digest(ofMetric + entriesText(attributes.values));
}

/** The identity of a request's body: the same bytes again are the same request again. */
export function bodyDigest(body: Uint8Array): string {
  return digest(body);
}

/**
 * The identity of one part of what a request has for a target.
 * @param body see {@link bodyDigest}.
 * @param part counts from 0.
 * @returns 24 hexadecimal digits.
 */
export function requestDigest(body: string, part: number): string {
  return digest(`${body} ${part}`).slice(0, REQUEST_DIGITS);
}

function digest(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex").slice(0, DIGITS);
}
