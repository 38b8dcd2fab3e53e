import type { StreamFilter } from "../../src/stream/stream-filter.ts";
import { CrowdMember, type Ending, type SeenMessage } from "./crowd-member.ts";

const WAVE = 50;
/** Each member pings so often: far more seldom than a server takes silence for absence. */
const PING_MS = 4_000;
const PINGS = 100;
const CONTENT = /^\{"type":"(?:tick|snapshot)"/;

/** What members ask for, in turn. */
export const FILTERS: readonly Partial<StreamFilter>[] = [
  {},
  { targets: ["meta"] },
  { windows: ["1m"] },
  { targets: ["google", "tiktok"], windows: ["1m", "5m"] },
];

/** What arrived over some time, at all members together. */
export interface Arrivals {
  /** From publishing a frame to its arrival. */
  readonly delaysMs: number[];
  characters: number;
  bytes: number;
}

/** Many subscribers of one tenant in this process, which grow in number. */
export class Crowd {
  readonly #port: number;
  readonly #token: string;
  readonly #members: CrowdMember[] = [];
  readonly #pings: ReturnType<typeof setInterval>;
  #arrivals: Arrivals = noArrivals();
  #pinged = 0;

  /** @param tachograph its address. */
  constructor(tachograph: string, token: string) {
    this.#port = Number(new URL(tachograph).port);
    this.#token = token;
    this.#pings = setInterval(() => this.#pingSome(), PING_MS / PINGS);
  }

  get size(): number {
    return this.#members.length;
  }

  /** How many are sent compressed frames. */
  get compressedCount(): number {
    return this.#members.filter(({ isCompressed }) => isCompressed).length;
  }

  async growTo(size: number): Promise<void> {
    while (this.size < size) {
      const joining = Math.min(WAVE, size - this.size);
      const wave = Array.from({ length: joining }, (_, i) => this.#open(this.size + i));
      this.#members.push(...(await Promise.all(wave)));
    }
  }

  /** Opens one more, which is to be sent away. @returns how that was said; it is asked once. */
  async oneTooMany(patienceMs: number): Promise<Ending | undefined> {
    const member = await this.#open(this.size);
    const until = Date.now() + patienceMs;
    while (member.ending === undefined && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    member.close();
    return member.ending;
  }

  /**
   * What has arrived since this was last called.
   * @throws if the server has sent a member away.
   */
  takeArrivals(): Arrivals {
    const ended = this.#members.find(({ ending }) => ending !== undefined)?.ending;
    if (ended !== undefined) throw new Error(`ended with ${ended.code}: ${ended.lastMessage}`);
    const arrivals = this.#arrivals;
    this.#arrivals = noArrivals();
    return arrivals;
  }

  close(): void {
    clearInterval(this.#pings);
    for (const member of this.#members) member.close();
    this.#members.length = 0;
  }

  #open(at: number): Promise<CrowdMember> {
    const { targets, windows } = FILTERS[at % FILTERS.length] ?? {};
    const query = new URLSearchParams();
    if (targets !== undefined) query.set("targets", targets.join(","));
    if (windows !== undefined) query.set("windows", windows.join(","));
    return CrowdMember.open({
      port: this.#port,
      path: `/v1/stream?${query.toString()}`,
      token: this.#token,
      onMessage: (message) => this.#take(message),
    });
  }

  #take({ head, characters, bytes }: SeenMessage): void {
    if (!CONTENT.test(head)) return;
    // `at` is when it was published, and comes before everything that could be long.
    this.#arrivals.delaysMs.push(Date.now() - Number(/"at":(\d+)/.exec(head)?.[1]));
    this.#arrivals.characters += characters;
    this.#arrivals.bytes += bytes;
  }

  /** A few at a time: subscribers who have come one by one do not ping all at once. */
  #pingSome(): void {
    for (let i = this.#pinged; i < this.size; i += PINGS) this.#members[i]?.ping();
    this.#pinged = (this.#pinged + 1) % PINGS;
  }
}

function noArrivals(): Arrivals {
  return { delaysMs: [], characters: 0, bytes: 0 };
}
