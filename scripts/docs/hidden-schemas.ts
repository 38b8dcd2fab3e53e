import type * as v from "valibot";
import { ANY_METRIC } from "../../src/otlp/otlp-defaults.ts";
import { metricLike } from "../../src/otlp/otlp-schema.ts";

/** What entries are that their record only knows once it has read them, by the record's path. */
export const HIDDEN_SCHEMAS: Readonly<Record<string, v.GenericSchema>> = {
  "otlp.metrics": metricLike(ANY_METRIC),
};
