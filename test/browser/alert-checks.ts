import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { ContentFrame } from "../../src/stream/stream-frame.ts";
import { TOKENS } from "../e2e/api.ts";
import { type Check, eventually } from "./checks.ts";
import { isLive } from "./shown.ts";
import type { Stage, Theme } from "./stage.ts";

const RULE = "consecutive-errors";
/** How long it may take until the rules are looked at again, and with them the silences. */
const EVALUATED_MS = 25_000;
const WHO = "Ana";
const WHY = "they said that they repair it";

/** What is done about an alert on the page, on a real server. */
export const alerts: Theme = {
  name: "alerts",
  checks: (stage): readonly Check[] => [
    { title: "a link to an alert leads to it, opened", run: () => followsLink(stage) },
    { title: "a link to an alert that never was says so", run: () => knowsNothingOf(stage) },
    { title: "who may only read is told which token is needed", run: () => explains(stage) },
    { title: "an alert is acknowledged, and the stream says so", run: () => acknowledges(stage) },
    { title: "an alert is silenced, and the silence ended", run: () => silences(stage) },
  ],
};

async function followsLink(stage: Stage): Promise<void> {
  const id = await firingId(stage);
  const page = await open(stage, "linked alert", TOKENS.read, `/#alert=${id}`);
  const row = rowOf(page, id);
  await row.waitFor({ timeout: 10_000 });
  assert.equal(await row.count(), 1);
  assert.equal(await row.getAttribute("data-marked"), "true");
  await eventually(async () => {
    assert.equal(await row.locator(".alert-details").isVisible(), true);
    const isThere = await row.evaluate((element) => {
      const { top, bottom } = element.getBoundingClientRect();
      return document.activeElement === element && bottom > 0 && top < innerHeight;
    });
    assert.ok(isThere, "it is not scrolled to, or has not the focus");
  });
  await page.close();
}

async function knowsNothingOf(stage: Stage): Promise<void> {
  await stage.poster.board();
  const page = await open(stage, "unknown alert", TOKENS.read, "/#alert=no.such-alert");
  const region = page.locator(".linked-alert");
  await eventually(async () => assert.match(await region.innerText(), /no\.such-alert/));
  await region.getByRole("button", { name: "Close" }).click();
  await eventually(async () => assert.equal(await region.count(), 0));
  await eventually(async () => assert.ok(!page.url().includes("#alert"), page.url()));
  await page.close();
}

async function explains(stage: Stage): Promise<void> {
  const id = await firingId(stage);
  const page = await open(stage, "reader of alerts", TOKENS.read, `/#alert=${id}`);
  const needed = rowOf(page, id).locator(".admin-needed");
  for (const action of ["Acknowledge", "Silence"]) {
    await button(page, id, action).click();
    await eventually(async () => {
      assert.match(await needed.innerText(), /token with the scope admin/);
      const hasFocus = await needed.evaluate((one) => one.contains(document.activeElement));
      assert.ok(hasFocus, "the focus is elsewhere");
    });
    await page.keyboard.press("Escape");
    await eventually(async () => assert.equal(await needed.count(), 0));
  }
  await button(page, id, "Silence").click();
  await page.getByRole("button", { name: "Sign in with another token" }).click();
  await page.locator("#sign-in").waitFor({ timeout: 5_000 });
  assert.match(await page.locator("#sign-in").innerText(), /scope admin/);
  await page.close();
}

async function acknowledges(stage: Stage): Promise<void> {
  const id = await firingId(stage);
  const page = await open(stage, "acknowledged", TOKENS.admin, `/#alert=${id}`);
  // Another page, which does nothing, hears of it by the stream alone.
  const other = await open(stage, "acknowledged elsewhere", TOKENS.read);
  await button(page, id, "Acknowledge").click();
  await page.getByLabel("Your name").fill(WHO);
  await page.keyboard.press("Enter");
  for (const shown of [page, other]) {
    await eventually(async () => {
      assert.match(await rowOf(shown, id).innerText(), new RegExp(`Taken on by ${WHO}`));
    });
  }
  assert.equal(await button(page, id, "Acknowledge").count(), 0);
  const [alert] = (await alertsOf(stage)).filter((one) => one.id === id);
  assert.equal(alert?.acknowledgedBy, WHO);
  await Promise.all([page.close(), other.close()]);
}

async function silences(stage: Stage): Promise<void> {
  const id = await firingId(stage);
  const page = await open(stage, "silenced", TOKENS.admin, `/#alert=${id}`);
  await button(page, id, "Silence").click();
  const form = rowOf(page, id).locator("form");
  await form.getByLabel("Your name").fill(WHO);
  await form.getByLabel("Why").fill(WHY);
  await form.getByRole("button", { name: "Silence", exact: true }).click();
  await eventually(async () => assert.match(await rowOf(page, id).innerText(), /Silenced/));
  const [alert] = (await alertsOf(stage)).filter((one) => one.id === id);
  assert.ok(alert?.silencedBy, "the server does not know of it");
  await eventually(async () => assert.ok((await rowOf(page, id).innerText()).includes(WHY)));
  await page
    .locator("#alerts")
    .getByRole("button", { name: /^Silences/ })
    .click();
  const listed = page.locator("#alerts tr, #alerts li").filter({ hasText: WHY });
  await listed.getByRole("button", { name: /^End/ }).first().click();
  await eventually(async () => {
    assert.doesNotMatch(await rowOf(page, id).innerText(), /Silenced/);
    const [ended] = (await alertsOf(stage)).filter((one) => one.id === id);
    assert.equal(ended?.silencedBy, null);
  }, EVALUATED_MS);
  await page.close();
}

async function open(stage: Stage, name: string, token: string, path = "/"): Promise<Page> {
  const { page } = await stage.open(name, { token, path });
  await eventually(async () => assert.equal(await isLive(page), true));
  return page;
}

/** One that fires. */
async function firingId(stage: Stage): Promise<string> {
  await stage.poster.board();
  return eventually(async () => {
    const [alert] = (await alertsOf(stage)).filter(
      ({ rule, state }) => rule === RULE && state === "firing",
    );
    assert.ok(alert, "nothing fires");
    return alert.id;
  });
}

async function alertsOf(stage: Stage) {
  return (await stage.api.get<ContentFrame>("/v1/live")).alerts ?? [];
}

function rowOf(page: Page, id: string) {
  return page.locator(`#alerts [data-alert="${id}"]`);
}

/** What may be done about an alert, as its row offers it. */
function button(page: Page, id: string, action: string) {
  return rowOf(page, id).getByRole("button", { name: `${action}: ` });
}
