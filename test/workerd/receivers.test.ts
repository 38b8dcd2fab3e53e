import { afterEach, expect, test } from "vitest";
import { config } from "../../src/configured.ts";
import { configure, hook, restoreConfig } from "./receivers.ts";

afterEach(() => restoreConfig());

const { channels, delivery } = config;

test("what one test configures is neither another's nor another file's", () => {
  configure({ a: hook("a") }, { timeoutMs: 200 });
  expect(config).toMatchObject({ channels: { a: hook("a") }, delivery: { timeoutMs: 200 } });
  configure({ b: hook("b") });
  expect(config).toMatchObject({ channels: { b: hook("b") }, delivery });
  expect(config.channels).not.toHaveProperty("a");
  restoreConfig();
  expect(config).toMatchObject({ channels, delivery });
  expect(config.channels).not.toHaveProperty("b");
});
