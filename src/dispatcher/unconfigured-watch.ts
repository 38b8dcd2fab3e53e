import type { ChannelBook } from "./channel-book.ts";
import type { DispatchStore, QueueItem, ToldIncident } from "./dispatch-store.ts";
import { channelsFor, type SystemIncident, systemItems } from "./system-notice.ts";

/** What {@link tellUnconfigured} works with. */
interface UnconfiguredTelling {
  readonly tenant: string;
  readonly book: ChannelBook;
  readonly store: DispatchStore;
  /** Takes entries into the queues. */
  readonly take: (items: readonly QueueItem[]) => void;
  readonly nowMs: number;
}

/**
 * Tells of channels that lack a secret, once for each until it has it: on the console and to the
 * other channels that are told of what is HIGH; and to those again when it is there.
 */
export function tellUnconfigured({ tenant, book, store, take, nowMs }: UnconfiguredTelling): void {
  const items: QueueItem[] = [];
  const told: Record<string, ToldIncident> = { ...store.recall("unconfigured") };
  const before = JSON.stringify(told);
  for (const [name, { at, channels }] of Object.entries(told)) {
    if (book.has(name) && book.get(name).problem !== undefined) continue;
    delete told[name];
    items.push(
      ...systemItems(incidentOf(tenant, name, "", at), present(book, channels), nowMs, nowMs),
    );
  }
  for (const { name, problem } of book.all()) {
    if (problem === undefined || Object.hasOwn(told, name)) continue;
    console.error(`${tenant}: the channel "${name}" is not configured, ${problem}`);
    const incident = incidentOf(tenant, name, problem, nowMs);
    const channels = channelsFor(book, incident);
    items.push(...systemItems(incident, channels, nowMs, null));
    told[name] = { at: nowMs, channels };
  }
  take(items);
  if (JSON.stringify(told) !== before) store.remember("unconfigured", told);
}

function present(book: ChannelBook, channels: readonly string[]): readonly string[] {
  return channels.filter((name) => book.hearsOfEnds(name));
}

function incidentOf(tenant: string, name: string, problem: string, since: number): SystemIncident {
  return {
    tenant,
    rule: "channel-unconfigured",
    target: name,
    severity: "HIGH",
    since,
    detail: {
      en: `The channel "${name}" cannot send: ${problem}`,
      "pt-BR": `O canal "${name}" não consegue enviar: ${problem}`,
    },
    action: {
      en: "Set the secret and deploy. What waits for the channel is kept for 24 hours.",
      "pt-BR":
        "Configure o segredo e faça o deploy. O que espera pelo canal é guardado por 24 horas.",
    },
  };
}
