import { expect, test } from "vitest";

import { readSignal } from "../../../src/client/index.ts";

const NOW = Date.UTC(2026, 10, 20, 12, 0, 0);
const YEAR_S = 31_536_000;

type Case = readonly [status: number, headers: Record<string, string>, signal: unknown];

function signalOf(status: number, headers: Record<string, string>): unknown {
  return readSignal({ status, headers: new Headers(headers) }, NOW);
}

const LIMITED = { status: 429, isLimited: true };

const refusals: readonly Case[] = [
  [429, {}, LIMITED],
  [429, { "retry-after": "30" }, { ...LIMITED, retryAfterMs: 30_000 }],
  [429, { "retry-after": " 30 " }, { ...LIMITED, retryAfterMs: 30_000 }],
  [429, { "retry-after": "0.25" }, { ...LIMITED, retryAfterMs: 250 }],
  [429, { "retry-after": "0" }, LIMITED],
  [429, { "retry-after": "-5" }, LIMITED],
  [429, { "retry-after": "" }, LIMITED],
  [429, { "retry-after": "soon" }, LIMITED],
  [429, { "retry-after": "soon 5" }, LIMITED],
  [429, { "retry-after": "1e3" }, LIMITED],
  [429, { "retry-after": "0x10" }, LIMITED],
  [429, { "retry-after": "Infinity" }, LIMITED],
  [429, { "retry-after": "30, 60" }, LIMITED],
  [429, { "retry-after": String(YEAR_S) }, { ...LIMITED, retryAfterMs: YEAR_S * 1_000 }],
  [429, { "retry-after": "999999999999999" }, { ...LIMITED, retryAfterMs: 1e12 }],
  [429, { "retry-after": "9".repeat(400) }, LIMITED],
  [429, { "retry-after": "Fri, 20 Nov 2026 12:01:30 GMT" }, { ...LIMITED, retryAfterMs: 90_000 }],
  [429, { "retry-after": "Friday, 20-Nov-26 12:01:30 GMT" }, { ...LIMITED, retryAfterMs: 90_000 }],
  [429, { "retry-after": "Fri Nov 20 12:01:30 2026" }, { ...LIMITED, retryAfterMs: 90_000 }],
  [429, { "retry-after": "Fri, 20 Nov 2026 11:59:59 GMT" }, LIMITED],
  [429, { "retry-after": "Fri, 20 Nov 2026 12:00:00 GMT" }, LIMITED],
  [429, { "retry-after": "Fri, 45 Nov 2026 12:00:00 GMT" }, LIMITED],
  [429, { "retry-after": "2026-11-20T12:01:30Z" }, LIMITED],
  [
    429,
    { "retry-after": "Sat, 20 Nov 2027 12:00:00 GMT" },
    { ...LIMITED, retryAfterMs: YEAR_S * 1_000 },
  ],
  [503, {}, undefined],
  [503, { "retry-after": "7" }, { status: 503, isLimited: true, retryAfterMs: 7_000 }],
  [503, { "retry-after": "later" }, { status: 503, isLimited: true }],
  [500, { "retry-after": "7" }, undefined],
  [200, { "retry-after": "7" }, undefined],
  [0, { "retry-after": "7" }, undefined],
];

test.each(refusals)("a refusal: %d %j", (status, headers, signal) => {
  expect(signalOf(status, headers)).toEqual(signal);
});

const USED_UP = { status: 200, isLimited: true };

const windows: readonly Case[] = [
  [200, {}, undefined],
  [200, { "x-ratelimit-remaining": "0" }, undefined],
  [200, { "x-ratelimit-remaining": "1", "x-ratelimit-reset": "30" }, undefined],
  [200, { "x-ratelimit-remaining": "none", "x-ratelimit-reset": "30" }, undefined],
  [200, { "x-ratelimit-remaining": "-1", "x-ratelimit-reset": "30" }, undefined],
  [200, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "x" }, undefined],
  [200, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "0" }, undefined],
  [
    200,
    { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "30" },
    { ...USED_UP, retryAfterMs: 30_000 },
  ],
  [
    200,
    { "x-ratelimit-remaining": "0.0", "x-ratelimit-reset": String(NOW / 1_000 + 30) },
    { ...USED_UP, retryAfterMs: 30_000 },
  ],
  [
    200,
    { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(NOW + 1_500) },
    { ...USED_UP, retryAfterMs: 1_500 },
  ],
  [200, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(NOW - 1) }, undefined],
  [200, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(NOW / 1_000 - 1) }, undefined],
  [
    429,
    { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "60", "retry-after": "2" },
    { ...LIMITED, retryAfterMs: 2_000 },
  ],
  [
    429,
    { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "60" },
    { ...LIMITED, retryAfterMs: 60_000 },
  ],
  [200, { ratelimit: '"burst";r=0;t=30' }, { ...USED_UP, retryAfterMs: 30_000 }],
  [200, { ratelimit: '"burst"; r=0 ; t=30' }, { ...USED_UP, retryAfterMs: 30_000 }],
  [200, { ratelimit: '"burst";t=30;pk=:YWJj:;r=0' }, { ...USED_UP, retryAfterMs: 30_000 }],
  [200, { ratelimit: '"burst";r=1;t=30' }, undefined],
  [200, { ratelimit: '"burst";r=10;t=30' }, undefined],
  [200, { ratelimit: '"burst";r=0' }, undefined],
  [200, { ratelimit: '"burst";r=0.5;t=30' }, undefined],
  [200, { ratelimit: '"burst";r=0;t=soon' }, undefined],
  [200, { ratelimit: "burst;r=0;t=30" }, undefined],
  [200, { ratelimit: '"a;r=0;t=9' }, undefined],
  [200, { ratelimit: '"day";r=7;t=9000, "burst";r=0;t=3' }, { ...USED_UP, retryAfterMs: 3_000 }],
  [200, { ratelimit: '"day";r=0;t=9000, "burst";r=0;t=3' }, { ...USED_UP, retryAfterMs: 9e6 }],
];

test.each(windows)("a window that is used up: %d %j", (status, headers, signal) => {
  expect(signalOf(status, headers)).toEqual(signal);
});

const app = (value: unknown) => ({ "x-app-usage": JSON.stringify(value) });
const account = (value: unknown) => ({ "x-ad-account-usage": JSON.stringify(value) });
const business = (...usages: unknown[]) => ({
  "x-business-use-case-usage": JSON.stringify({ "1234": usages }),
});
const used = (usedPercent: number) => ({ status: 200, isLimited: false, usedPercent });
const usedUp = (usedPercent: number) => ({ status: 200, isLimited: true, usedPercent });

const usages: readonly Case[] = [
  [200, app({ call_count: 28, total_time: 25, total_cputime: 79.9 }), undefined],
  [200, app({ call_count: 28, total_time: 80, total_cputime: 25 }), used(80)],
  [200, app({ call_count: 91, total_time: 5, total_cputime: 95.5 }), used(95.5)],
  [200, app({ call_count: 100, total_time: 5, total_cputime: 5 }), usedUp(100)],
  [400, app({ call_count: 130 }), { ...usedUp(130), status: 400 }],
  [200, app({ call_count: "99" }), undefined],
  [200, app({ call_count: -1, total_time: null }), undefined],
  [200, app([99]), undefined],
  [200, app(99), undefined],
  [200, app(null), undefined],
  [200, { "x-app-usage": '{"call_count":99' }, undefined],
  [200, { "x-app-usage": "call_count=99" }, undefined],
  [200, { "x-app-usage": "" }, undefined],
  [200, { "x-app-usage": `{"call_count":99}${" ".repeat(10)}` }, used(99)],
  [200, { "x-app-usage": `{"a":"${"x".repeat(40_000)}","call_count":99}` }, undefined],
  [200, { "x-app-usage": '{"__proto__":{"call_count":99}}' }, undefined],
  [200, { "x-app-usage": '{"call_count":1e400}' }, usedUp(1e6)],
  [200, business({ type: "ads_management", call_count: 85, total_time: 1 }), used(85)],
  [
    200,
    business({ call_count: 5 }, { total_cputime: 120, estimated_time_to_regain_access: 15 }),
    { ...usedUp(120), retryAfterMs: 900_000 },
  ],
  [
    200,
    business({ call_count: 60, estimated_time_to_regain_access: 2 }),
    { ...USED_UP, retryAfterMs: 120_000 },
  ],
  [200, business({ call_count: 60, estimated_time_to_regain_access: 0 }), undefined],
  [200, business(null, "x", 7, []), undefined],
  [200, { "x-business-use-case-usage": '{"1234":{"call_count":99}}' }, undefined],
  [200, { "x-business-use-case-usage": '["x"]' }, undefined],
  [200, account({ acc_id_util_pct: 85.5, reset_time_duration: 100 }), used(85.5)],
  [
    200,
    account({ acc_id_util_pct: 100, reset_time_duration: 100 }),
    { ...usedUp(100), retryAfterMs: 100_000 },
  ],
  [200, account({ acc_id_util_pct: 9.67, reset_time_duration: 100 }), undefined],
  [
    429,
    { ...app({ call_count: 101 }), "retry-after": "4" },
    { ...LIMITED, usedPercent: 101, retryAfterMs: 4_000 },
  ],
];

test.each(usages)("Meta's usage: %d %j", (status, headers, signal) => {
  expect(signalOf(status, headers)).toEqual(signal);
});

test("a Response is read as it is", () => {
  const response = new Response(null, { status: 429, headers: { "Retry-After": "3" } });
  expect(readSignal(response, NOW)).toEqual({ ...LIMITED, retryAfterMs: 3_000 });
});
