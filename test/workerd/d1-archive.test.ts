import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { D1Archive } from "../../durable-objects/storage/d1-archive.ts";
import type { QueuedRecord } from "../../src/alerts/alert-store.ts";
import type { Alert } from "../../src/alerts/alert.ts";
import type { AuditEntry } from "../../src/alerts/archive.ts";
import { endedAlert, SINCE, storedAlert } from "../support/stored-alert.ts";

let made = 0;

/** The archive of a tenant that nobody has used before. */
function newArchive(): D1Archive {
  made += 1;
  return new D1Archive(env.DB, `archive-${made}`);
}

function ofAlert(alert: Alert, version = 1): QueuedRecord {
  return { record: { kind: "alert", alert }, version };
}

function entry(id: string, at: number): AuditEntry {
  const detail = { before: null, text: 'é "quoted" \'; DROP TABLE audit; --', list: [1, 2] };
  return { id, at, by: "token:0a1b2c3d", action: "limit.set", subject: "meta", detail };
}

const ofAudit = (id: string, at: number): QueuedRecord => ({
  record: { kind: "audit", entry: entry(id, at) },
  version: 1,
});

const DAY = [SINCE - 43_200_000, SINCE + 43_200_000] as const;

test("gives back what was written, whole, and of this tenant only", async () => {
  const [archive, other] = [newArchive(), newArchive()];
  const alert = storedAlert("1", { action: { en: "a 'quote'", "pt-BR": 'ação \\ "já"\n' } });
  await archive.write([ofAlert(alert), ofAudit("x", SINCE), ofAlert(endedAlert("2"))]);
  await other.write([ofAlert(storedAlert("1", { value: 7 }))]);
  const found = await archive.readAlerts(...DAY, 10);
  expect(found).toEqual({ values: [endedAlert("2"), alert], unreadable: 0 });
  expect(await archive.readAudit(...DAY, 10)).toEqual({
    values: [entry("x", SINCE)],
    unreadable: 0,
  });
  expect((await other.readAlerts(...DAY, 10)).values).toEqual([storedAlert("1", { value: 7 })]);
  expect((await other.readAudit(...DAY, 10)).values).toEqual([]);
});

test("writing twice changes nothing, writing nothing is possible", async () => {
  const archive = newArchive();
  const records = [ofAlert(storedAlert("1")), ofAudit("x", SINCE)];
  await archive.write(records);
  await archive.write(records);
  await archive.write([]);
  expect((await archive.readAlerts(...DAY, 10)).values).toEqual([storedAlert("1")]);
  expect((await archive.readAudit(...DAY, 10)).values).toHaveLength(1);
});

test("an older write that arrives late does not undo a newer one", async () => {
  const archive = newArchive();
  const now = async (): Promise<unknown> => (await archive.readAlerts(...DAY, 10)).values[0];
  await archive.write([ofAlert(storedAlert("1", { repeats: 1 }), 5)]);
  await archive.write([ofAlert(storedAlert("1", { repeats: 0 }), 4)]);
  expect(await now()).toMatchObject({ repeats: 1 });
  await archive.write([ofAlert(storedAlert("1", { repeats: 2 }), 6)]);
  expect(await now()).toMatchObject({ repeats: 2 });
  await archive.write([ofAlert(endedAlert("1"), 7)]);
  // Not even a higher version opens what has ended.
  for (const version of [6, 7, 8]) await archive.write([ofAlert(storedAlert("1"), version)]);
  expect(await now()).toEqual(endedAlert("1"));
  const columns = env.DB.prepare("SELECT state, resolved_at FROM alerts WHERE tenant = ?1");
  const row = await columns.bind(`archive-${made}`).first();
  expect(row).toEqual({ state: "resolved", resolved_at: SINCE + 900_000 });
});

test("a late write beside others costs those nothing", async () => {
  const archive = newArchive();
  await archive.write([ofAlert(endedAlert("1"), 7)]);
  const batch = [ofAlert(storedAlert("1"), 3), ofAlert(storedAlert("2"), 8), ofAudit("x", SINCE)];
  await archive.write(batch);
  const { values } = await archive.readAlerts(...DAY, 10);
  expect(values.map(({ id, state }) => `${id} ${state}`)).toEqual(["2 firing", "1 resolved"]);
});

test("gives the alerts that touch a range, the newest first, up to a limit", async () => {
  const archive = newArchive();
  const at = (id: string, firedAt: number, resolvedAt: number | null): QueuedRecord =>
    ofAlert(
      resolvedAt === null
        ? storedAlert(id, { firedAt: SINCE + firedAt })
        : endedAlert(id, { firedAt: SINCE + firedAt, resolvedAt: SINCE + resolvedAt }),
    );
  await archive.write([at("open", 0, null), at("short", 5, 10), at("late", 20, 30)]);
  const ids = async (from: number, to: number, limit = 10): Promise<string[]> => {
    const { values } = await archive.readAlerts(SINCE + from, SINCE + to, limit);
    return values.map(({ id }) => id);
  };
  expect(await ids(0, 100)).toEqual(["late", "short", "open"]);
  expect(await ids(0, 100, 2)).toEqual(["late", "short"]);
  expect(await ids(10, 20)).toEqual(["short", "open"]);
  expect(await ids(11, 21)).toEqual(["late", "open"]);
  expect(await ids(-10, 0)).toEqual([]);
  expect(await archive.countAlerts(SINCE, SINCE + 100)).toBe(3);
  expect(await archive.countAlerts(SINCE + 10, SINCE + 20)).toBe(2);
  expect(await archive.countAlerts(SINCE - 10, SINCE)).toBe(0);
});

test("gives the audit trail of a range, the newest first, up to a limit", async () => {
  const archive = newArchive();
  await archive.write([0, 10, 10, 20].map((at, i) => ofAudit(`e${i}`, SINCE + at)));
  const ids = async (from: number, to: number, limit = 10): Promise<string[]> => {
    const { values } = await archive.readAudit(SINCE + from, SINCE + to, limit);
    return values.map(({ id }) => id);
  };
  expect(await ids(0, 21)).toEqual(["e3", "e2", "e1", "e0"]);
  expect(await ids(10, 20)).toEqual(["e2", "e1"]);
  expect(await ids(0, 21, 1)).toEqual(["e3"]);
});

test("an alert without a time of firing holds nothing up", async () => {
  const archive = newArchive();
  await archive.write([ofAlert(storedAlert("1", { firedAt: null }))]);
  expect((await archive.readAlerts(SINCE, SINCE + 1, 10)).values).toHaveLength(1);
});

test("more than one parameter can hold is written in several", async () => {
  const archive = newArchive();
  const fingerprint = "x".repeat(90_000);
  const alerts = Array.from({ length: 25 }, (_, i) => storedAlert(`a${i}`, { fingerprint }));
  await archive.write(alerts.map((alert) => ofAlert(alert)));
  expect((await archive.readAlerts(...DAY, 100)).values).toHaveLength(25);
});

test("deletes what began before a time, of this tenant, some at a time", async () => {
  const [other, archive] = [newArchive(), newArchive()];
  await other.write([ofAlert(storedAlert("1")), ofAudit("x", SINCE)]);
  const old = Array.from({ length: 2_100 }, (_, i) => ofAudit(`e${i}`, SINCE));
  const firedAt = SINCE + 100;
  await archive.write([...old, ofAudit("kept", firedAt)]);
  await archive.write([
    ofAlert(storedAlert("old", { firedAt: SINCE })),
    ofAlert(storedAlert("kept", { firedAt })),
  ]);
  expect(await archive.deleteBefore(firedAt)).toBe(2_001);
  expect(await archive.deleteBefore(firedAt)).toBe(100);
  expect(await archive.deleteBefore(firedAt)).toBe(0);
  const { values } = await archive.readAlerts(...DAY, 10);
  expect(values.map(({ id }) => id)).toEqual(["kept"]);
  expect((await archive.readAudit(...DAY, 10)).values.map(({ id }) => id)).toEqual(["kept"]);
  expect((await other.readAlerts(...DAY, 10)).values).toHaveLength(1);
  expect((await other.readAudit(...DAY, 10)).values).toHaveLength(1);
});

test("rows that cannot be read are left out, counted and told", async () => {
  const error = vi.spyOn(console, "error").mockReturnValue();
  const archive = newArchive();
  await archive.write([ofAlert(storedAlert("1")), ofAlert(storedAlert("2")), ofAudit("x", SINCE)]);
  const change = (query: string): Promise<unknown> =>
    env.DB.prepare(query).bind(`archive-${made}`).run();
  await change(`UPDATE alerts SET body = '{"id":' WHERE tenant = ?1 AND id = '1'`);
  await change("UPDATE audit SET action = 'limit.dream' WHERE tenant = ?1");
  const { values, unreadable } = await archive.readAlerts(...DAY, 10);
  expect([values.map(({ id }) => id), unreadable]).toEqual([["2"], 1]);
  expect(await archive.readAudit(...DAY, 10)).toEqual({ values: [], unreadable: 1 });
  expect(error).toHaveBeenCalledTimes(2);
  error.mockRestore();
});
