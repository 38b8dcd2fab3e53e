import { matching } from "../artefacts/promql.ts";
import type { DashboardText } from "./dashboard.ts";
import { bars, timeSeries } from "./panels.ts";
import { ofOperation, perSecond, wholeWindow, ofTarget } from "./series.ts";
import { HIT_GRADES } from "./thresholds.ts";

const KIND = { kind: "cache" };
const CALLS = "tachograph_calls_total";
const HITS = perSecond(ofOperation(CALLS, { ...KIND, outcome: "hit" }), ["target", "operation"]);
/** A lookup is recorded once, under the layer that answered it: all of them together were asked. */
const ASKED = perSecond(ofTarget(CALLS, { ...KIND, outcome: matching("hit|miss") }), ["target"]);

/** Whether what is asked for is there. */
export const CACHE: DashboardText = {
  name: "cache",
  title: "Cache",
  description: "Hit rates by cache and by layer (operation), and how much they hold.",
  choices: ["target", "operation"],
  kind: "cache",
  rows: [
    {
      title: "Hit rate",
      panels: [
        bars({
          title: "Last 5 minutes: exact",
          unit: "percentunit",
          max: 1,
          span: 8,
          steps: HIT_GRADES,
          queries: [
            {
              expr: wholeWindow("tachograph_window_hit_ratio", "5m", KIND),
              legend: "{{target}}",
            },
          ],
        }),
        timeSeries({
          title: "Share of all lookups that each layer answers",
          description:
            "Together the cache's hit rate: told below 70 % and, as CRITICAL, below 50 %.",
          isStacked: true,
          unit: "percentunit",
          max: 1,
          span: 16,
          steps: HIT_GRADES,
          queries: [
            {
              expr: `${HITS}\n  / on (target) group_left ${ASKED}`,
              legend: "{{target}} {{operation}}",
            },
          ],
        }),
      ],
    },
    {
      title: "Load",
      panels: [
        timeSeries({
          title: "Hits and misses a second",
          unit: "cps",
          isStacked: true,
          queries: [
            {
              expr: perSecond(ofOperation(CALLS, KIND), ["target", "outcome"]),
              legend: "{{target}} {{outcome}}",
            },
          ],
        }),
        timeSeries({
          title: "Entries",
          queries: [
            {
              expr: ofTarget("tachograph_cache_keys", { operation: matching("$operation") }),
              legend: "{{target}} {{operation}}",
            },
          ],
        }),
      ],
    },
  ],
};
