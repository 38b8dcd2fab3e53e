import * as fc from "fast-check";
import { expect } from "vitest";
import type { Channel, Outgoing } from "../../../src/notify/channel.ts";
import type { Message } from "../../../src/notify/notice.ts";
import { oneLine } from "../../../src/notify/one-line.ts";
import {
  aContext,
  aNotice,
  hostileContext,
  hostileMessage,
  hostileText,
} from "../../support/hostile-notices.ts";
import type { ReceivedRequest, Reception } from "../../support/receivers/http-receiver.ts";

type Receive = (request: ReceivedRequest) => Reception;

/** A message that fails is made smaller for this long, not until it is the smallest. */
const TIME_LIMIT = { interruptAfterTimeLimit: 30_000 };

/** What a channel sends over HTTP. */
export async function requestOf(
  channel: Channel,
  message: Message,
  context = aContext(),
): Promise<Extract<Outgoing, { via: "http" }>> {
  const outgoing = await channel.compose(message, context);
  if (outgoing.via !== "http") throw new Error(`sent by ${outgoing.via}`);
  return outgoing;
}

/** Composes alerts, has them received, and gives what was shown; fails on any problem. */
export async function shownBy(
  channel: Channel,
  receive: Receive,
  message: Message,
  context = aContext(),
): Promise<readonly string[]> {
  const { problems, shown } = receive(await requestOf(channel, message, context));
  expect(problems).toEqual([]);
  return shown;
}

/** Every message that a channel takes is within its vendor's limits, and the channel reads it as delivered. */
export async function expectAlwaysTaken(
  channel: Channel,
  receive: Receive,
  seed: number,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      hostileMessage(channel.maxAlerts),
      hostileContext,
      async (message, context) => {
        fc.pre(channel.takes(message.kind));
        const { problems, ...answer } = receive(await requestOf(channel, message, context));
        expect(problems).toEqual([]);
        expect(channel.read(answer).kind).toBe("delivered");
      },
    ),
    { seed, numRuns: 150, ...TIME_LIMIT },
  );
}

/** Whatever a target, a rule, an action or a person is called is shown as it is. */
export async function expectShownAsItIs(
  channel: Channel,
  receive: Receive,
  seed: number,
): Promise<void> {
  const text = hostileText(60).map(oneLine);
  await fc.assert(
    fc.asyncProperty(text, text, text, text, async (target, rule, todo, by) => {
      const action = { en: todo, "pt-BR": todo };
      const notice = aNotice({ target, rule, action, acknowledgedBy: by });
      const shown = await shownBy(channel, receive, { kind: "alerts", notices: [notice] });
      const all = shown.join("\n");
      for (const part of [target, rule, todo, by]) expect(all).toContain(part);
    }),
    { seed, numRuns: 150, ...TIME_LIMIT },
  );
}

/** No answer makes a channel throw, and every one gets a verdict with a bounded wait. */
export function expectVerdictForAnything(channel: Channel, seed: number): void {
  const header = fc.oneof(
    hostileText(50),
    fc.constantFrom("0", "1.5", "120", "999999999999999", "-1", "NaN", "1e9", "soon"),
    fc.constantFrom("Sat, 21 Nov 2026 04:30:37 GMT", "Sat, 21 Nov 2126 04:30:37 GMT"),
  );
  const answer = fc.record({
    status: fc.oneof(fc.integer({ min: 100, max: 599 }), fc.integer(), fc.double()),
    headers: fc.dictionary(
      fc.constantFrom("retry-after", "date", "x-ratelimit-reset-after", "content-type"),
      header,
    ),
    body: fc.oneof(
      hostileText(16_384),
      fc.json(),
      fc.record({ retry_after: fc.anything() }).map((value) => JSON.stringify(value)),
      fc.constantFrom("ok", "no_service", "invalid_payload", '{"retry_after":1e99}'),
    ),
  });
  fc.assert(
    fc.property(answer, (given) => {
      const verdict = channel.read(given);
      expect(["delivered", "retry", "dead", "disabled"]).toContain(verdict.kind);
      expect(verdict.detail).not.toBe("");
      expect(verdict.detail.length).toBeLessThanOrEqual(500);
      if (verdict.kind !== "retry" || verdict.retryAfterMs === undefined) return;
      expect(verdict.retryAfterMs).toBeGreaterThanOrEqual(0);
      expect(verdict.retryAfterMs).toBeLessThanOrEqual(24 * 3_600_000);
    }),
    { seed, numRuns: 500 },
  );
}
