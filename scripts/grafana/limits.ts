import type { DashboardText } from "./dashboard.ts";
import { bars, table, timeSeries } from "./panels.ts";
import { ofTarget, perSecond, RATE } from "./series.ts";
import { NONE_IS_GOOD, type Steps } from "./thresholds.ts";

const GRANTED = ofTarget("tachograph_permits_granted_total");
const DENIED = ofTarget("tachograph_permits_denied_total");
const LIMIT = "tachograph_limit";

const DENIED_STEPS: Steps = [{ color: "green" }, { from: 0.2, color: "red" }];

/** What each platform's bucket has, grants and denies. */
export const LIMITS: DashboardText = {
  name: "limits",
  title: "Limits",
  description: "What each platform's bucket has, grants and denies.",
  choices: ["target"],
  rows: [
    {
      title: "Now",
      panels: [
        bars({
          title: "Permits that are there, by capacity",
          unit: "percentunit",
          max: 1,
          span: 10,
          steps: [{ color: "red" }, { from: 0.1, color: "orange" }, { from: 0.3, color: "green" }],
          queries: [
            {
              expr: `${ofTarget(`${LIMIT}_available_permits`)} / ${ofTarget(`${LIMIT}_capacity_permits`)}`,
              legend: "{{target}}",
            },
          ],
        }),
        table({
          title: "Buckets",
          span: 14,
          height: 8,
          rows: { target: "Target" },
          columns: [
            { expr: ofTarget(`${LIMIT}_capacity_permits`), legend: "Capacity", decimals: 0 },
            {
              expr: `${ofTarget(`${LIMIT}_refill_permits_per_second`)} * 60`,
              legend: "Refill a minute",
            },
            { expr: ofTarget(`${LIMIT}_outstanding_permits`), legend: "Lent", decimals: 0 },
            { expr: ofTarget(`${LIMIT}_blocked`), legend: "Closed", steps: NONE_IS_GOOD },
            {
              expr: `${ofTarget(`${LIMIT}_blocked_until_timestamp_seconds`)} * 1000`,
              legend: "Closed until",
              unit: "dateTimeFromNow",
            },
          ],
        }),
      ],
    },
    {
      title: "Over time",
      panels: [
        timeSeries({
          title: "Granted and denied a second",
          unit: "cps",
          queries: [
            { expr: perSecond(GRANTED, ["target"]), legend: "{{target}} granted" },
            { expr: perSecond(DENIED, ["target"]), legend: "{{target}} denied" },
          ],
        }),
        timeSeries({
          title: "Share that is denied",
          description: "Told above 20 %.",
          unit: "percentunit",
          max: 1,
          steps: DENIED_STEPS,
          queries: [
            {
              expr: `rate(${DENIED}[${RATE}]) / (rate(${DENIED}[${RATE}]) + rate(${GRANTED}[${RATE}]))`,
              legend: "{{target}}",
            },
          ],
        }),
        timeSeries({
          title: "Permits that are there",
          queries: [{ expr: ofTarget(`${LIMIT}_available_permits`), legend: "{{target}}" }],
        }),
        timeSeries({
          title: "Closed by the platform",
          max: 1,
          queries: [{ expr: ofTarget(`${LIMIT}_blocked`), legend: "{{target}}" }],
        }),
      ],
    },
  ],
};
