import { describe, expect, it } from "vitest";
import { MAX_MESSAGES, MessageLog } from "../../../scripts/lib/message-log.ts";
import type { WebhookEvent } from "../../../scripts/lib/webhook-event.ts";

const EVENT: WebhookEvent = {
  type: "test",
  timestamp: "2026-11-20T12:00:00.000Z",
  data: { tenant: "default", text: "Nothing is wrong." },
};

describe("MessageLog", () => {
  it("numbers messages and gives those after one", () => {
    const log = new MessageLog();
    expect(log.add("a", EVENT, 1_000)).toMatchObject({ number: 1, id: "a", receivedAt: 1_000 });
    log.add("b", EVENT, 2_000);
    expect(log.after(0).map(({ id }) => id)).toEqual(["a", "b"]);
    expect(log.after(1).map(({ id }) => id)).toEqual(["b"]);
    expect(log.after(2)).toEqual([]);
  });

  it("keeps a message once, as it came first", () => {
    const log = new MessageLog();
    log.add("a", EVENT, 1_000);
    expect(log.add("a", EVENT, 2_000)).toBeUndefined();
    expect(log.after(0)).toEqual([{ number: 1, id: "a", receivedAt: 1_000, event: EVENT }]);
  });

  it("keeps the last ones only", () => {
    const log = new MessageLog();
    for (let index = 1; index <= MAX_MESSAGES + 3; index += 1) log.add(`id-${index}`, EVENT, index);
    const kept = log.after(0);
    expect(kept).toHaveLength(MAX_MESSAGES);
    expect(kept[0]?.id).toBe("id-4");
    expect(kept.at(-1)?.number).toBe(MAX_MESSAGES + 3);
  });
});
