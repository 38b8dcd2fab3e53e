import { expect, test } from "vitest";
import { unarchived } from "../../../src/alerts/unarchived.ts";
import { MemoryAlertStore } from "../../support/memory-alert-store.ts";
import { endedAlert, SINCE, storedAlert } from "../../support/stored-alert.ts";

const entry = (id: string, at: number) => ({
  id,
  at,
  by: "ana",
  action: "channel.test" as const,
  subject: "mail",
  detail: {},
});

test("finds what touches a range, the newest first, up to a limit", () => {
  const store = new MemoryAlertStore();
  const alerts = [
    storedAlert("open", { firedAt: SINCE }),
    endedAlert("ended", { firedAt: SINCE + 1, resolvedAt: SINCE + 10 }),
    storedAlert("later", { firedAt: SINCE + 20 }),
  ];
  const entries = [entry("a", SINCE), entry("b", SINCE + 10), entry("c", SINCE + 20)];
  store.commit({
    records: [
      ...alerts.map((alert) => ({ kind: "alert" as const, alert })),
      ...entries.map((one) => ({ kind: "audit" as const, entry: one })),
    ],
  });
  const ids = (from: number, to: number, limit = 9): string[] => {
    const found = unarchived(store, SINCE + from, SINCE + to, limit);
    return [...found.alerts, ...found.audit].map(({ id }) => id);
  };
  expect(ids(0, 100)).toEqual(["later", "ended", "open", "c", "b", "a"]);
  expect(ids(0, 100, 2)).toEqual(["later", "ended", "c", "b"]);
  expect(ids(10, 20)).toEqual(["ended", "open", "b"]);
  expect(ids(11, 21)).toEqual(["later", "open", "c"]);
  expect(ids(-5, 0)).toEqual([]);
  // Looking takes nothing out.
  expect(store.queuedRecordCount()).toBe(6);
});
