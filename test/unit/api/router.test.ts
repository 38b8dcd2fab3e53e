import { expect, it } from "vitest";
import { handleRequest } from "../../../src/api/router.ts";

const TOKENS = JSON.stringify({
  "dev-read": { tenant: "default", scopes: ["read"], plan: "unlimited" },
});

async function ask(
  url: string,
  method = "GET",
): Promise<{ readonly status: number; readonly body: unknown }> {
  const request = new Request(url, { method, headers: { authorization: "Bearer dev-read" } });
  const env = { TOKENS } as unknown as Env;
  const ctx = { waitUntil: () => undefined } as unknown as ExecutionContext;
  const answer = await handleRequest(request, env, ctx);
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
}

const WHO = { status: 200, body: expect.objectContaining({ tenant: "default" }) as unknown };

it.each([
  "https://tacho.example/v1/whoami",
  "https://tacho.example/v1/whoami?",
  "https://tacho.example/v1/whoami?next=/v1/live&again=?",
  "https://tacho.example/v1/whoami?host=//x/health",
  "https://tacho.example/v1/whoami#part",
  "https://tacho.example/v1/whoami/",
  "https://tacho.example/v1/./whoami",
  "https://tacho.example/v1/live/../whoami",
  "http://[::1]:8787/v1/whoami",
])("%s is /v1/whoami", async (url) => {
  expect(await ask(url)).toEqual(WHO);
});

it.each([
  "https://tacho.example?/v1/whoami",
  "https://tacho.example/?/v1/whoami",
  "https://tacho.example//v1/whoami",
  "https://tacho.example/v1/Whoami",
  "https://tacho.example/v1/whoamis",
  "https://tacho.example/x/v1/whoami",
])("%s is nothing", async (url) => {
  expect(await ask(url)).toMatchObject({ status: 404 });
});

it("says what is allowed where the method is not, and answers HEAD as GET without a body", async () => {
  const url = "https://tacho.example/v1/whoami";
  expect(await ask(url, "POST")).toMatchObject({ status: 405 });
  expect(await ask(url, "HEAD")).toEqual({ status: 200, body: undefined });
});

it("asks for the scope of a route that it finds directly", async () => {
  expect(await ask("https://tacho.example/v1/timings", "POST")).toMatchObject({ status: 403 });
});
