import type { Pace, Traffic } from "../simulation/simulate-traffic.ts";
import { type Bill, billOf, perBillion, type Usage } from "./bill.ts";
import { type Deployment, deploymentAt } from "./deployments.ts";
import { fleetTraffic } from "./fleet-traffic.ts";
import { type Coefficients, tachographUsage, timingsPerSecond } from "./usage-model.ts";

/** A deployment with what it costs and how old what it shows is. */
export interface Priced {
  readonly deployment: Deployment;
  readonly traffic: Traffic;
  readonly usage: Usage;
  readonly bill: Bill;
  /** The same if a session did not spare anything, and each report was a request. */
  readonly eachReportBilled: Usage;
  /** US dollars. */
  readonly perBillion: number;
}

/** Prices deployments of Tachograph; each is simulated once. */
export class Pricing {
  readonly #counted: Coefficients;
  readonly #progress: (text: string) => void;
  readonly #known = new Map<string, Promise<Priced>>();

  constructor(counted: Coefficients, progress: (text: string) => void) {
    this.#counted = counted;
    this.#progress = progress;
  }

  /** @param isolates as many as are assumed for the rate unless said otherwise. */
  price(requestsPerSecond: number, pace: Pace, isolates?: number): Promise<Priced> {
    const deployment = deploymentAt(requestsPerSecond, pace, isolates);
    const key = JSON.stringify(deployment);
    const known = this.#known.get(key) ?? this.#price(deployment);
    this.#known.set(key, known);
    return known;
  }

  async #price(deployment: Deployment): Promise<Priced> {
    const { requestsPerSecond, isolates, flushMs, tickMs } = deployment;
    this.#progress(
      `cost: ${requestsPerSecond} requests/s of ${isolates} isolates, flush ${flushMs} ms, tick ${tickMs} ms`,
    );
    const traffic = await fleetTraffic(deployment);
    const usage = tachographUsage(deployment, traffic, this.#counted);
    const bill = billOf(usage);
    const dollars = perBillion(bill.dollars, timingsPerSecond(deployment));
    const alone = { ...traffic, shardRequestsPerSecond: traffic.reportsPerSecond };
    const eachReportBilled = tachographUsage(deployment, alone, this.#counted);
    return { deployment, traffic, usage, bill, eachReportBilled, perBillion: dollars };
  }
}
