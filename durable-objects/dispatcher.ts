import { DurableObject } from "cloudflare:workers";
import { configuredReportDesk } from "../src/api/configured-report-desk.ts";
import { tenantConfig } from "../src/config.ts";
import { config } from "../src/configured.ts";
import {
  FetchTransport,
  type MailBinding,
  missingBinding,
} from "../src/dispatcher/fetch-outgoing.ts";
import { ping } from "../src/dispatcher/ping.ts";
import { TenantDispatcher } from "../src/dispatcher/tenant-dispatcher.ts";
import { isName } from "../src/names.ts";
import type { ChannelConfig } from "../src/notify/channel-config.ts";
import type { ChannelResult } from "../src/notify/channel.ts";
import { makeChannel } from "../src/notify/make-channel.ts";
import type {
  ChannelTestResult,
  DispatcherHealth,
  DispatcherRpc,
  HandOver,
  HandOverAnswer,
  NotificationState,
  NotificationView,
} from "../src/wire/dispatcher-rpc.ts";
import { allowsPrivateUrls } from "./allows-private-urls.ts";
import { ObjectAlarm } from "./object-alarm.ts";
import { secretOf } from "./secret-of.ts";
import { SqliteDispatchStore } from "./storage/sqlite-dispatch-store.ts";

/** Delivers a tenant's notifications and reports, and watches over its coordinator. */
export class Dispatcher extends DurableObject<Env> implements DispatcherRpc {
  readonly #tenant: TenantDispatcher;
  readonly #alarm: ObjectAlarm;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const tenant = ctx.id.name;
    if (!isName(tenant)) throw new Error(`"${tenant}" is no tenant's name`);
    const outside = {
      // Looked up at each call, as whoever replaces it expects.
      fetch: (url: string, init: RequestInit) => fetch(url, init),
      mailBinding: (name: string) => mailBindingOf(env, name),
      allowPrivateUrls: allowsPrivateUrls(env),
    };
    this.#alarm = new ObjectAlarm({
      name: `${tenant}: the dispatcher`,
      storage: ctx.storage,
      wantedAt: () => this.#tenant.nextRunAt(),
    });
    const heartbeatUrl = heartbeatUrlOf(env);
    this.#tenant = new TenantDispatcher({
      tenant,
      config: tenantConfig(config, tenant),
      store: new SqliteDispatchStore(ctx.storage),
      makeChannel: (channel) => channelOf(env, channel),
      transport: new FetchTransport(outside),
      reports: configuredReportDesk(env, tenant, () => Date.now()),
      wakeCoordinator: () => env.COORDINATOR.getByName(tenant).wake(),
      ping:
        heartbeatUrl === undefined ? undefined : (signal) => ping(heartbeatUrl, signal, outside),
      now: () => Date.now(),
      random: () => Math.random(),
      startTimer: (callback, durationMs) => {
        const timer = setTimeout(callback, durationMs);
        return () => clearTimeout(timer);
      },
      keepAlive: (work) => ctx.waitUntil(work),
      onChange: () => ctx.waitUntil(this.#alarm.arm()),
    });
  }

  /** It never throws: a failed alarm would be retried six times and then be gone. */
  override async alarm(): Promise<void> {
    this.#alarm.fired();
    this.#tenant.run();
    await this.#alarm.arm();
  }

  async handOver(request: HandOver): Promise<HandOverAnswer> {
    const answer = this.#tenant.handOver(request);
    await this.#alarm.arm();
    return answer;
  }

  async notifications(
    state: NotificationState | undefined,
    limit: number,
  ): Promise<readonly NotificationView[]> {
    return this.#tenant.notifications(state, limit);
  }

  async testChannel(channel: string): Promise<ChannelTestResult | null> {
    return this.#tenant.test(channel);
  }

  async health(): Promise<DispatcherHealth> {
    return this.#tenant.health();
  }
}

function channelOf(env: Env, channel: ChannelConfig): ChannelResult {
  const made = makeChannel(channel, (name) => secretOf(env, name));
  if (channel.type !== "email" || mailBindingOf(env, channel.binding) !== undefined) return made;
  return { ok: false, missing: [missingBinding(channel.binding)] };
}

function heartbeatUrlOf(env: Env): string | undefined {
  const { heartbeatSecret } = config.delivery;
  if (heartbeatSecret === null) return undefined;
  const url = secretOf(env, heartbeatSecret)?.trim();
  if (url !== undefined && url !== "") return url;
  console.error(`${heartbeatSecret} is not set (delivery.heartbeatSecret): there is no heartbeat`);
  return undefined;
}

function mailBindingOf(env: Env, name: string): MailBinding | undefined {
  const value: unknown = Reflect.get(env, name);
  return isMailBinding(value) ? value : undefined;
}

function isMailBinding(value: unknown): value is MailBinding {
  return (
    typeof value === "object" &&
    value !== null &&
    "send" in value &&
    typeof value.send === "function"
  );
}
