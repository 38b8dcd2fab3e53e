import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { Format } from "../../dashboard/src/i18n/format.ts";
import type { WhoamiAnswer } from "../../src/api/whoami-answer.ts";
import type { ExemplarView } from "../../src/exemplar-view.ts";
import type { ContentFrame } from "../../src/stream/stream-frame.ts";
import { TOKENS } from "../e2e/api.ts";
import { type Check, eventually } from "./checks.ts";
import { seriesOf, tick } from "./fake-frames.ts";
import { FakedPage } from "./faked-page.ts";
import { overhang } from "./overhang.ts";
import { isLive } from "./shown.ts";
import type { Stage, Theme } from "./stage.ts";

const FORMAT = new Format("en");
const ROWS = "#latency .traced-calls tbody tr";
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SERIES = { target: "google", operation: "collect" };
const HOSTILE = '"><img src=x onerror=alert(1)>';

const SCREENS = [
  { name: "traced-calls-light", width: 1280, height: 900, colorScheme: "light" },
  { name: "traced-calls-phone-dark", width: 360, height: 740, colorScheme: "dark" },
] as const;

/** The calls of a series that can be looked at in their traces. */
export const tracedCalls: Theme = {
  name: "traced-calls",
  checks: (stage): readonly Check[] => [
    {
      title: "the slowest traced calls are those of /v1/live",
      run: () => showsThoseOfLive(stage),
    },
    {
      title: "a link where one is configured, never to a script; none, no table",
      run: () => linksSafely(stage),
    },
    { title: "a trace id is copied, in Portuguese as well", run: () => copies(stage) },
  ],
};

async function showsThoseOfLive(stage: Stage): Promise<void> {
  await stage.poster.board();
  // Those of the board are forgotten with the memory of whoever holds them, and after ten minutes.
  const { target, operation } = SERIES;
  await stage.poster.post({ target, operation, count: 76, medianMs: 120 });
  const { page } = await stage.open("traced calls", {
    token: TOKENS.read,
    path: `/?target=${target}&operation=${operation}`,
  });
  await eventually(async () => assert.equal(await isLive(page), true));
  await eventually(() => showsLive(stage, page));
  for (const { name, width, height, colorScheme } of SCREENS) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    await page.locator(ROWS).first().scrollIntoViewIfNeeded();
    await stage.screenshot(page, name);
    assert.equal(await overhang(page), 0, `${name} is wider than the screen`);
  }
  // Of a range of the past it still says what is now.
  await page.goto(`${stage.system.url}/?target=${target}&operation=${operation}&range=24h`);
  await eventually(() => showsLive(stage, page));
  await page.close();
}

/** What the API tells is asked for each time: somebody may call slower, and traced, in between. */
async function showsLive(stage: Stage, page: Page): Promise<void> {
  const { target, operation } = SERIES;
  const { series } = await stage.api.get<ContentFrame>(`/v1/live?target=${target}`);
  const exemplars = series.find((view) => view.operation === operation)?.exemplars ?? [];
  assert.ok(exemplars.length > 1, "the API tells none");
  assert.deepEqual(await rowsOf(page), exemplars.map(rowOf));
}

async function linksSafely(stage: Stage): Promise<void> {
  const templates = [
    ["https://traces.example.com/{traceId}", `https://traces.example.com/${TRACE}`],
    ["javascript:alert(1)//{traceId}", null],
    ["https://traces.example.com/nowhere", null],
    [undefined, null],
  ] as const;
  for (const [template, link] of templates) {
    const faked = await FakedPage.open(stage, "links to traces", (page) => say(page, template));
    const calls = [call(TRACE, 812.5), call(HOSTILE, 4)];
    const traced = { ...seriesOf("meta", "*"), exemplars: calls };
    await faked.begin([traced]);
    await eventually(async () => {
      assert.deepEqual(await rowsOf(faked.page), calls.map(rowOf));
      const links = faked.page.locator(`${ROWS} a`);
      const found = await links.evaluateAll((all) => all.map((one) => one.getAttribute("href")));
      assert.deepEqual(found.slice(0, 1), link === null ? [] : [link], template);
      const hostile = link === null ? [] : [link.replace(TRACE, encodeURIComponent(HOSTILE))];
      assert.deepEqual(found.slice(1), hostile, template);
    });
    assert.equal(await faked.page.locator("#latency img").count(), 0);
    (await faked.socket()).send(tick(faked.next(), { series: [seriesOf("meta", "*")] }));
    await faked.page.locator(".traced-calls").waitFor({ state: "detached", timeout: 2_000 });
    await faked.page.close();
  }
}

async function copies(stage: Stage): Promise<void> {
  const faked = await FakedPage.open(stage, "copying a trace id", async (page) => {
    await page.addInitScript(() => history.replaceState(null, "", "?lang=pt-BR"));
    await page.addInitScript(() => {
      const writeText = (text: string): Promise<void> => {
        document.documentElement.dataset["copied"] = text;
        return Promise.resolve();
      };
      Object.defineProperty(navigator, "clipboard", { value: { writeText } });
    });
  });
  await faked.begin([{ ...seriesOf("meta", "*"), exemplars: [call(TRACE, 812.5)] }]);
  const { page } = faked;
  const table = page.getByRole("region", { name: /mais lentas/ });
  await table.getByRole("button", { name: `Copiar: trace ${TRACE}` }).click();
  await eventually(async () => {
    assert.equal(await table.getByRole("status").textContent(), "Copiado");
    assert.equal(await page.evaluate(() => document.documentElement.dataset["copied"]), TRACE);
    assert.match((await table.locator("tbody tr").textContent()) ?? "", /há \d+ s/);
  });
  await page.close();
}

/** Answers who is signed in as a server does that is configured so. */
async function say(page: Page, template: string | undefined): Promise<void> {
  await page.route("**/v1/whoami", async (route) => {
    const response = await route.fetch();
    const answer: WhoamiAnswer = await response.json();
    const json = template === undefined ? answer : { ...answer, traceUrl: template };
    await route.fulfill({ response, json });
  });
}

function call(traceId: string, durationMs: number): ExemplarView {
  return { traceId, durationMs, at: Date.now() - 3_000 };
}

function rowOf({ traceId, durationMs }: ExemplarView): readonly (string | null)[] {
  return [FORMAT.ms(durationMs), traceId, traceId];
}

/** Of each row its duration, the id that is shown, and what it says that it is. */
function rowsOf(page: Page): Promise<(string | null)[][]> {
  return page
    .locator(ROWS)
    .evaluateAll((rows) =>
      rows.map((row) => [
        row.querySelector("th")?.textContent ?? null,
        row.querySelector("code")?.textContent ?? null,
        row.getAttribute("data-trace"),
      ]),
    );
}
