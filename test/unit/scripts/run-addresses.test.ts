import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  readAddresses,
  removeAddresses,
  writeAddresses,
} from "../../../scripts/lib/run-addresses.ts";

let runDir: string;

beforeEach(() => {
  runDir = mkdtempSync(join(tmpdir(), "tachograph-addresses-"));
});
afterEach(() => rmSync(runDir, { recursive: true }));

it("gives back what was written, until it is removed", () => {
  expect(readAddresses(runDir)).toBeUndefined();
  const addresses = {
    tachograph: "http://127.0.0.1:1",
    trackingWorker: "http://127.0.0.1:2",
    receiver: null,
  };
  writeAddresses(runDir, addresses);
  expect(readAddresses(runDir)).toEqual(addresses);
  removeAddresses(runDir);
  expect(readAddresses(runDir)).toBeUndefined();
  removeAddresses(runDir);
});

it.each(["", "{", "{}", '{"tachograph":1,"trackingWorker":"","receiver":null}'])(
  "takes a broken file (%j) for none",
  (text) => {
    writeFileSync(join(runDir, "addresses.json"), text);
    expect(readAddresses(runDir)).toBeUndefined();
  },
);
