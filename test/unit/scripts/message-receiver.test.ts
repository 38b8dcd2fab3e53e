import { createServer } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePort } from "../../../scripts/lib/free-port.ts";
import { MessageReceiver } from "../../../scripts/lib/message-receiver.ts";
import { alertText, messageLines } from "../../../scripts/lib/message-text.ts";
import { alertsOf, parseMessages } from "../../../scripts/lib/webhook-event.ts";
import type { Message } from "../../../src/notify/notice.ts";
import { parseWebhookKeys } from "../../../src/notify/webhook-key.ts";
import { webhookChannel } from "../../../src/notify/webhook.ts";
import { contextExample, noticeExample } from "../../support/alert-notices.ts";

const SECRET = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const OTHER_SECRET = `whsec_${Buffer.alloc(32, 2).toString("base64")}`;

let receiver: MessageReceiver;
let shown: string[];
let refused: string[];

function keysOf(secret: string) {
  const parsed = parseWebhookKeys(secret);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.keys;
}

function open(firstPort: number): Promise<MessageReceiver> {
  return MessageReceiver.open({
    keys: keysOf(SECRET),
    firstPort,
    onMessage: ({ event }) => shown.push(...messageLines(event)),
    onRefused: (why) => refused.push(why),
  });
}

/** Sends a message as the channel does. */
async function send(message: Message, key: string, secret = SECRET): Promise<number> {
  const channel = webhookChannel(
    {
      type: "webhook",
      urlSecret: "WEBHOOK_URL",
      keySecret: "WEBHOOK_SECRET",
      severities: ["HIGH"],
      tenants: undefined,
      targets: undefined,
      operations: undefined,
      rules: undefined,
      events: ["firing", "repeat", "resolved"],
      reports: true,
      language: undefined,
    },
    receiver.url,
    keysOf(secret),
  );
  const context = contextExample({ idempotencyKey: key, nowMs: Date.now() });
  const outgoing = await channel.compose(message, context);
  if (outgoing.via !== "http") throw new Error("a webhook is sent by HTTP");
  const { url, headers, body } = outgoing;
  const response = await fetch(url, { method: "POST", headers, body });
  await response.body?.cancel();
  return response.status;
}

async function messages(after = 0) {
  const response = await fetch(`${receiver.origin}/messages?after=${after}`);
  return parseMessages(await response.text());
}

beforeEach(async () => {
  shown = [];
  refused = [];
  receiver = await open(await freePort(0));
});
afterEach(() => receiver.close());

describe("MessageReceiver", () => {
  const firing: Message = { kind: "alerts", notices: [noticeExample()] };

  it("takes what the channel sends, shows it once and gives it to whoever asks", async () => {
    expect(await send(firing, "1:firing/local")).toBe(204);
    expect(await send(firing, "1:firing/local")).toBe(204);
    expect(await send({ kind: "test" }, "test/local")).toBe(204);
    expect(shown).toEqual([
      "alert  CRITICAL firing    error-rate-critical on meta: error rate ≥ 10 %",
      expect.stringContaining("test message  This is a test"),
    ]);
    expect((await messages())?.map(({ id, number }) => [id, number])).toEqual([
      ["1:firing/local", 1],
      ["test/local", 2],
    ]);
    expect((await messages(1))?.map(({ id }) => id)).toEqual(["test/local"]);
    expect(refused).toEqual([]);
  });

  it("puts a message into words for a person", async () => {
    await send(firing, "1:firing/local");
    const [alert] = (await messages())?.flatMap(({ event }) => alertsOf(event)) ?? [];
    if (alert === undefined) throw new Error("nothing was received");
    const [title, summary, action] = alertText(alert);
    expect(title).toBe("CRITICAL · error-rate-critical · meta");
    expect(summary).toContain("error rate ≥ 10 %");
    expect(action).toBe("What to do: Check its token and read the API's answers.");
  });

  it("takes several alerts in one message, and shows each", async () => {
    const ended = { event: "resolved", resolvedReason: "recovered", target: "meta" } as const;
    const notices = [
      noticeExample({ ...ended, alertId: "a-1", resolvedAt: noticeExample().firedAt }),
      noticeExample({ alertId: "a-2", target: "reddit" }),
    ];
    expect(await send({ kind: "alerts", notices }, "batch-1")).toBe(204);
    expect(await send({ kind: "alerts", notices }, "batch-1")).toBe(204);
    expect(shown).toEqual([
      expect.stringContaining("firing    error-rate-critical on reddit"),
      expect.stringContaining("resolved  error-rate-critical on meta"),
    ]);
    const received = (await messages()) ?? [];
    expect(received).toHaveLength(1);
    const alerts = received.flatMap(({ event }) => alertsOf(event));
    expect(alerts.map(({ id }) => id)).toEqual(["a-2", "a-1"]);
    expect(refused).toEqual([]);
  });

  it("tells of reports and of ends", async () => {
    const mail = { subject: "Daily report", text: "", markdown: "", html: "", json: {} };
    expect(await send({ kind: "report", period: "daily", mail }, "report:1")).toBe(204);
    const end = { event: "resolved", resolvedReason: "recovered" } as const;
    const notice = noticeExample({ ...end, resolvedAt: noticeExample().firedAt + 90_000 });
    expect(await send({ kind: "alerts", notices: [notice] }, "1:resolved")).toBe(204);
    expect(shown[0]).toBe("report daily  Daily report");
    expect(shown[1]).toMatch(
      /^alert {2}CRITICAL resolved {2}error-rate-critical on meta: .*, for .*recovered$/,
    );
  });

  it("refuses what somebody else signed, and says so", async () => {
    expect(await send(firing, "1:firing/local", OTHER_SECRET)).toBe(401);
    expect(await messages()).toEqual([]);
    expect(shown).toEqual([]);
    expect(refused).toEqual([expect.stringContaining("key")]);
  });

  it.each([
    ["POST", "/alerts", "x".repeat(2_000_000), 413],
    ["POST", "/alerts", "{}", 401],
    ["POST", "/elsewhere", "{}", 404],
    ["GET", "/alerts", undefined, 404],
    ["GET", "/messages?after=-1", undefined, 400],
    ["GET", "//", undefined, 404],
  ])("answers %s %s with a status that says why", async (method, path, body, status) => {
    const response = await fetch(`${receiver.origin}${path}`, { method, ...(body && { body }) });
    expect(response.status).toBe(status);
    expect(await response.text()).not.toBe("");
  });

  it("goes to the next port if one is taken", async () => {
    const taken = Number(new URL(receiver.origin).port);
    const second = await open(taken);
    const port = Number(new URL(second.origin).port);
    await second.close();
    expect(port).not.toBe(taken);
    expect(port).toBeGreaterThan(0);
  });

  it("lets go of its port and of open connections when it is closed", async () => {
    const other = await open(await freePort(0));
    const port = Number(new URL(other.origin).port);
    await fetch(`${other.origin}/messages`).then((response) => response.text());
    await other.close();
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(port, "127.0.0.1", resolve);
    });
    await new Promise((resolve) => server.close(resolve));
  });
});
