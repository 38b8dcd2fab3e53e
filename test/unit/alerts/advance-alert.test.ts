import { describe, expect, test } from "vitest";
import {
  advanceAlert,
  beginAlert,
  MAX_UNSEEN_MS,
  resolveAlert,
} from "../../../src/alerts/advance-alert.ts";
import type { Alert, AlertState } from "../../../src/alerts/alert.ts";
import type { Judgement } from "../../../src/alerts/judge.ts";
import type { Rule } from "../../../src/alerts/rule.ts";
import { ruleExample } from "../../support/alerts/series-facts.ts";

const NOW = Date.UTC(2026, 10, 20, 9);
const MINUTE_MS = 60_000;
const HOLD_MS = 60 * MINUTE_MS;

const HOLDS: Judgement = { kind: "holds", value: 20 };
const BETWEEN: Judgement = { kind: "between", value: 9 };
const CLEARS: Judgement = { kind: "clears", value: 5 };
const NO_DATA: Judgement = { kind: "noData" };

function pending(more: Partial<Alert> = {}): Alert {
  const begun = beginAlert({
    id: "a-1",
    rule: ruleExample(),
    fingerprint: "f",
    target: "meta",
    operation: "*",
    nowMs: NOW,
  });
  return { ...begun, value: 20, ...more };
}

function firing(more: Partial<Alert> = {}): Alert {
  const firedAt = NOW + 3 * MINUTE_MS;
  return pending({ state: "firing", firedAt, evaluatedAt: firedAt, ...more });
}

function advance(
  alert: Alert,
  judgement: Judgement,
  nowMs: number,
  rule: Partial<Rule> = {},
): Alert | undefined {
  return advanceAlert(alert, { rule: ruleExample(rule), judgement, nowMs, noDataHoldMs: HOLD_MS });
}

describe("where each judgement leads from each state", () => {
  interface Row {
    readonly from: Alert;
    readonly judgement: Judgement;
    readonly rule?: Partial<Rule>;
    readonly to: AlertState | undefined;
  }

  const later = NOW + 4 * MINUTE_MS;
  const seen = pending({ evaluatedAt: NOW + 3 * MINUTE_MS });
  const nodata = firing({ state: "nodata", noDataAt: NOW + 3 * MINUTE_MS });
  const kept = firing({ clearedAt: NOW + 3.5 * MINUTE_MS });
  const keeps = { keepFiringForMs: MINUTE_MS };

  const rows: readonly (Row & { readonly name: string })[] = [
    { name: "pending, holds long enough", from: seen, judgement: HOLDS, to: "firing" },
    {
      name: "pending, holds",
      from: seen,
      judgement: HOLDS,
      rule: { forMs: 240_001 },
      to: "pending",
    },
    { name: "pending, between", from: seen, judgement: BETWEEN, to: undefined },
    { name: "pending, clears", from: seen, judgement: CLEARS, to: undefined },
    { name: "pending, no data, hold", from: seen, judgement: NO_DATA, to: undefined },
    {
      name: "pending, no data, ok",
      from: seen,
      judgement: NO_DATA,
      rule: { noData: "ok" },
      to: undefined,
    },
    {
      name: "pending, clears, keeps firing",
      from: seen,
      judgement: CLEARS,
      rule: keeps,
      to: undefined,
    },
    { name: "firing, holds", from: firing(), judgement: HOLDS, to: "firing" },
    { name: "firing, between", from: firing(), judgement: BETWEEN, to: "firing" },
    { name: "firing, clears", from: firing(), judgement: CLEARS, to: "resolved" },
    {
      name: "firing, clears, keeps firing",
      from: firing(),
      judgement: CLEARS,
      rule: keeps,
      to: "firing",
    },
    { name: "firing, no data, hold", from: firing(), judgement: NO_DATA, to: "nodata" },
    {
      name: "firing, no data, ok",
      from: firing(),
      judgement: NO_DATA,
      rule: { noData: "ok" },
      to: "resolved",
    },
    {
      name: "firing, no data, ok, keeps firing",
      from: firing(),
      judgement: NO_DATA,
      rule: { noData: "ok", ...keeps },
      to: "firing",
    },
    { name: "kept, holds", from: kept, judgement: HOLDS, rule: keeps, to: "firing" },
    { name: "kept, clears", from: kept, judgement: CLEARS, rule: keeps, to: "firing" },
    { name: "kept, no data, hold", from: kept, judgement: NO_DATA, rule: keeps, to: "nodata" },
    { name: "nodata, holds", from: nodata, judgement: HOLDS, to: "firing" },
    { name: "nodata, between", from: nodata, judgement: BETWEEN, to: "firing" },
    { name: "nodata, clears", from: nodata, judgement: CLEARS, to: "resolved" },
    {
      name: "nodata, clears, keeps firing",
      from: nodata,
      judgement: CLEARS,
      rule: keeps,
      to: "firing",
    },
    { name: "nodata, no data", from: nodata, judgement: NO_DATA, to: "nodata" },
    {
      name: "nodata, no data, the policy is ok now",
      from: nodata,
      judgement: NO_DATA,
      rule: { noData: "ok" },
      to: "resolved",
    },
  ];

  test.each(rows)("$name: $to", ({ from, judgement, rule, to }) => {
    expect(advance(from, judgement, later, rule)?.state).toBe(to);
  });

  test.each([HOLDS, BETWEEN, CLEARS, NO_DATA])("an alert that ended stays as it is: %o", (any) => {
    const ended = resolveAlert(firing(), "recovered", later);
    expect(advance(ended, any, later + 1)).toEqual(ended);
  });
});

describe("what is written down", () => {
  test("an alert begins with what it is about, and as long as its condition holds", () => {
    const rule = ruleExample({ action: { en: "Look.", "pt-BR": "Veja." } });
    const beginning = {
      id: "x",
      fingerprint: "f",
      target: "meta",
      operation: "events",
      nowMs: NOW,
    };
    expect(beginAlert({ ...beginning, rule })).toMatchObject({
      id: "x",
      rule: "slow",
      fingerprint: "f",
      target: "meta",
      operation: "events",
      severity: "HIGH",
      metric: "latency",
      percentile: 95,
      comparison: ">=",
      unit: "Ms",
      threshold: 10,
      state: "pending",
      since: NOW,
      firedAt: null,
      toldChannels: [],
      repeats: 0,
      action: { en: "Look.", "pt-BR": "Veja." },
    });
    const ofErrors = ruleExample({ measure: { metric: "errorRate", window: "5m" } });
    const begun = beginAlert({ ...beginning, rule: ofErrors });
    expect(begun).toMatchObject({ percentile: null, unit: "Rate" });
  });

  test("it fires in the evaluation in which its time is over, and not a millisecond sooner", () => {
    const before = pending({ evaluatedAt: NOW + 179_000 });
    expect(advance(before, HOLDS, NOW + 179_999)).toMatchObject({ state: "pending", since: NOW });
    const fired = advance(before, { kind: "holds", value: 33 }, NOW + 180_000);
    const now = NOW + 180_000;
    expect(fired).toMatchObject({ state: "firing", since: NOW, firedAt: now, value: 33 });
    expect(fired?.evaluatedAt).toBe(now);
  });

  test("a rule that need not hold for any time fires at once", () => {
    const rule = { forMs: 0 };
    expect(advance(pending(), HOLDS, NOW, rule)).toMatchObject({ state: "firing", firedAt: NOW });
  });

  test("the last value is shown, also between both thresholds and at the end", () => {
    const now = NOW + 4 * MINUTE_MS;
    expect(advance(firing(), BETWEEN, now)).toMatchObject({ state: "firing", value: 9 });
    expect(advance(firing(), CLEARS, now)).toMatchObject({
      state: "resolved",
      value: 5,
      resolvedAt: now,
      resolvedReason: "recovered",
    });
  });

  test("an end is not quiet: what it was inhibited or silenced by is over", () => {
    const quiet = firing({ inhibitedBy: "worse", silencedBy: "s-1", toldChannels: ["mail"] });
    expect(resolveAlert(quiet, "rule_removed", NOW)).toMatchObject({
      state: "resolved",
      resolvedAt: NOW,
      resolvedReason: "rule_removed",
      inhibitedBy: null,
      silencedBy: null,
      toldChannels: ["mail"],
    });
  });
});

describe("keepFiringFor", () => {
  const rule = { keepFiringForMs: 120_000 };
  const clearedAt = NOW + 4 * MINUTE_MS;
  const kept = firing({ clearedAt, evaluatedAt: clearedAt });

  test("counts from the first evaluation in which the condition did not hold", () => {
    expect(advance(firing(), CLEARS, clearedAt, rule)).toMatchObject({
      state: "firing",
      clearedAt,
    });
    expect(advance(kept, CLEARS, clearedAt + 119_999, rule)).toMatchObject({
      state: "firing",
      clearedAt,
      value: 5,
    });
    const end = advance(kept, CLEARS, clearedAt + 120_000, rule);
    expect(end).toMatchObject({ state: "resolved", resolvedReason: "recovered" });
  });

  test.each([HOLDS, BETWEEN])("a return sets it back: %o", (judgement) => {
    const back = advance(kept, judgement, clearedAt + 119_999, rule);
    expect(back).toMatchObject({ state: "firing", clearedAt: null });
  });

  test("missing data counts as a recovery where the rule says so", () => {
    const ok = { ...rule, noData: "ok" } as const;
    expect(advance(firing(), NO_DATA, clearedAt, ok)).toMatchObject({ clearedAt, value: null });
    expect(advance(kept, NO_DATA, clearedAt + 120_000, ok)).toMatchObject({
      state: "resolved",
      resolvedReason: "recovered",
    });
  });
});

describe("an alert that waits for data", () => {
  const noDataAt = NOW + 4 * MINUTE_MS;
  const waiting = firing({ state: "nodata", noDataAt, evaluatedAt: noDataAt });

  test("keeps its last value, and waits from the first evaluation without data", () => {
    const begun = advance(firing({ clearedAt: NOW }), NO_DATA, noDataAt);
    expect(begun).toMatchObject({ state: "nodata", noDataAt, value: 20, clearedAt: null });
    const last = advance(waiting, NO_DATA, noDataAt + HOLD_MS - 1);
    expect(last).toMatchObject({ state: "nodata", noDataAt });
  });

  test("ends without a recovery when it has waited long enough", () => {
    const now = noDataAt + HOLD_MS;
    expect(advance(waiting, NO_DATA, now)).toMatchObject({
      state: "resolved",
      resolvedAt: now,
      resolvedReason: "no_data",
      value: 20,
    });
  });

  test.each([HOLDS, BETWEEN])("fires on as the incident that it is: %o", (judgement) => {
    const told = { ...waiting, toldChannels: ["mail"], toldAt: NOW + 1, repeats: 2 };
    expect(advance(told, judgement, noDataAt + 1)).toMatchObject({
      id: "a-1",
      state: "firing",
      since: NOW,
      firedAt: waiting.firedAt,
      noDataAt: null,
      toldChannels: ["mail"],
      toldAt: NOW + 1,
      repeats: 2,
    });
  });

  test("is kept firing from the return of good values on", () => {
    const now = noDataAt + 30 * MINUTE_MS;
    const back = advance(waiting, CLEARS, now, { keepFiringForMs: 60_000 });
    expect(back).toMatchObject({ state: "firing", clearedAt: now, noDataAt: null });
  });
});

describe("times at which nobody looked", () => {
  test("a condition is taken to have held over five minutes, and not over more", () => {
    const held = advance(pending(), HOLDS, NOW + MAX_UNSEEN_MS);
    expect(held).toMatchObject({ state: "firing", since: NOW });
    const now = NOW + MAX_UNSEEN_MS + 1;
    const anew = advance(pending(), HOLDS, now);
    expect(anew).toMatchObject({ state: "pending", since: now, firedAt: null });
    if (anew === undefined) throw new Error("it is pending");
    expect(advance(anew, HOLDS, now + 179_999)?.state).toBe("pending");
    expect(advance(anew, HOLDS, now + 180_000)).toMatchObject({ state: "firing", since: now });
  });

  test("a rule that need not hold for any time fires after whatever gap", () => {
    const now = NOW + 10 * MAX_UNSEEN_MS;
    expect(advance(pending(), HOLDS, now, { forMs: 0 })).toMatchObject({
      state: "firing",
      since: now,
      firedAt: now,
    });
  });

  test("what fires goes on firing, and what waits or is kept is over", () => {
    const now = NOW + 24 * 60 * MINUTE_MS;
    expect(advance(firing(), HOLDS, now)).toMatchObject({ state: "firing", since: NOW });
    const kept = firing({ clearedAt: NOW + 3 * MINUTE_MS });
    expect(advance(kept, CLEARS, now, { keepFiringForMs: MINUTE_MS })?.state).toBe("resolved");
    const waiting = firing({ state: "nodata", noDataAt: NOW + 3 * MINUTE_MS });
    expect(advance(waiting, NO_DATA, now)?.resolvedReason).toBe("no_data");
  });
});

describe("a clock that goes back", () => {
  const early = NOW - 10 * MINUTE_MS;

  test("no time of an alert lies ahead, so nothing waits for the future", () => {
    const back = advance(
      firing({ clearedAt: NOW + 1, toldAt: NOW + 2, evaluatedAt: NOW + 3 * MINUTE_MS }),
      CLEARS,
      early,
      { keepFiringForMs: MINUTE_MS },
    );
    const times = { since: early, firedAt: early, evaluatedAt: early, clearedAt: early };
    expect(back).toMatchObject({ state: "firing", ...times, toldAt: early });
    const waiting = firing({ state: "nodata", noDataAt: NOW + MINUTE_MS });
    expect(advance(waiting, NO_DATA, early)).toMatchObject({ state: "nodata", noDataAt: early });
    const end = advance(firing(), CLEARS, early);
    expect(end).toMatchObject({ since: early, firedAt: early, resolvedAt: early });
  });

  test("what lies behind it stays: a pending alert has held since then", () => {
    const alert = pending({ evaluatedAt: NOW + 2 * MINUTE_MS });
    const back = advance(alert, HOLDS, NOW + MINUTE_MS);
    expect(back).toMatchObject({ state: "pending", since: NOW, evaluatedAt: NOW + MINUTE_MS });
    const far = advance(alert, HOLDS, early);
    expect(far).toMatchObject({ state: "pending", since: early, evaluatedAt: early });
    if (far === undefined) throw new Error("it is pending");
    const fired = advance(far, HOLDS, early + 180_000);
    expect(fired).toMatchObject({ state: "firing", firedAt: early + 180_000 });
  });

  test("a clock that stands still changes nothing", () => {
    const alert = pending();
    expect(advance(alert, HOLDS, NOW)).toEqual(alert);
    expect(advance(alert, HOLDS, NOW, { forMs: 1 })?.state).toBe("pending");
  });
});
