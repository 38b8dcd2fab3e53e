import { tachograph } from "../../../src/client/index.ts";
import type {
  ClientOptions,
  ClientStats,
  Tachograph,
  TachographBinding,
} from "../../../src/client/index.ts";

import { ModelServer } from "./model-server.ts";
import { VirtualTime } from "./virtual-time.ts";

/** A fresh isolate with its own server and time. */
export interface Harness {
  readonly time: VirtualTime;
  readonly server: ModelServer;
  /** What was handed to `waitUntil`, over all requests. */
  readonly kept: Promise<unknown>[];
  /** A new request of the isolate. */
  readonly request: () => Tachograph;
  /** Another isolate of the same server and time: makes its requests. */
  readonly isolate: (reporter: string, options?: Partial<ClientOptions>) => () => Tachograph;
}

export function harness(options: Partial<ClientOptions> = {}): Harness {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const kept: Promise<unknown>[] = [];
  const context = { waitUntil: (promise: Promise<unknown>) => void kept.push(promise) };
  const isolate = (binding: TachographBinding, reporter: string, own: Partial<ClientOptions>) => {
    const all = {
      clock: time.clock,
      stopwatch: time.clock,
      timer: time.timer,
      random: () => 0.5,
      reporter: () => reporter,
      ...own,
    };
    return () => tachograph(binding, context, all);
  };
  return {
    time,
    server,
    kept,
    request: isolate(server, "iso-test", options),
    isolate: (reporter, own = {}) => {
      const binding: TachographBinding = {
        report: (request) => server.report(request),
        permit: (request) => server.permit(request),
      };
      return isolate(binding, reporter, { ...options, ...own });
    },
  };
}

/** `recorded` less everything that the statistics account for; 0 when the books balance. */
export function imbalance(stats: ClientStats): number {
  const refused = Object.values(stats.refused).reduce((sum, count) => sum + count, 0);
  return stats.recorded - stats.acknowledged - stats.buffered - stats.givenUp - refused;
}
