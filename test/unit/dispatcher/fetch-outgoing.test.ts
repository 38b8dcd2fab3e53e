import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import {
  FetchTransport,
  MAX_ANSWER_BYTES,
  type MailBinding,
} from "../../../src/dispatcher/fetch-outgoing.ts";
import { ping } from "../../../src/dispatcher/ping.ts";

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}/hook?key=hunter2`;
}

function transport(more: { allowPrivateUrls?: boolean; mail?: MailBinding } = {}): FetchTransport {
  return new FetchTransport({
    fetch: (url, init) => fetch(url, init),
    mailBinding: (name) => (name === "EMAIL" ? more.mail : undefined),
    allowPrivateUrls: more.allowPrivateUrls ?? true,
  });
}

const post = (url: string) =>
  ({ via: "http", url, headers: { "X-Kind": "alert" }, body: "{}" }) as const;

const never = new AbortController().signal;

test("posts, and gives the answer with its headers in lower case", async () => {
  let got = "";
  const url = await serve((request, response) => {
    request.on("data", (chunk: Buffer) => (got += chunk.toString()));
    request.on("end", () => {
      got = `${request.method} ${String(request.headers["x-kind"])} ${got}`;
      response.writeHead(202, { "Retry-After": "5" }).end("taken");
    });
  });
  expect(await transport().send(post(url), never)).toMatchObject({
    kind: "answer",
    answer: { status: 202, headers: { "retry-after": "5" }, body: "taken" },
  });
  expect(got).toBe("POST alert {}");
});

test("does not follow a redirect", async () => {
  let isFollowed = false;
  const elsewhere = await serve((_, response) => {
    isFollowed = true;
    response.end();
  });
  const url = await serve((_, response) => {
    response.writeHead(307, { Location: elsewhere }).end();
  });
  expect(await transport().send(post(url), never)).toMatchObject({ answer: { status: 307 } });
  expect(isFollowed).toBe(false);
});

test("reads the beginning of ten megabytes and hangs up", async () => {
  let sent = 0;
  const chunk = Buffer.alloc(65_536, "a");
  const url = await serve((_, response) => {
    response.writeHead(200);
    const more = (): void => {
      while (sent < 10_000_000 && !response.destroyed) {
        sent += chunk.length;
        if (!response.write(chunk)) return;
      }
      response.end();
    };
    response.on("drain", more);
    more();
  });
  const result = await transport().send(post(url), never);
  if (result.kind !== "answer") throw new Error("no answer");
  expect(result.answer.body).toBe("a".repeat(MAX_ANSWER_BYTES));
  expect(sent).toBeLessThan(10_000_000);
});

test("takes what came until then of an answer that never ends", async () => {
  const url = await serve((_, response) => {
    response.writeHead(200).write("ok");
  });
  const controller = new AbortController();
  const sent = transport().send(post(url), controller.signal);
  setTimeout(() => controller.abort(new Error("no answer within 50 ms")), 50);
  expect(await sent).toMatchObject({ answer: { status: 200, body: "ok" } });
});

test("takes the status of an answer that breaks off", async () => {
  const url = await serve((_, response) => {
    response.writeHead(500, { "content-length": "100" }).write("half");
    setTimeout(() => response.destroy(), 20);
  });
  expect(await transport().send(post(url), never)).toMatchObject({ answer: { status: 500 } });
});

test("says that there was no answer, and does not wait for it", async () => {
  const url = await serve(() => undefined);
  const controller = new AbortController();
  const sent = transport().send(post(url), controller.signal);
  setTimeout(() => controller.abort(new Error("no answer within 20 ms")), 20);
  expect(await sent).toEqual({
    kind: "failed",
    verdict: { kind: "retry", detail: "no answer within 20 ms" },
  });
});

test("says why a receiver is not reached, without the secret in its URL", async () => {
  const url = await serve((request) => request.socket.destroy());
  const result = await transport().send(post(url), never);
  expect(result).toMatchObject({
    kind: "failed",
    verdict: { kind: "retry", detail: /not reached/ },
  });
  const telling = new FetchTransport({
    fetch: (given) => Promise.reject(new TypeError(`cannot load ${given}`)),
    mailBinding: () => undefined,
    allowPrivateUrls: true,
  });
  const told = JSON.stringify(await telling.send(post(url), never));
  expect(told).toContain("cannot load http://127.0.0.1:");
  expect(told).not.toContain("hunter2");
});

test("does not call what may not be called", async () => {
  const url = await serve(() => expect.unreachable());
  expect(await transport({ allowPrivateUrls: false }).send(post(url), never)).toMatchObject({
    kind: "failed",
    verdict: { kind: "disabled", detail: /allowPrivateUrls/ },
  });
});

test("reads at most 64 headers", async () => {
  const url = await serve((_, response) => {
    for (let i = 0; i < 80; i++) response.setHeader(`x-${i}`, "1");
    response.end();
  });
  const result = await transport().send(post(url), never);
  if (result.kind !== "answer") throw new Error("no answer");
  expect(Object.keys(result.answer.headers)).toHaveLength(64);
});

const mail = {
  from: "a@example.com",
  to: ["b@example.com"],
  subject: "s",
  text: "t",
  html: "<p>h</p>",
  headers: { "X-Kind": "alert" },
};

test("sends a mail by its binding, and reads what it answers or throws", async () => {
  const sent: unknown[] = [];
  const working = transport({
    mail: {
      send: (given) => {
        sent.push(given);
        return Promise.resolve({ messageId: "m-1" });
      },
    },
  });
  const outgoing = { via: "email", binding: "EMAIL", mail } as const;
  expect(await working.send(outgoing, never)).toMatchObject({
    answer: { status: 200, body: /m-1/ },
  });
  expect(sent).toEqual([mail]);
  const error = Object.assign(new Error("slow down"), { code: "E_RATE_LIMIT_EXCEEDED" });
  const failing = transport({ mail: { send: () => Promise.reject(error) } });
  expect(await failing.send(outgoing, never)).toMatchObject({
    answer: { status: 500, body: /E_RATE_LIMIT_EXCEEDED/ },
  });
  expect(await transport().send(outgoing, never)).toMatchObject({
    verdict: { kind: "disabled", detail: /send_email/ },
  });
});

test("the heartbeat URL has to answer well", async () => {
  let status = 204;
  const url = await serve((request, response) => {
    response.writeHead(request.method === "GET" ? status : 405).end();
  });
  const means = { fetch: (given: string, init: RequestInit) => fetch(given, init) };
  await ping(url, never, { ...means, allowPrivateUrls: true });
  status = 302;
  await expect(ping(url, never, { ...means, allowPrivateUrls: true })).rejects.toThrow(/302/);
  await expect(ping(url, never, { ...means, allowPrivateUrls: false })).rejects.toThrow(/http:/);
});
