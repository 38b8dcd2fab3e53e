import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { call } from "../e2e/api.ts";
import type { Theme } from "./stage.ts";

const BUILD_DIR = join(import.meta.dirname, "../../dashboard/public/build");
const PROBLEM = "application/problem+json";
const MAX_SCRIPT_BYTES = 120 * 1024;

/** Every directive of the page's policy: a new one is to be a decision. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
];

/** What is served where: the page's files, and the Worker for everything else. */
export const serving: Theme = {
  name: "serving",
  checks: ({ system: { url } }) => [
    { title: "page and build have a strict policy", run: () => servesPage(url) },
    { title: "no script, no style and no handler in the HTML", run: () => isWithoutInline(url) },
    { title: "at most 120 KB of JavaScript compressed", run: () => isSmall(url) },
    { title: "everything else reaches the Worker", run: () => reachesWorker(url) },
  ],
};

async function servesPage(url: string): Promise<void> {
  const built = readdirSync(BUILD_DIR, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.(js|css)$/.test(name),
  );
  assert.ok(built.includes("main.js") && built.includes("style.css"), built.join(", "));
  for (const path of ["/", "/favicon.svg", ...built.map((name) => `/build/${name}`)]) {
    const { status, headers } = await call(`${url}${path}`);
    assert.equal(status, 200, path);
    const policy = (headers.get("content-security-policy") ?? "").split("; ");
    assert.deepEqual(policy.toSorted(), POLICY.toSorted(), path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(headers.get("referrer-policy"), "no-referrer", path);
  }
}

async function isWithoutInline(url: string): Promise<void> {
  const { text } = await call(`${url}/`);
  assert.doesNotMatch(text, /<style|\sstyle=|\son\w+=|javascript:|https?:/i);
  for (const [script = ""] of text.matchAll(/<script[^>]*>[^<]*/gi)) {
    assert.match(script, /^<script type="module" src="\/build\/[\w.-]+">$/);
  }
}

async function isSmall(url: string): Promise<void> {
  let total = 0;
  const parts: string[] = [];
  for (const name of readdirSync(BUILD_DIR, { recursive: true, encoding: "utf8" }).filter((each) =>
    each.endsWith(".js"),
  )) {
    const bytes = readFileSync(join(BUILD_DIR, name));
    assert.equal((await call(`${url}/build/${name}`)).text, bytes.toString(), name);
    const { length } = gzipSync(bytes, { level: 6 });
    total += length;
    parts.push(`${name} ${(length / 1024).toFixed(1)}`);
  }
  console.log(`        ${(total / 1024).toFixed(1)} KiB by gzip: ${parts.join(", ")}`);
  assert.ok(total <= MAX_SCRIPT_BYTES, `${total} bytes`);
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
    ["/build/.made-of", 404],
  ] as const) {
    const answer = await call(`${url}${path}`);
    assert.equal(answer.status, status, path);
    assert.equal(answer.headers.get("content-type"), PROBLEM, path);
  }
}
