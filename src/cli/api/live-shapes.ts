import * as v from "valibot";
import type { AlertFrame, AlertView, ContentFrame } from "../../stream/stream-frame.ts";
import { ALERT_FIELDS } from "./alert-schema.ts";
import { LIMIT_SCHEMA } from "./limit-schema.ts";
import { PILLARS_SCHEMA } from "./pillar-schema.ts";
import { SERIES_SCHEMA } from "./series-schema.ts";
import { Shape } from "./shape.ts";

/** What `GET /v1/live` answers: what a snapshot of the stream has. */
export type LiveAnswer = Omit<ContentFrame, "type">;

const CURSOR = { epoch: v.string(), seq: v.number() };

const alert = v.looseObject(ALERT_FIELDS);

const gone = v.looseObject({
  series: v.array(v.looseObject({ target: v.string(), operation: v.string() })),
  limits: v.array(v.string()),
});

const ledger = v.looseObject({
  offered: v.number(),
  accepted: v.number(),
  duplicates: v.number(),
  rejected: v.record(v.string(), v.number()),
  givenUp: v.number(),
  capped: v.number(),
  permits: v.looseObject({
    denied: v.number(),
    allowedUnreached: v.number(),
    deniedUnreached: v.number(),
  }),
  merged: v.number(),
  pending: v.number(),
  isBalanced: v.boolean(),
});

const SYSTEM = {
  ...CURSOR,
  tenant: v.string(),
  at: v.number(),
  staleMs: v.number(),
  status: v.picklist(["HEALTHY", "WARNING", "CRITICAL", "UNKNOWN"]),
  score: v.nullable(v.number()),
  pillars: v.exactOptional(PILLARS_SCHEMA),
  coverage: v.looseObject({
    shards: v.number(),
    answered: v.number(),
    missing: v.array(v.string()),
  }),
  ledger,
};

const CONTENT = {
  ...SYSTEM,
  series: v.array(SERIES_SCHEMA),
  limits: v.array(LIMIT_SCHEMA),
  alerts: v.exactOptional(v.array(alert)),
  gone: v.exactOptional(gone),
};

/** What of it is of the whole system. */
export type SystemAnswer = Omit<LiveAnswer, "series" | "limits" | "alerts" | "gone">;

export const SYSTEM_LIVE = new Shape<SystemAnswer>(v.looseObject(SYSTEM));

export const LIVE = new Shape<LiveAnswer>(v.looseObject(CONTENT));

/** A snapshot or a tick of the stream. */
export const CONTENT_FRAME = new Shape<ContentFrame>(
  v.looseObject({ type: v.picklist(["snapshot", "tick"]), ...CONTENT }),
);

/** A change of an alert. */
export const ALERT_FRAME = new Shape<AlertFrame>(
  v.looseObject({ type: v.literal("alert"), ...CURSOR, ...ALERT_FIELDS }),
);

/** One alert. */
export const ALERT = new Shape<AlertView>(alert);

/** What `GET /v1/alerts` and `GET /v1/alerts/history` answer. */
interface AlertsAnswer {
  readonly alerts: readonly AlertView[];
  /** Of the history: whether there are more, which are older. */
  readonly truncated?: boolean;
  /** Of the history: how many stored ones the server cannot read. */
  readonly unreadable?: number;
}

/** Alerts, of now or of a range of time. */
export const ALERTS = new Shape<AlertsAnswer>(
  v.looseObject({
    alerts: v.array(alert),
    truncated: v.exactOptional(v.boolean()),
    unreadable: v.exactOptional(v.number()),
  }),
);
