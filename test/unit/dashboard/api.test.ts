import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Api, ApiError } from "../../../dashboard/src/api.ts";

type Fetch = (address: URL, init: RequestInit) => Promise<Response>;

const sent: { address: URL; init: RequestInit }[] = [];

function answering(answer: () => Response | Promise<Response>): Api {
  const fake: Fetch = async (address, init) => {
    sent.push({ address, init });
    return answer();
  };
  vi.stubGlobal("fetch", fake);
  return new Api("a-token");
}

async function faultOf(asking: Promise<unknown>): Promise<ApiError> {
  const error = await asking.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiError)) throw new Error(`no ApiError: ${String(error)}`);
  return error;
}

beforeEach(() => {
  sent.length = 0;
  vi.stubGlobal("location", new URL("https://page.test/?range=1h#series"));
  vi.stubGlobal("document", { documentElement: { lang: "en" } });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("a request", () => {
  it("goes to the page's own server with the token, past every cache", async () => {
    const api = answering(() => Response.json({ points: [] }));
    const query = { target: "a b", from: 3, to: undefined };
    expect(await api.ask("/v1/history", { query })).toEqual({ points: [] });
    const [request] = sent;
    expect(request?.address.href).toBe("https://page.test/v1/history?target=a+b&from=3");
    const { method, headers, cache, body } = request?.init ?? {};
    expect([method, cache, body]).toEqual(["GET", "no-store", undefined]);
    expect(Object.fromEntries(new Headers(headers))).toEqual({ authorization: "Bearer a-token" });
  });

  it("carries its body as JSON, and may be answered with nothing", async () => {
    const api = answering(() => new Response(null, { status: 204 }));
    expect(await api.ask("/v1/silences", { method: "POST", body: { by: "ana" } })).toBeUndefined();
    const [request] = sent;
    expect(request?.init.body).toBe('{"by":"ana"}');
    expect(new Headers(request?.init.headers).get("content-type")).toBe("application/json");
  });
});

describe("an answer", () => {
  it("of any status but 2xx is a fault", async () => {
    for (const status of [301, 400, 401, 403, 404, 409, 429, 500, 502, 503]) {
      const api = answering(() => Response.json({ parts: {} }, { status }));
      const fault = await faultOf(api.ask("/health/deep"));
      expect(fault.status).toBe(status);
      const words = status < 500 ? "refused this" : "failed";
      expect(fault.message).toMatch(new RegExp(`^The server ${words} \\(${status}\\)`));
    }
  });

  it("of a status that was expected is an answer", async () => {
    const api = answering(() => Response.json({ parts: {} }, { status: 503 }));
    expect(await api.ask("/health/deep", { alsoGood: [503] })).toEqual({ parts: {} });
  });

  it("that explains itself is quoted, with each field that is wrong", async () => {
    const errors = [{ pointer: "/by", reason: "must be a name" }, { pointer: 7 }, null];
    const api = answering(() => Response.json({ detail: "Not so.", errors }, { status: 400 }));
    const fault = await faultOf(api.ask("/v1/silences"));
    expect(fault.message).toBe("Not so. /by: must be a name.");
    expect(fault.faults).toEqual([{ pointer: "/by", reason: "must be a name" }]);
  });

  it("that is no JSON is a proxy's", async () => {
    vi.spyOn(console, "info").mockReturnValue();
    const api = answering(() => new Response("<html>"));
    expect((await faultOf(api.ask("/v1/live"))).message).toMatch(/not Tachograph/);
    const refusing = answering(() => new Response("<html>", { status: 502 }));
    expect((await faultOf(refusing.ask("/v1/live"))).message).toMatch(/server failed \(502\)/);
  });
});

describe("no answer", () => {
  it("is a fault of status 0, also in the middle of one", async () => {
    const unreachable = answering(() => Promise.reject(new TypeError("Failed to fetch")));
    const fault = await faultOf(unreachable.ask("/v1/live"));
    expect([fault.status, fault.message]).toEqual([0, "The server cannot be reached."]);
    const body = new ReadableStream({
      start: (controller) => controller.error(new TypeError("network error")),
    });
    const cutOff = answering(() => new Response(body));
    expect((await faultOf(cutOff.ask("/v1/live"))).status).toBe(0);
  });

  it("is told in the page's language", async () => {
    vi.stubGlobal("document", { documentElement: { lang: "pt-BR" } });
    const unreachable = answering(() => Promise.reject(new TypeError("Failed to fetch")));
    const { message } = await faultOf(unreachable.ask("/v1/live"));
    expect(message).toBe("Não foi possível acessar o servidor.");
  });

  it("in time is told apart", async () => {
    const late = answering(() => Promise.reject(new DOMException("late", "TimeoutError")));
    expect((await faultOf(late.ask("/v1/live"))).message).toMatch(/in time/);
  });

  it("that is not wanted any more is no fault of the server", async () => {
    const gone = new DOMException("aborted", "AbortError");
    const api = answering(() => Promise.reject(gone));
    const asking = api.ask("/v1/live", { signal: AbortSignal.abort() });
    await expect(asking).rejects.toBe(gone);
  });
});
