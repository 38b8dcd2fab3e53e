import fc from "fast-check";
import { expect, test } from "vitest";
import { ALERT_STATES } from "../../../src/alerts/alert.ts";
import { SEVERITIES } from "../../../src/alerts/rule.ts";
import { arrangeAlerts, shortened } from "../../../dashboard/src/cards/alerts/arrange-alerts.ts";
import { seedOf } from "../../support/seeded.ts";
import { anAlert } from "./support/an-alert.ts";

const seed = seedOf("arranged alerts", process.env["SEED"]);

test("the worst comes first, then what fires before what is about to, then the oldest", () => {
  const alerts = [
    anAlert({ id: "young", severity: "HIGH", since: 5 }),
    anAlert({ id: "quiet", severity: "CRITICAL", since: 1, state: "nodata" }),
    anAlert({ id: "low", severity: "LOW", since: 0 }),
    anAlert({ id: "old", severity: "HIGH", since: 2 }),
    anAlert({ id: "soon", severity: "CRITICAL", since: 0, state: "pending" }),
    anAlert({ id: "worst", severity: "CRITICAL", since: 9 }),
    anAlert({ id: "over", severity: "CRITICAL", since: 9, state: "resolved" }),
  ];
  const ids = arrangeAlerts(alerts).map(({ id }) => id);
  expect(ids).toEqual(["worst", "quiet", "soon", "old", "young", "low"]);
});

test("each alert that has not ended is there once, in the same order however they come", () => {
  const anyAlerts = fc.uniqueArray(
    fc.record({
      id: fc.string({ minLength: 1, maxLength: 4 }),
      severity: fc.constantFrom(...SEVERITIES),
      state: fc.constantFrom(...ALERT_STATES),
      since: fc.nat(3),
    }),
    { selector: ({ id }) => id },
  );
  fc.assert(
    fc.property(anyAlerts, (parts) => {
      const alerts = parts.map((part) => anAlert(part));
      const arranged = arrangeAlerts(alerts);
      expect(arrangeAlerts(alerts.toReversed())).toEqual(arranged);
      const wanted = alerts.filter(({ state }) => state !== "resolved").map(({ id }) => id);
      expect(arranged.map(({ id }) => id).toSorted()).toEqual(wanted.toSorted());
    }),
    { seed },
  );
});

test("a list that is cut short keeps the alert that a link led to", () => {
  const alerts = ["a", "b", "c", "d"].map((id) => anAlert({ id }));
  const ids = (wanted: string | null): string[] => shortened(alerts, 2, wanted).map(({ id }) => id);
  expect(ids(null)).toEqual(["a", "b"]);
  expect(ids("d")).toEqual(["a", "b", "d"]);
  expect(ids("a")).toEqual(["a", "b"]);
});
