import { describe, expect, it } from "vitest";
import { alertView, type AlertView } from "../../../src/alerts/alert-view.ts";
import { overlay } from "../../../src/api/alert-history.ts";
import { newest } from "../../../src/api/routes/get-notifications.ts";
import type { NotificationView } from "../../../src/wire/dispatcher-rpc.ts";
import { endedAlert, storedAlert } from "../../support/stored-alert.ts";

const view = (alert = storedAlert("1")): AlertView => alertView(alert, "en", ({ id }) => id);

describe("overlay", () => {
  it("takes each alert once, as the later list has it", () => {
    const [older, newer] = [view(storedAlert("1")), view(storedAlert("1", { value: 9 }))];
    const other = view(storedAlert("2"));
    expect(overlay([[older, other], [newer], []])).toEqual([newer, other]);
  });

  it("an alert that has ended somewhere has ended", () => {
    const [open, ended] = [view(), view(endedAlert("1"))];
    expect(overlay([[ended], [open]])).toEqual([ended]);
    expect(overlay([[open], [ended]])).toEqual([ended]);
    const corrected = view(endedAlert("1", { value: 3 }));
    expect(overlay([[ended], [corrected], [open]])).toEqual([corrected]);
  });
});

function notification(id: string, queuedAt: number, attempts: number): NotificationView {
  const times = { queuedAt, nextAt: null, deliveredAt: null };
  const about = { channel: "mail", alert: "1", event: "firing" };
  return { id, ...about, state: "queued", attempts, ...times, lastError: null };
}

describe("newest", () => {
  it("shows a notification that is handed over at this moment once, as the dispatcher has it", () => {
    const outgoing = [notification("a", 3, 0), notification("b", 1, 0)];
    const taken = [notification("c", 2, 5), notification("b", 1, 4)];
    expect(newest(outgoing, taken, 9)).toEqual([outgoing[0], ...taken]);
    expect(newest(outgoing, taken, 1)).toEqual([outgoing[0]]);
  });
});
