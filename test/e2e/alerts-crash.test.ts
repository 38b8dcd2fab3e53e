import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it, onTestFailed } from "vitest";
import { seededRandom } from "../support/seeded-random.ts";
import { Api } from "./api.ts";
import { type Attempt, FaultyReceiver, type ToldAlert } from "./faulty-receiver.ts";
import { integerFrom } from "./random.ts";
import { System } from "./system.ts";
import { systemPort } from "./system-port.ts";

/*
 * One incident is told once, and its end once, whenever the processes die and however badly the
 * receiver behaves: attempts with a message may repeat, with the same contents under the same id,
 * and no two messages tell the same of one alert. TACHOGRAPH_SEED repeats the faults, the pauses and
 * which targets change together in a run; the moments are the machine's.
 */

const SEED = Number(process.env["TACHOGRAPH_SEED"] ?? Date.now() % 1_000_000);
const TARGETS = Array.from({ length: 40 }, (_, index) => `platform-${index}`);
/** As many as set off the rule `consecutive-errors`, at once. */
const ERRORS_IN_A_ROW = 5;
const RULE = "consecutive-errors";
/** While alerts are told, and again while their ends are. */
const KILLS_PER_PHASE = 2;
/** Before each kill so many groups of targets change, one after the other, and one more with it. */
const GROUPS_PER_KILL = 3;
const TARGETS_PER_GROUP = 4;
/** After that only the first kill of a phase. */
const KILLING_MS = 25_000;
const ANSWER_TIMEOUT_MS = 2_000;
const POLL_MS = 100;
/** Until all is told: a message that was under way in a crash is tried again after 17 s. */
const DRAIN_TIMEOUT_MS = 60_000;
const SECRET = `whsec_${randomBytes(32).toString("base64")}`;

let receiver: FaultyReceiver;
let system: System;
let api: Api;

beforeAll(async () => {
  const port = await systemPort();
  receiver = await FaultyReceiver.open({ port, secret: SECRET, seed: SEED * 31 });
  system = await System.start({ webhook: { url: receiver.url, secret: SECRET } });
  api = new Api(system.url);
});
afterAll(async () => {
  await system?.dispose();
  await receiver?.close();
});

interface AlertView {
  readonly id: string;
  readonly rule: string;
  readonly target: string;
  readonly state: string;
}

interface NotificationView {
  readonly id: string;
  readonly alert: string;
  readonly event: string;
  readonly state: string;
}

/** Asks again until `isDone`; whoever does not answer is being killed. */
async function until<Answer>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<Answer>,
  isDone: (answer: Answer) => boolean,
): Promise<Answer> {
  let last: unknown;
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(POLL_MS)) {
    try {
      const answer = await ask();
      if (isDone(answer)) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
  }
  throw new Error(`${what}: not after ${timeoutMs} ms; last: ${JSON.stringify(last) ?? ""}`);
}

/** One change of all targets, which comes to some of them after others. */
class Phase {
  readonly #outcomes: readonly string[];
  readonly #targets = [...TARGETS];

  /** @param outcomes - of each target's calls, as many as it takes. */
  constructor(outcomes: readonly string[]) {
    this.#outcomes = outcomes;
  }

  /** Reports so many of the targets that have not changed yet, or all of them. */
  async change(count = this.#targets.length): Promise<void> {
    await report(this.#targets.splice(0, count), this.#outcomes);
  }
}

let sequence = 0;

/** As somebody who repeats what was not answered, and whose timings count once. */
async function report(targets: readonly string[], outcomes: readonly string[]): Promise<void> {
  const timings = targets.flatMap((target) =>
    outcomes.map((outcome) => ({ target, operation: "events", durationMs: 50, outcome })),
  );
  sequence += 1;
  const body = JSON.stringify({ reporter: "alerts-crash", sequence, timings });
  const post = () => api.call("/v1/timings", { body, timeoutMs: ANSWER_TIMEOUT_MS });
  await until("timings are taken", 20_000, post, ({ status }) => status === 200);
}

async function openAlerts(): Promise<readonly AlertView[]> {
  const options = { timeoutMs: ANSWER_TIMEOUT_MS };
  const { alerts } = await api.get<{ alerts: AlertView[] }>("/v1/alerts", options);
  return alerts.filter(({ rule }) => rule === RULE);
}

/** Looks again and again: rules are held against what the shards have when somebody asks. */
async function watch(over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await openAlerts().catch(() => undefined);
    await sleep(POLL_MS);
  }
}

/** Kills everything while messages are under way: some were tried in this life, and not all. */
async function killAmongMessages(random: () => number, phase: Phase): Promise<void> {
  const groups = integerFrom(random, 1, GROUPS_PER_KILL);
  const pauseMs = integerFrom(random, 0, 400);
  // Most crashes meet messages that come and go, some one that gets no answer.
  const hangs = random() < 0.4;
  for (let group = 0; group < groups; group += 1) {
    const before = receiver.attempts.length;
    await phase.change(integerFrom(random, 1, TARGETS_PER_GROUP));
    const tried = () => Promise.resolve(receiver.attempts.length - before);
    await until("a message is tried", 20_000, tried, (count) => count > 0);
  }
  receiver.hangsNext = hangs;
  await phase.change(integerFrom(random, 1, TARGETS_PER_GROUP));
  await sleep(pauseMs);
  await system.kill();
  receiver.hangsNext = false;
  await system.boot();
}

/** @returns how often it killed. */
async function killAndRestart(
  random: () => number,
  phase: Phase,
  deadline: number,
): Promise<number> {
  let kills = 0;
  do {
    await killAmongMessages(random, phase);
    kills += 1;
  } while (kills < KILLS_PER_PHASE && Date.now() < deadline);
  return kills;
}

/** Each list of `values` under its key, in order. */
function grouped<Value>(values: readonly Value[], keyOf: (value: Value) => string) {
  return Map.groupBy(values, keyOf);
}

/** What one attempt told of one alert. */
type Told = ToldAlert & Attempt;

function toldIn(attempts: readonly Attempt[]): readonly Told[] {
  return attempts.flatMap((attempt) => attempt.alerts.map((alert) => ({ ...alert, ...attempt })));
}

function expectToldOnce(attempts: readonly Attempt[]): void {
  const byTarget = grouped(toldIn(attempts), ({ target }) => target);
  expect(new Set(byTarget.keys())).toEqual(new Set(TARGETS));
  for (const [target, told] of byTarget) {
    expect(new Set(told.map(({ id }) => id)).size, `incidents of ${target}`).toBe(1);
    const events = told.map(({ event }) => event);
    const turns = events.filter((event, index) => event !== events[index - 1]);
    // Of its end nothing is told as long as its beginning has to be tried again.
    expect(turns, `what was told of ${target}`).toEqual(["firing", "resolved"]);
    const byEvent = grouped(told, ({ event }) => event);
    for (const [event, tries] of byEvent) {
      const what = `${target} ${event}`;
      expect(new Set(tries.map(({ webhookId }) => webhookId)).size, `ids of ${what}`).toBe(1);
      expect(
        tries.some(({ manner }) => manner === "takes"),
        `${what} arrived`,
      ).toBe(true);
    }
  }
  for (const [webhookId, tries] of grouped(attempts, (attempt) => attempt.webhookId)) {
    expect(new Set(tries.map(({ body }) => body)).size, `contents of ${webhookId}`).toBe(1);
    const [{ alerts } = { alerts: [] }] = tries;
    expect(new Set(alerts.map(({ id }) => id)).size, `alerts in ${webhookId}`).toBe(alerts.length);
  }
}

async function expectBooks(): Promise<void> {
  const notifications = await until(
    "all is delivered",
    DRAIN_TIMEOUT_MS,
    async () =>
      (await api.get<{ notifications: NotificationView[] }>("/v1/notifications?limit=1000"))
        .notifications,
    (rows) => rows.length >= 2 * TARGETS.length && rows.every(({ state }) => state === "delivered"),
  );
  const told = notifications.map(({ alert, event }) => `${alert} ${event}`);
  expect(new Set(told).size).toBe(2 * TARGETS.length);
  expect(told).toHaveLength(2 * TARGETS.length);
  expect(await openAlerts()).toEqual([]);
  const history = await api.get<{ alerts: AlertView[] }>("/v1/alerts/history");
  const incidents = history.alerts.filter(({ rule }) => rule === RULE);
  expect(incidents).toHaveLength(TARGETS.length);
  expect(new Set(incidents.map(({ target }) => target))).toEqual(new Set(TARGETS));
  expect(new Set(incidents.map(({ state }) => state))).toEqual(new Set(["resolved"]));
  const tried = new Set(toldIn(receiver.attempts).map(({ id }) => id));
  expect(new Set(incidents.map(({ id }) => id))).toEqual(tried);
}

it("tells each incident once, and its end, through kill -9 and a receiver that fails", async () => {
  onTestFailed(() => {
    const told = receiver.attempts.map(
      ({ webhookId, manner, alerts }) => `  ${webhookId} ${manner}, ${alerts.length} alerts`,
    );
    console.error(`TACHOGRAPH_SEED=${SEED}; it printed:\n${system.tail()}\n${told.join("\n")}`);
  });
  const random = seededRandom(SEED);
  const startedAt = Date.now();
  let kills = 0;
  const over = new AbortController();
  const watching = watch(over.signal);
  try {
    const failing = new Phase(Array.from({ length: ERRORS_IN_A_ROW }, () => "error"));
    kills += await killAndRestart(random, failing, startedAt + KILLING_MS);
    await failing.change();
    await until("all fire", 20_000, openAlerts, (alerts) => alerts.length === TARGETS.length);
    const recovering = new Phase(["ok"]);
    kills += await killAndRestart(random, recovering, startedAt + KILLING_MS);
    // In the last life one request is left without an answer for as long as the sender waits.
    const givenUp = receiver.givenUp;
    receiver.hangsNext = true;
    await recovering.change();
    const hung = () => Promise.resolve(receiver.givenUp - givenUp);
    await until("a hanging request is given up", 40_000, hung, (count) => count > 0);
    receiver.isFaulty = false;
    await expectBooks();
  } finally {
    over.abort();
    await watching;
  }
  const { attempts, problems } = receiver;
  const manners = [...grouped(attempts, ({ manner }) => manner)].map(
    ([manner, some]) => `${manner} ${some.length}`,
  );
  const messages = grouped(attempts, ({ webhookId }) => webhookId);
  console.log(
    `alerts crash: seed ${SEED}, ${kills} kills, ${attempts.length} attempts ` +
      `(${manners.join(", ")}) with ${messages.size} messages for ${2 * TARGETS.length} events, ` +
      `${Date.now() - startedAt} ms`,
  );
  expect(problems).toEqual([]);
  expectToldOnce(attempts);
  // Else nothing was put to the test.
  expect(attempts.some(({ alerts }) => alerts.length > 1)).toBe(true);
  expect(attempts.length).toBeGreaterThan(messages.size);
  for (const manner of ["takes", "fails", "loses", "hangs"]) {
    expect(
      manners.some((text) => text.startsWith(manner)),
      manner,
    ).toBe(true);
  }
}, 150_000);
