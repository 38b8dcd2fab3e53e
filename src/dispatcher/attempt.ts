import type { Channel, MessageContext, Verdict } from "../notify/channel.ts";
import type { Message } from "../notify/notice.ts";
import { clipDetail, errorText } from "./error-text.ts";
import type { DispatcherOptions } from "./ports.ts";
import { within } from "./within.ts";

/** What came of sending a message once. */
export interface AttemptResult {
  readonly verdict: Verdict;
  /** The status of the answer, or null if there was none. */
  readonly status: number | null;
}

/** Makes a request of a message, sends it and reads the answer. Never rejects. */
export async function attempt(
  channel: Channel,
  message: Message,
  context: MessageContext,
  { transport, startTimer, timeoutMs }: AttemptMeans,
): Promise<AttemptResult> {
  if (!channel.takes(message.kind)) {
    const detail = `a channel of type ${channel.type} takes no message of the kind "${message.kind}"`;
    return { verdict: { kind: "dead", detail }, status: null };
  }
  try {
    const sent = await within(startTimer, timeoutMs, async (signal) => {
      const outgoing = await channel.compose(message, context);
      return transport.send(outgoing, signal);
    });
    if (sent.kind === "failed") return { verdict: clipped(sent.verdict), status: null };
    return { verdict: read(channel, sent.answer), status: sent.answer.status };
  } catch (cause) {
    return { verdict: { kind: "retry", detail: errorText(cause) }, status: null };
  }
}

/** How a message is sent. */
export interface AttemptMeans extends Pick<DispatcherOptions, "transport" | "startTimer"> {
  readonly timeoutMs: number;
}

/** An answer that its channel cannot read says nothing about whether the message arrived. */
function read(channel: Channel, answer: Parameters<Channel["read"]>[0]): Verdict {
  try {
    return clipped(channel.read(answer));
  } catch (cause) {
    const detail = `the answer (status ${answer.status}) cannot be read: ${errorText(cause)}`;
    return { kind: "retry", detail: clipDetail(detail) };
  }
}

function clipped(verdict: Verdict): Verdict {
  return { ...verdict, detail: clipDetail(verdict.detail) };
}
