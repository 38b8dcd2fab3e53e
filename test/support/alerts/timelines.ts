import type { Comparison } from "../../../src/alerts/rule.ts";

/**
 * What a series has at one evaluation: a value; `stale`, it has ended and is seen no more; or `_`,
 * nothing came and the value before is seen for five minutes more.
 */
export type Sample = number | "stale" | "_";

/** A rule as far as Prometheus knows the like. Times are whole seconds. */
export interface TimelineRule {
  readonly comparison: Comparison;
  readonly threshold: number;
  /** Default: the threshold. */
  readonly recoveryThreshold?: number;
  readonly forS: number;
  readonly keepFiringForS: number;
}

/** A rule and what it is evaluated on, one sample for each evaluation. */
export interface Timeline {
  readonly name: string;
  /** From one evaluation to the next, seconds. */
  readonly intervalS: number;
  readonly rule: TimelineRule;
  /** By the target's name. */
  readonly series: Readonly<Record<string, readonly Sample[]>>;
}

/** How long Prometheus, and a window of five minutes, shows a value after which nothing came. */
export const LOOKBACK_S = 300;

/** A timeline without data, and where our own rule of waiting for it leads: worked out by hand. */
export interface HoldTimeline extends Timeline {
  readonly noDataHoldS: number;
  /** One letter for each evaluation: `-` none, `p` pending, `F` firing, `N` nodata. */
  readonly expected: string;
}

/** Above and below the threshold of most timelines, which is 10. */
const [UP, DOWN, LIMIT] = [20, 5, 10];

function times(count: number, ...samples: readonly Sample[]): Sample[] {
  return Array.from({ length: count }, () => samples).flat();
}

const up = (count: number): Sample[] => times(count, UP);
const down = (count: number): Sample[] => times(count, DOWN);
const stale = (count: number): Sample[] => ["stale", ...times(count - 1, "_")];
const missed = (count: number): Sample[] => times(count, "_");

function rule(more: Partial<TimelineRule> = {}): TimelineRule {
  return { comparison: ">=", threshold: LIMIT, forS: 180, keepFiringForS: 0, ...more };
}

/** One series at a minute's pace unless it says otherwise. */
function one(
  name: string,
  ofRule: Partial<TimelineRule>,
  samples: readonly Sample[],
  intervalS = 60,
): Timeline {
  return { name, intervalS, rule: rule(ofRule), series: { meta: samples } };
}

const FOR_EDGES: readonly Timeline[] = [
  one("for: the condition ends one step before", { forS: 180 }, [...up(3), ...down(3)]),
  one("for: the condition ends exactly when it is reached", { forS: 180 }, [
    ...up(3),
    DOWN,
    ...up(3),
    DOWN,
  ]),
  one("for: held exactly as long", { forS: 180 }, [...up(4), ...down(3)]),
  one("for: held one step longer", { forS: 180 }, [...up(5), ...down(3)]),
  one("for: reached between two evaluations", { forS: 150 }, [...up(5), ...down(2)]),
  one("for: a second more than a step", { forS: 61 }, [...up(4), ...down(2)]),
  one("for: a second less than a step", { forS: 59 }, [...up(4), ...down(2)]),
  one("for: exactly a step", { forS: 60 }, [DOWN, ...up(3), ...down(2)]),
  one("for: one second", { forS: 1 }, [DOWN, ...up(3), ...down(2)]),
  one("for: zero fires at once and ends at once", { forS: 0 }, [
    DOWN,
    UP,
    DOWN,
    DOWN,
    UP,
    UP,
    DOWN,
  ]),
  one("for: zero, true at the first evaluation", { forS: 0 }, [UP, DOWN]),
  one("for: true at the first evaluation", { forS: 120 }, [...up(4), ...down(2)]),
  one("for: begins anew after each dip", { forS: 180 }, [
    ...times(3, ...up(3), DOWN),
    ...up(4),
    DOWN,
  ]),
  one("for: longer than the timeline", { forS: 3_600 }, up(20)),
  one("for: at a pace of 15 s", { forS: 60 }, [...down(2), ...up(4), DOWN, ...up(6), DOWN], 15),
  one("for: at a pace of 7 s, never a multiple", { forS: 60 }, [...up(9), ...up(2), DOWN], 7),
  one("for: at a pace of 4 min", { forS: 720 }, [DOWN, ...up(5), ...down(2)], 240),
  one(
    "for: at the longest pace over which a condition is taken to hold",
    { forS: 600 },
    [...up(4), ...down(2)],
    300,
  ),
];

const KEEP_EDGES: readonly Timeline[] = [
  one("keepFiringFor: back one step before", { forS: 0, keepFiringForS: 180 }, [
    UP,
    ...down(3),
    UP,
    ...down(5),
  ]),
  one("keepFiringFor: over exactly at its time", { forS: 0, keepFiringForS: 180 }, [
    UP,
    ...down(4),
    UP,
    ...down(5),
  ]),
  one("keepFiringFor: one step after", { forS: 0, keepFiringForS: 180 }, [UP, ...down(5), UP]),
  one("keepFiringFor: between two evaluations", { forS: 0, keepFiringForS: 150 }, [UP, ...down(5)]),
  one("keepFiringFor: a second less than a step", { forS: 0, keepFiringForS: 59 }, [
    UP,
    ...down(3),
  ]),
  one("keepFiringFor: exactly a step", { forS: 0, keepFiringForS: 60 }, [UP, ...down(3)]),
  one("keepFiringFor: a second more than a step", { forS: 0, keepFiringForS: 61 }, [
    UP,
    ...down(4),
  ]),
  one("keepFiringFor: each return sets it back", { forS: 0, keepFiringForS: 180 }, [
    ...times(4, UP, ...down(2)),
    ...down(4),
  ]),
  one("keepFiringFor: keeps nothing that is pending", { forS: 180, keepFiringForS: 600 }, [
    ...up(3),
    ...down(3),
  ]),
  one("keepFiringFor: longer than the timeline", { forS: 60, keepFiringForS: 7_200 }, [
    ...up(2),
    ...down(20),
  ]),
  one(
    "keepFiringFor: at a pace of 10 s",
    { forS: 0, keepFiringForS: 35 },
    [UP, ...down(3), UP, ...down(6), UP],
    10,
  ),
];

const BOTH: readonly Timeline[] = [
  one(
    "both: fires when `for` is over and ends when the other is",
    {
      forS: 120,
      keepFiringForS: 120,
    },
    [DOWN, ...up(3), ...down(4)],
  ),
  one("both: after the end `for` begins anew", { forS: 120, keepFiringForS: 60 }, [
    ...up(3),
    ...down(2),
    ...up(3),
    ...down(3),
  ]),
  one("both: a return while it is kept is the same alert", { forS: 120, keepFiringForS: 180 }, [
    ...up(3),
    ...down(2),
    UP,
    ...down(5),
    UP,
  ]),
  one("both: equal, alternating just at their edges", { forS: 120, keepFiringForS: 120 }, [
    ...times(2, ...up(2), ...down(2)),
    ...times(3, ...up(3), ...down(3)),
  ]),
  one(
    "both: ended and true again in the next evaluation",
    { forS: 0, keepFiringForS: 60 },
    times(4, UP, DOWN, DOWN),
  ),
];

const FLAPPING: readonly Timeline[] = [
  one("flapping: every other evaluation, for two", { forS: 120 }, times(10, UP, DOWN)),
  one("flapping: every other evaluation, for none", { forS: 0 }, times(10, UP, DOWN)),
  one("flapping: kept as one", { forS: 0, keepFiringForS: 120 }, [
    ...times(8, UP, DOWN),
    ...down(3),
  ]),
  one(
    "flapping: of growing lengths",
    { forS: 120, keepFiringForS: 60 },
    [1, 2, 3, 4, 5].flatMap((count) => [...up(count), ...down(count)]),
  ),
  one("flapping: of shrinking lengths", { forS: 60, keepFiringForS: 120 }, [
    ...[5, 4, 3, 2, 1].flatMap((count) => [...up(count), ...down(count)]),
    ...down(3),
  ]),
];

const NO_DATA: readonly Timeline[] = [
  one("no data: never any", { forS: 0 }, missed(5)),
  one("no data: none at first", { forS: 60 }, [...missed(3), ...up(3), DOWN]),
  one("no data: a firing alert ends", { forS: 60 }, [...up(3), ...stale(3), ...up(3)]),
  one("no data: a pending alert vanishes", { forS: 180 }, [...up(3), ...stale(1), ...up(5)]),
  one("no data: keeps firing as long as after a recovery", { forS: 0, keepFiringForS: 120 }, [
    UP,
    ...stale(4),
    UP,
    DOWN,
    ...stale(4),
  ]),
  one("no data: back within the time that is kept", { forS: 60, keepFiringForS: 180 }, [
    ...up(2),
    ...stale(2),
    UP,
    ...stale(1),
    ...down(4),
  ]),
  one("no data: turns with low values", { forS: 0, keepFiringForS: 180 }, [
    UP,
    ...times(3, DOWN, "stale"),
    UP,
  ]),
  one(
    "gaps: the last value is seen for a while, then the alert ends",
    { forS: 120 },
    [...up(2), ...missed(5), ...down(1)],
    120,
  ),
  one(
    "gaps: a pending alert fires on the value that is still seen",
    { forS: 180 },
    [UP, ...missed(6), UP],
    90,
  ),
  one(
    "gaps: shorter than is looked back",
    { forS: 200 },
    [...up(2), ...missed(2), UP, ...missed(3), ...down(2)],
    70,
  ),
  one(
    "gaps: a low value is seen on, too",
    { forS: 0 },
    [UP, DOWN, ...missed(2), UP, ...missed(4)],
    90,
  ),
  one(
    "gaps: every other sample is missed",
    { forS: 240 },
    [...times(6, UP, "_"), ...times(3, DOWN, "_")],
    45,
  ),
  one(
    "gaps: kept beyond what is looked back",
    { forS: 0, keepFiringForS: 240 },
    [UP, ...missed(8), UP],
    120,
  ),
];

const VALUES: readonly Timeline[] = [
  one("values: at least, at equality", { comparison: ">=", forS: 0 }, [
    9.999,
    LIMIT,
    10.001,
    9.999,
  ]),
  one("values: above, at equality", { comparison: ">", forS: 0 }, [9.999, LIMIT, 10.001, LIMIT]),
  one("values: at most, at equality", { comparison: "<=", forS: 0 }, [
    10.001,
    LIMIT,
    9.999,
    10.001,
  ]),
  one("values: below, at equality", { comparison: "<", forS: 0 }, [10.001, LIMIT, 9.999, LIMIT]),
  one(
    "values: at equality all the time, at least",
    { comparison: ">=", forS: 120 },
    times(5, LIMIT),
  ),
  one("values: at equality all the time, above", { comparison: ">", forS: 0 }, times(3, LIMIT)),
  one("values: zero is a value", { comparison: "<", forS: 60 }, [UP, ...times(3, 0), UP]),
  one("values: zero against zero", { comparison: "<=", threshold: 0, forS: 0 }, [0, 1, -0, 1]),
  one("values: above zero", { comparison: ">", threshold: 0, forS: 60 }, [0, ...times(3, 1), 0]),
  one("values: NaN holds for no comparison, above", { comparison: ">=", forS: 0 }, [
    UP,
    NaN,
    UP,
    NaN,
  ]),
  one("values: NaN holds for no comparison, below", { comparison: "<", forS: 0 }, [
    DOWN,
    NaN,
    DOWN,
  ]),
  one("values: NaN ends what is pending", { forS: 120 }, [...up(2), NaN, ...up(3), NaN]),
  one("values: NaN is kept firing as any end", { forS: 0, keepFiringForS: 120 }, [
    UP,
    NaN,
    NaN,
    NaN,
  ]),
  one("values: infinities", { forS: 60 }, [Infinity, Infinity, -Infinity, Infinity, Infinity]),
  one("values: fractions that binary numbers only come close to", { threshold: 0.3, forS: 0 }, [
    0.1 + 0.2,
    0.3,
    0.299_999_999_999_999_9,
  ]),
  one(
    "values: negative",
    { comparison: "<", threshold: -5, forS: 60 },
    [-4, -6, -6, -5, -6, -7, -8],
  ),
];

const RESETS: readonly Timeline[] = [
  one("reset: falls to nothing and climbs again", { threshold: 3, forS: 120 }, [
    ...times(3, 0, 1, 2, 3, 4, 5, 6),
    0,
  ]),
  one("reset: gone, and back at once with another value", { forS: 60 }, [
    ...up(3),
    "stale",
    ...down(2),
    "stale",
    ...up(3),
  ]),
  one("reset: gone for one evaluation while it fires", { forS: 60, keepFiringForS: 60 }, [
    ...up(3),
    "stale",
    ...up(2),
    "stale",
    "_",
    ...up(2),
  ]),
];

const RECOVERY: readonly Timeline[] = [
  one(
    "recovery: between both thresholds it goes on",
    { recoveryThreshold: 8, forS: 60 },
    [10, 10, 9, 8, 7.9, 9, 10, 9, 10, 10, 8, 7],
  ),
  one(
    "recovery: between both thresholds nothing begins",
    { recoveryThreshold: 8, forS: 0 },
    [9, 9, 8, 10, 9, 7, 9],
  ),
  one(
    "recovery: what is pending ends at the threshold",
    { recoveryThreshold: 8, forS: 180 },
    [10, 10, 9, 10, 10, 10, 10, 9, 7],
  ),
  one(
    "recovery: between both thresholds the time that is kept begins anew",
    {
      recoveryThreshold: 8,
      forS: 0,
      keepFiringForS: 180,
    },
    [10, 7, 7, 9, 7, 7, 7, 7, 7],
  ),
  one(
    "recovery: of a value that is too low",
    {
      comparison: "<",
      threshold: 5,
      recoveryThreshold: 7,
      forS: 60,
    },
    [4, 4, 5, 6.9, 7, 6, 4, 4, 8],
  ),
  one("recovery: no data lies beyond it", { recoveryThreshold: 8, forS: 0 }, [
    10,
    9,
    "stale",
    9,
    10,
    9,
  ]),
];

const MANY: readonly Timeline[] = [
  {
    name: "several series: each by itself",
    intervalS: 60,
    rule: rule({ forS: 120 }),
    series: {
      meta: [...up(4), ...down(4)],
      google: [...down(2), ...up(4), ...down(2)],
      stripe: [...up(1), ...down(1), ...up(1), ...down(1), ...up(4)],
      sendgrid: down(8),
    },
  },
  {
    name: "several series: some come later, some go",
    intervalS: 60,
    rule: rule({ forS: 60, keepFiringForS: 120 }),
    series: {
      meta: [...up(3), ...stale(5)],
      google: [...missed(4), ...up(4)],
      stripe: [...up(2), ...stale(1), ...up(2), ...stale(1), ...down(2)],
    },
  },
  {
    name: "several series: the same at once, gone at once",
    intervalS: 30,
    rule: rule({ forS: 90 }),
    series: { meta: [...up(5), ...stale(2)], google: [...up(5), ...stale(2)] },
  },
];

const LONG: readonly Timeline[] = [
  one(
    "long: a day that is bad from the first hour to the last",
    { forS: 300 },
    [...down(12), ...up(264), ...down(12)],
    300,
  ),
  one(
    "long: many incidents",
    { forS: 120, keepFiringForS: 120 },
    Array.from({ length: 40 }, (_, index) => [
      ...up(1 + (index % 5)),
      ...down(1 + ((index * 3) % 7)),
    ]).flat(),
  ),
  one(
    "long: a wave with gaps",
    { forS: 90, keepFiringForS: 45 },
    Array.from({ length: 200 }, (_, index): Sample => {
      if (index % 23 === 0) return "stale";
      if (index % 11 === 0) return "_";
      return Math.round(LIMIT + 8 * Math.sin(index / 4) + 4 * Math.sin(index));
    }),
    45,
  ),
];

/** All that Prometheus has a concept of. */
export const TIMELINES: readonly Timeline[] = [
  ...FOR_EDGES,
  ...KEEP_EDGES,
  ...BOTH,
  ...FLAPPING,
  ...NO_DATA,
  ...VALUES,
  ...RESETS,
  ...RECOVERY,
  ...MANY,
  ...LONG,
];

function hold(
  name: string,
  expected: string,
  ofRule: Partial<TimelineRule>,
  samples: readonly Sample[],
  noDataHoldS = 240,
): HoldTimeline {
  return { ...one(name, { forS: 60, ...ofRule }, samples), expected, noDataHoldS };
}

/** What Prometheus has no concept of: an alert that waits for data. Worked out by hand. */
export const HOLD_TIMELINES: readonly HoldTimeline[] = [
  hold("what fires waits, and fires on", "pFFNNNFF-", {}, [...up(3), ...stale(3), ...up(2), DOWN]),
  hold("data that is back and low ends it", "pFFNN--", {}, [...up(3), ...stale(2), ...down(2)]),
  hold("waits one step less than it may", "pFNNNNF", {}, [...up(2), ...stale(4), UP]),
  hold("waits as long as it may, and ends", "pFNNNN-p", {}, [...up(2), ...stale(5), UP]),
  hold("each return sets the waiting back", "pFNNNFNNNN--", {}, [
    ...up(2),
    ...stale(3),
    UP,
    ...stale(6),
  ]),
  hold("what is pending does not wait", "pp-pppF", { forS: 180 }, [
    ...up(2),
    ...stale(1),
    ...up(4),
  ]),
  hold("while it is kept firing, it waits", "pFFNNFF-", { keepFiringForS: 120 }, [
    ...up(2),
    DOWN,
    ...stale(2),
    ...down(3),
  ]),
  hold("between both thresholds it fires again", "pFNFNF-", { recoveryThreshold: 8 }, [
    ...up(2),
    "stale",
    9,
    "stale",
    8,
    7,
  ]),
  hold("waits not at all", "pF--p", {}, [...up(2), ...stale(2), UP], 0),
];
