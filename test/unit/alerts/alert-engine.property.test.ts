import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Alert } from "../../../src/alerts/alert.ts";
import { COMPARISONS, type Rule, SEVERITIES } from "../../../src/alerts/rule.ts";
import {
  AlertWorld,
  OPTIONS,
  ROUTES,
  SERIES,
  type Told,
  type WorldStep,
} from "../../support/alerts/alert-world.ts";
import type { PlainAlert, PlainNotice } from "../../support/alerts/plain-alerts.ts";
import { ruleExample } from "../../support/alerts/series-facts.ts";
import { seedOf } from "../../support/seeded.ts";

const SEED = seedOf("alert engine", process.env["SEED"]);

/** For a machine that is busy; it takes a second. */
const TIMEOUT_MS = 60_000;

const RULES = ["first", "second", "third"] as const;

/** Values from 0 to 9, so that they often meet thresholds from 3 to 6. */
const value = fc.oneof({ weight: 5, arbitrary: fc.nat(9) }, fc.constant(null));

/** A rule inhibits only those after it: circles are refused elsewhere. */
function ruleAt(position: number): fc.Arbitrary<Rule> {
  return fc
    .record({
      comparison: fc.constantFrom(...COMPARISONS),
      threshold: fc.integer({ min: 3, max: 6 }),
      beyond: fc.constantFrom(0, 0, 1, 2),
      severity: fc.constantFrom(...SEVERITIES),
      operations: fc.constantFrom("whole", "whole", "each" as const),
      forMs: fc.constantFrom(0, 0, 1_000, 20_000, 60_000, 180_000),
      keepFiringForMs: fc.constantFrom(0, 0, 1_000, 30_000, 120_000),
      noData: fc.constantFrom("hold", "ok" as const),
      inhibits: fc.subarray(RULES.slice(position + 1)),
    })
    .map(({ beyond, operations, ...rule }) => {
      const isUpward = rule.comparison.startsWith(">");
      return ruleExample({
        ...rule,
        name: RULES[position] ?? "",
        scope: { kind: undefined, targets: undefined, operations },
        recoveryThreshold: rule.threshold + (isUpward ? -beyond : beyond),
      });
    });
}

const rules = fc
  .tuple(...RULES.map((_, position) => fc.option(ruleAt(position))))
  .map((all) => all.filter((rule) => rule !== null));

/** Never near the five minutes over which a condition is taken to hold: what is stored lags. */
const pace = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 250, max: 20_000 }) },
  { weight: 4, arbitrary: fc.constantFrom(1_000, 10_000, 20_000, 30_000, 60_000) },
  fc.constantFrom(100_000, 120_000, 400_000, 3_600_000),
);

function tickWith(gapMs: fc.Arbitrary<number>): fc.Arbitrary<WorldStep> {
  return fc.record({
    kind: fc.constant("tick" as const),
    gapMs,
    values: fc.tuple(...SERIES.map(() => value)),
    leavesOut: fc.boolean(),
    failures: fc.constantFrom(0, 0, 0, 0, 1, 2),
  });
}

/** The same values for a while, so that times come to their ends. */
function stretchWith(gapMs: fc.Arbitrary<number>): fc.Arbitrary<WorldStep[]> {
  const lengths = fc.integer({ min: 1, max: 6 });
  return fc.tuple(tickWith(gapMs), lengths).map(([tick, length]) => Array(length).fill(tick));
}

const silence = fc.record({
  kind: fc.constant("silence" as const),
  match: fc.oneof(
    fc.record({ target: fc.constantFrom("meta", "google") }),
    fc.record({ rule: fc.constantFrom(...RULES), target: fc.constantFrom("meta", "google") }),
    fc.record({ severity: fc.constantFrom(...SEVERITIES) }),
  ),
  inMs: fc.constantFrom(0, 0, 30_000, -5_000),
  lengthMs: fc.integer({ min: 1_000, max: 300_000 }),
});

const rare: readonly fc.Arbitrary<WorldStep>[] = [
  fc.constant({ kind: "evict" }),
  fc.constant({ kind: "evict" }),
  fc.record({ kind: fc.constant("acknowledge" as const), which: fc.nat(9) }),
  fc.record({ kind: fc.constant("unsilence" as const), which: fc.nat(9) }),
  fc.record({ kind: fc.constant("configure" as const), rules }),
  silence,
];

function stepsWith(gapMs: fc.Arbitrary<number>): fc.Arbitrary<WorldStep[]> {
  const some = fc.oneof(
    { weight: 12, arbitrary: stretchWith(gapMs) },
    ...rare.map((arbitrary) => arbitrary.map((step) => [step])),
  );
  return fc.array(some, { minLength: 1, maxLength: 40 }).map((all) => all.flat());
}

function asPlain({ at, notification: { channel, notice } }: Told): PlainNotice {
  const { rule, target, operation, event, resolvedReason } = notice;
  return { at, rule, target, operation, event, channel, reason: resolvedReason };
}

function openOf(alerts: Iterable<Alert>): PlainAlert[] {
  return [...alerts].map(({ rule, target, operation, state }) => {
    if (state === "resolved") throw new Error("an alert that ended is still open");
    return { rule, target, operation, state };
  });
}

/** In any order. */
function sorted(items: readonly object[]): string[] {
  return items.map((item) => JSON.stringify(item, Object.keys(item).toSorted())).toSorted();
}

/** Ends whatever is open: nothing is configured any more. */
const THE_END: readonly WorldStep[] = [
  { kind: "configure", rules: [] },
  { kind: "tick", gapMs: 1_000, values: [], leavesOut: true, failures: 0 },
];

/** What holds of everything that was ever told, whatever the clock did. */
function checkLog(world: AlertWorld, log: readonly Told[]): void {
  const ids = log.map(({ notification }) => notification.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(world.begun).size).toBe(world.begun.length);
  const byHearer = Map.groupBy(log, ({ notification: { channel, notice } }) =>
    [notice.alertId, channel].join(" "),
  );
  for (const told of byHearer.values()) {
    // First that it fires, then that it still does, and at last that it ended: each told channel.
    const events = told.map(({ notification }) => notification.notice.event).join(" ");
    const channel = told[0]?.notification.channel;
    const heard = ROUTES.find((route) => route.channel === channel)?.events;
    const repeats = heard?.includes("repeat") === false ? "" : "( repeat)*";
    const end = heard?.includes("resolved") === false ? "" : " resolved";
    expect(events).toMatch(new RegExp(`^firing${repeats}${end}$`));
    const alert = world.archived.get(told[0]?.notification.notice.alertId ?? "");
    expect(alert).toMatchObject({ state: "resolved" });
    expect(alert?.firedAt).not.toBeNull();
    const again = told.slice(1, -1).map(({ notification }) => notification.notice.repeats);
    expect(again).toEqual(again.map((_, index) => index + 1));
  }
}

/** What is open is in storage as it is in memory, and once. */
function checkOpen({ engine, store }: AlertWorld): void {
  const open = [...engine.alerts];
  expect(sorted(store.load().alerts.map(lasting))).toEqual(sorted(open.map(lasting)));
  const places = open.map(({ rule, target, operation }) => [rule, target, operation].join(" "));
  expect(new Set(places).size).toBe(places.length);
}

/** What a new life has to know of an alert. What keeps one quiet that is pending, it finds again. */
function lasting(alert: Alert): object {
  const { id, state, acknowledged, toldChannels, repeats, inhibitedBy, silencedBy } = alert;
  const quiet = state === "pending" ? {} : { inhibitedBy, silencedBy };
  return { id, state, acknowledgedAt: acknowledged?.at, toldChannels, repeats, ...quiet };
}

/** Of an alert, too, as long as the clock does not go back: from when its times count. */
function checkTimes({ engine, store }: AlertWorld): void {
  const times = ({ id, since, firedAt, clearedAt, noDataAt, toldAt }: Alert): object => {
    return { id, since, firedAt, clearedAt, noDataAt, toldAt };
  };
  expect(sorted(store.load().alerts.map(times))).toEqual(sorted([...engine.alerts].map(times)));
}

test(
  "alerts and what is told of them are what a plain list of all looks says",
  () => {
    fc.assert(
      fc.property(rules, stepsWith(pace), (initial, steps) => {
        const world = new AlertWorld(initial);
        const log: Told[] = [];
        for (const step of [...steps, ...THE_END]) {
          const { told, expected } = world.run(step);
          log.push(...told);
          expect(sorted(told.map(asPlain))).toEqual(sorted(expected));
          if (step.kind !== "tick") continue;
          expect(sorted(openOf(world.engine.alerts))).toEqual(sorted(world.plain.open()));
          checkOpen(world);
          checkTimes(world);
        }
        checkLog(world, log);
        checkPauses(log);
      }),
      { seed: SEED, numRuns: 130 },
    );
  },
  TIMEOUT_MS,
);

/** Nobody is told again sooner than the policy says. */
function checkPauses(log: readonly Told[]): void {
  const last = new Map<string, number>();
  for (const { at, notification } of log) {
    const { alertId, event, severity } = notification.notice;
    const hearer = [alertId, notification.channel].join(" ");
    const waitMs = severity === "CRITICAL" ? OPTIONS.repeatCriticalMs : OPTIONS.repeatMs;
    if (event === "repeat") expect(at - (last.get(hearer) ?? at)).toBeGreaterThanOrEqual(waitMs);
    last.set(hearer, at);
  }
}

test(
  "whatever the clock does, each channel hears once that it fires and once that it ended",
  () => {
    const erratic = fc.oneof(
      { weight: 6, arbitrary: pace },
      fc.integer({ min: -30_000, max: 0 }),
      fc.integer({ min: -7_200_000, max: 7_200_000 }),
      fc.integer({ min: 239_000, max: 301_000 }),
    );
    fc.assert(
      fc.property(rules, stepsWith(erratic), (initial, steps) => {
        const world = new AlertWorld(initial);
        const log: Told[] = [];
        for (const step of [...steps, ...THE_END]) {
          const { told } = world.run(step);
          log.push(...told);
          if (step.kind !== "tick") continue;
          checkOpen(world);
          checkQuiet(world, told);
          for (const alert of world.engine.alerts) {
            const { since, firedAt, clearedAt, noDataAt, toldAt } = alert;
            const times = [since, firedAt, clearedAt, noDataAt, toldAt].map(
              (at) => at ?? -Infinity,
            );
            expect(Math.max(...times)).toBeLessThanOrEqual(world.nowMs);
            expect(since).toBeLessThanOrEqual(firedAt ?? since);
          }
        }
        checkLog(world, log);
      }),
      { seed: SEED, numRuns: 130 },
    );
  },
  TIMEOUT_MS,
);

/** Nothing is told of what is silenced, but that it ended; and only to whom it concerns. */
function checkQuiet(world: AlertWorld, told: readonly Told[]): void {
  for (const { at, notification } of told) {
    const { notice, channel } = notification;
    const route = ROUTES.find((one) => one.channel === channel);
    expect(route?.severities).toContain(notice.severity);
    expect(route?.targets ?? [notice.target]).toContain(notice.target);
    expect(route?.operations ?? [notice.operation]).toContain(notice.operation);
    expect(route?.rules ?? [notice.rule]).toContain(notice.rule);
    expect(route?.events ?? [notice.event]).toContain(notice.event);
    if (notice.event === "resolved") continue;
    expect(world.engine.find(notice.alertId)).toMatchObject({
      state: "firing",
      // Who has taken it on is not reminded; that it fires is told once all the same.
      ...(notice.event === "repeat" && { acknowledged: null }),
      inhibitedBy: null,
      silencedBy: null,
    });
    const match = { rule: notice.rule, target: notice.target, severity: notice.severity };
    const quiet = world.engine.silences.filter(
      (one) =>
        one.from <= at &&
        at < one.to &&
        JSON.stringify({ ...match, ...one.match }) === JSON.stringify(match),
    );
    expect(quiet).toEqual([]);
  }
}
