import { createHash } from "node:crypto";
import { mapAttribute } from "./attribute-text.ts";
import type { OtlpAttributes, OtlpMetric, OtlpResource, OtlpScope } from "./otlp-model.ts";

/** Hexadecimal digits of an identity: 128 bits, of which no two streams have the same. */
const DIGITS = 32;

/** What all points of a metric have in common, for {@link streamDigest}. */
export function metricDigest(
  resource: OtlpResource,
  scope: OtlpScope,
  { name, unit }: OtlpMetric,
): string {
  const of = mapAttribute(resource.attributes.values).text;
  const by = mapAttribute(scope.attributes.values).text;
  const parts = [of, scope.name, scope.version, by, name, unit];
  return digest(JSON.stringify(parts));
}

/**
 * What tells a stream from all others: its resource, its scope, its metric and the attributes of its
 * points, in whatever order they come.
 * @returns 32 hexadecimal digits.
 */
export function streamDigest(ofMetric: string, attributes: OtlpAttributes): string {
  return digest(ofMetric + mapAttribute(attributes.values).text);
}

/** The identity of a request's body: the same bytes again are the same request again. */
export function bodyDigest(body: Uint8Array): string {
  return digest(body);
}

function digest(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex").slice(0, DIGITS);
}
