import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { call } from "../e2e/api.ts";
import type { Check } from "./checks.ts";

const PUBLIC_DIR = join(import.meta.dirname, "../../dashboard/public");
const PROBLEM = "application/problem+json";

/** What is served where: the page's files, and the Worker for everything else. */
export function servingChecks(url: string): readonly Check[] {
  return [
    { title: "GET / is the page, with a strict policy", run: () => servesPage(url) },
    { title: "every module that the page loads is preloaded", run: () => preloadsAll(url) },
    { title: "everything else reaches the Worker", run: () => reachesWorker(url) },
  ];
}

async function servesPage(url: string): Promise<void> {
  for (const path of ["/", "/js/main.js", "/style.css", "/favicon.svg"]) {
    const { status, headers } = await call(`${url}${path}`);
    assert.equal(status, 200, path);
    const policy = (headers.get("content-security-policy") ?? "").split("; ");
    for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]) {
      assert.ok(policy.includes(rule), `${path}: ${rule}`);
    }
    assert.ok(!policy.join(" ").includes("unsafe"), path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(headers.get("referrer-policy"), "no-referrer", path);
  }
}

async function preloadsAll(url: string): Promise<void> {
  const { text } = await call(`${url}/`);
  for (const name of readdirSync(join(PUBLIC_DIR, "js"))) {
    assert.ok(text.includes(`"/js/${name}"`), `${name} is not in index.html`);
  }
}

async function reachesWorker(url: string): Promise<void> {
  const health = await call(`${url}/health`);
  assert.equal(health.status, 200);
  assert.match(health.text, /"status":"ok"/);
  for (const [path, status] of [
    ["/v1/live", 401],
    ["/v1/stream", 401],
    ["/health/deep", 401],
    ["/v1/nothing", 404],
    ["/nothing", 404],
    ["/_headers", 404],
  ] as const) {
    const answer = await call(`${url}${path}`);
    assert.equal(answer.status, status, path);
    assert.equal(answer.headers.get("content-type"), PROBLEM, path);
  }
}
