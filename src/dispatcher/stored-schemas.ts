import * as v from "valibot";
import { REPORT_PERIODS, type ReportMail } from "../notify/notice.ts";
import { noticeSchema } from "../notify/notice-schema.ts";
import type {
  DispatcherMemory,
  FailingIncident,
  QueueContent,
  ToldIncident,
} from "./dispatch-store.ts";

// A new field has a fallback, as src/alerts/alert-schema.ts says: there are rows without it.

const mailSchema: v.GenericSchema<unknown, ReportMail> = v.looseObject({
  subject: v.string(),
  text: v.string(),
  markdown: v.string(),
  html: v.string(),
  json: v.record(v.string(), v.unknown()),
});

/** What a stored entry of a queue tells. */
export const queueContentSchema: v.GenericSchema<unknown, QueueContent> = v.variant("kind", [
  v.looseObject({ kind: v.literal("alert"), notice: noticeSchema }),
  v.looseObject({
    kind: v.literal("report"),
    period: v.picklist(REPORT_PERIODS),
    mail: mailSchema,
  }),
]);

const toldSchema: v.GenericSchema<unknown, ToldIncident> = v.looseObject({
  at: v.number(),
  channels: v.array(v.string()),
});

const failingSchema: v.GenericSchema<unknown, FailingIncident> = v.looseObject({
  at: v.number(),
  channels: v.array(v.string()),
  endedAt: v.nullable(v.number()),
});

/** What is remembered, by its name. */
export const MEMORY_SCHEMAS: {
  readonly [Name in keyof DispatcherMemory]: v.GenericSchema<unknown, DispatcherMemory[Name]>;
} = {
  beat: v.looseObject({
    beat: v.looseObject({ at: v.number(), nextTickAt: v.nullable(v.number()) }),
    receivedAt: v.number(),
  }),
  watch: v.looseObject({ wokenAt: v.number(), told: v.nullable(toldSchema) }),
  heartbeat: v.looseObject({
    triedAt: v.number(),
    succeededAt: v.nullable(v.number()),
    error: v.nullable(v.string()),
  }),
  run: v.looseObject({ ranAt: v.number() }),
  reports: v.looseObject({ checkedAt: v.number() }),
  unconfigured: v.record(v.string(), toldSchema),
  failing: v.record(v.string(), failingSchema),
};
