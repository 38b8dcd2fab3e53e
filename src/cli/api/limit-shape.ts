import * as v from "valibot";
import type { LimitView } from "../../wire/permits.ts";
import { LIMIT_SCHEMA } from "./limit-schema.ts";
import { Shape } from "./shape.ts";

/** What `/v1/limits/{target}` answers. */
export const LIMIT = new Shape<LimitView>(LIMIT_SCHEMA);

/** What `GET /v1/limits` answers: the buckets, and the targets whose shards said nothing. */
export const LIMITS = new Shape(
  v.looseObject({ limits: v.array(LIMIT_SCHEMA), missing: v.array(v.string()) }),
);
