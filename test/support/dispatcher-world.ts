import { alarmToSet } from "../../src/alarm-to-set.ts";
import { parseConfig, type TachographConfig } from "../../src/config.ts";
import type { DispatchStore } from "../../src/dispatcher/dispatch-store.ts";
import type { DispatcherOptions, ReportPort, SendResult } from "../../src/dispatcher/ports.ts";
import { TenantDispatcher } from "../../src/dispatcher/tenant-dispatcher.ts";
import { NOTICE_EVENTS } from "../../src/notify/notice.ts";
import type { ChannelConfig } from "../../src/notify/channel-config.ts";
import type { Channel, Verdict } from "../../src/notify/channel.ts";
import type { Message } from "../../src/notify/notice.ts";
import type { CoordinatorBeat, HandOverAnswer } from "../../src/wire/dispatcher-rpc.ts";
import { notification } from "./dispatcher-items.ts";
import { MemoryDispatchStore } from "./memory-dispatch-store.ts";
import { VirtualTime } from "./virtual-time.ts";

/** What a receiver does with a request. */
export type Reply =
  | { readonly status: number; readonly retryAfterMs?: number; readonly afterMs?: number }
  /** It takes the message, or does not, and nobody hears of it. */
  | { readonly lost: "taken" | "away" }
  | "hangs";

/** One request, as the receiver of a channel saw it. */
export interface Sighting {
  readonly channel: string;
  readonly key: string;
  readonly kind: Message["kind"];
  /** `ALERT:EVENT[:N]` of each notice in it. */
  readonly told: readonly string[];
  /** By the clock that never goes back. */
  readonly at: number;
}

/** A channel of the test. */
export interface TestChannel {
  readonly paceMs?: number;
  readonly maxAlerts?: number;
  readonly reports?: boolean;
  /** The secret that it lacks. */
  readonly missing?: string;
  readonly severities?: ChannelConfig["severities"];
  readonly language?: ChannelConfig["language"];
  readonly operations?: ChannelConfig["operations"];
  readonly rules?: ChannelConfig["rules"];
  readonly events?: ChannelConfig["events"];
}

/** What {@link DispatcherWorld} is made with. */
export interface WorldOptions {
  readonly channels: Readonly<Record<string, TestChannel>>;
  readonly delivery?: Partial<TachographConfig["delivery"]>;
  readonly reports?: ReportPort;
  readonly ping?: () => Promise<void>;
  readonly random?: () => number;
}

/** A crash: the object is gone, and so is everything that it still wanted to do. */
export class Crash extends Error {}

/** A dispatcher over memory, its alarm, and the receivers of its channels, on a clock of the test. */
export class DispatcherWorld {
  readonly time = new VirtualTime();
  readonly store = new MemoryDispatchStore();
  /** What arrived. */
  readonly sightings: Sighting[] = [];
  /** What was sent, whether it arrived or not. */
  readonly attempts: { readonly channel: string; readonly at: number; readonly reply: Reply }[] =
    [];
  /** Calls of the coordinator. */
  woken = 0;
  wake: () => Promise<void> = () => Promise.resolve();
  /** What a receiver answers; by default that all is well. */
  reply: (channel: string, key: string) => Reply = () => ({ status: 200 });
  dispatcher: TenantDispatcher;
  options: WorldOptions;
  alarmAt: number | null = null;
  /** How much further the dispatcher's clock is. */
  skewMs = 0;
  /** Store calls until the next crash; negative from then on. */
  crashAfter = Infinity;
  #life = 0;
  #stopAlarm: () => void = () => undefined;

  constructor(options: WorldOptions) {
    this.options = options;
    this.dispatcher = this.#begin();
  }

  get nowMs(): number {
    return this.time.nowMs + this.skewMs;
  }

  /** Takes the object's memory away, and whatever it was about to do. */
  restart(options: WorldOptions = this.options): void {
    this.options = options;
    this.#life += 1;
    this.crashAfter = Infinity;
    this.dispatcher = this.#begin();
  }

  /** Hands notifications over, by their ids. */
  handOver(ids: readonly string[], nextTickAt: number | null = null): HandOverAnswer {
    const beat: CoordinatorBeat = { at: this.nowMs, nextTickAt };
    const notifications = ids.map((id) => notification(id, this.nowMs));
    const answer = this.dispatcher.handOver({ beat, notifications });
    this.arm();
    return answer;
  }

  /** Lets time pass, with the alarms in it. */
  pass(durationMs: number): Promise<void> {
    return this.time.pass(durationMs);
  }

  /** Sets the one alarm, as the dispatcher's object does. */
  arm(): void {
    const at = alarmToSet(this.alarmAt, this.dispatcher.nextRunAt(), this.nowMs);
    if (at !== undefined) this.setAlarm(at);
  }

  setAlarm(at: number): void {
    this.#stopAlarm();
    this.alarmAt = at;
    this.#stopAlarm = this.time.startTimer(
      () => {
        if (this.nowMs < at) {
          // The clock went back.
          this.setAlarm(at);
          return;
        }
        this.alarmAt = null;
        try {
          this.dispatcher.run();
          this.arm();
        } catch (cause) {
          if (!(cause instanceof Crash)) throw cause;
        }
        // Whatever became of it: an alarm that was lost in a crash comes again.
        if (this.alarmAt === null && this.crashed) this.setAlarm(this.nowMs + 2_000);
      },
      Math.max(0, at - this.nowMs),
    );
  }

  /** Whether the object is gone, and nobody has called it since. */
  get crashed(): boolean {
    return this.crashAfter < 0;
  }

  toldTo(channel: string): readonly string[] {
    return this.sightings.filter((one) => one.channel === channel).flatMap(({ told }) => told);
  }

  #begin(): TenantDispatcher {
    const life = this.#life;
    const { channels, delivery, reports, ping, random } = this.options;
    const configs = Object.fromEntries(
      Object.entries(channels).map(([name, channel]) => [name, configOf(name, channel)]),
    );
    const { messages, delivery: delivered } = parseConfig({});
    const { time } = this;
    return new TenantDispatcher({
      tenant: "acme",
      config: { channels: configs, messages, delivery: { ...delivered, ...delivery } },
      store: this.#mortal(life),
      makeChannel: (config) => {
        const name = config.type === "slack" ? config.urlSecret : "";
        const channel = channels[name] ?? {};
        if (channel.missing !== undefined) return { ok: false, missing: [channel.missing] };
        return { ok: true, channel: channelOf(name, channel) };
      },
      transport: { send: (outgoing) => this.#receive(outgoing) },
      reports,
      wakeCoordinator: () => {
        this.woken += 1;
        return this.wake();
      },
      ping,
      now: () => this.nowMs,
      random: random ?? (() => 0.5),
      startTimer: time.startTimer,
      keepAlive: () => undefined,
      onChange: () => {
        if (life === this.#life && !this.crashed) this.arm();
      },
    });
  }

  async #receive(outgoing: Parameters<DispatcherOptions["transport"]["send"]>[0]) {
    if (outgoing.via !== "http") throw new Error("only http is tested");
    const { url: channel } = outgoing;
    const { key, kind, told }: Pick<Sighting, "key" | "kind" | "told"> = JSON.parse(outgoing.body);
    const reply = this.reply(channel, key);
    this.attempts.push({ channel, at: this.time.nowMs, reply });
    const isTaken = typeof reply === "string" || !("lost" in reply) || reply.lost === "taken";
    if (isTaken) this.sightings.push({ channel, key, kind, told, at: this.time.nowMs });
    if (reply === "hangs") return new Promise<SendResult>(() => undefined);
    if ("lost" in reply) {
      return { kind: "failed", verdict: { kind: "retry", detail: "connection lost" } } as const;
    }
    if (reply.afterMs !== undefined) await this.time.sleep(reply.afterMs);
    const { status, retryAfterMs } = reply;
    const headers: Record<string, string> =
      retryAfterMs === undefined ? {} : { "retry-after-ms": String(retryAfterMs) };
    return { kind: "answer", answer: { status, headers, body: "" } } as const;
  }

  /** The store of one life: it fails for ever from the crash on. */
  #mortal(life: number): DispatchStore {
    return new Proxy<DispatchStore>(this.store, {
      get: (store, name) => {
        const method: unknown = Reflect.get(store, name);
        if (typeof method !== "function") return method;
        return (...given: unknown[]): unknown => {
          if (life !== this.#life || this.crashAfter <= 0) {
            if (life === this.#life) this.crashAfter = -1;
            throw new Crash("the object is gone");
          }
          this.crashAfter -= 1;
          return Reflect.apply(method, store, given);
        };
      },
    });
  }
}

function configOf(
  name: string,
  { reports = false, severities, language, rules, operations, events }: TestChannel,
): ChannelConfig {
  return {
    type: "slack",
    urlSecret: name,
    severities: severities ?? ["CRITICAL", "HIGH"],
    tenants: undefined,
    targets: undefined,
    operations,
    rules,
    events: events ?? NOTICE_EVENTS,
    reports,
    language,
  };
}

function channelOf(
  name: string,
  { paceMs = 1_000, maxAlerts = 10, reports = false }: TestChannel,
): Channel {
  return {
    type: "slack",
    maxAlerts,
    paceMs,
    takes: (kind) => kind !== "report" || reports,
    compose: (message, { idempotencyKey: key }) => ({
      via: "http",
      url: name,
      headers: {},
      body: JSON.stringify({ key, kind: message.kind, told: toldBy(message) }),
    }),
    read: ({ status, headers }): Verdict => {
      const detail = `answered ${status}`;
      if (status === 200) return { kind: "delivered", detail };
      if (status === 400) return { kind: "dead", detail };
      if (status === 401) return { kind: "disabled", detail };
      if (status === 999) throw new Error("garbage");
      const asked = headers["retry-after-ms"];
      return {
        kind: "retry",
        detail,
        retryAfterMs: asked === undefined ? undefined : Number(asked),
      };
    },
  };
}

function toldBy(message: Message): readonly string[] {
  if (message.kind !== "alerts") return [];
  return message.notices.map(({ alertId, event, repeats }) =>
    repeats === 0 ? `${alertId}:${event}` : `${alertId}:${event}:${repeats}`,
  );
}
