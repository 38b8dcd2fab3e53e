import { expect, test } from "vitest";
import { firingCounts } from "../../../dashboard/src/cards/summary/firing-counts.ts";
import { anAlert } from "./support/an-alert.ts";

test("alerts that fire are counted by severity, the worst first", () => {
  const alerts = [
    anAlert({ severity: "LOW" }),
    anAlert({ severity: "CRITICAL" }),
    anAlert({ severity: "LOW" }),
    anAlert({ severity: "HIGH", state: "pending" }),
    anAlert({ severity: "HIGH", state: "nodata" }),
  ];
  expect(firingCounts(alerts)).toEqual({
    firing: 3,
    bySeverity: [
      ["CRITICAL", 1],
      ["LOW", 2],
    ],
    noData: 1,
  });
  expect(firingCounts([])).toEqual({ firing: 0, bySeverity: [], noData: 0 });
});
