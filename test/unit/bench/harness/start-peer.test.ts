import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, it, onTestFinished } from "vitest";
import { stateRoot } from "../../../../bench/lib/run-directory.ts";
import { isRunning, RUN_ID } from "../../../../bench/lib/run-id.ts";
import { answersHttp } from "../../../../bench/lib/server-process.ts";
import { isMissing, type Peer } from "../../../../bench/peers/peer.ts";
import {
  type PeerProgram,
  startPeer,
  type StartPeerOptions,
} from "../../../../bench/peers/start-peer.ts";
import { freePort } from "../../../../scripts/lib/free-port.ts";

const COMMAND = "some-fake-peer";
/** Longer than any program of these takes to start, however busy the machine is. */
const PATIENT = { readyMs: 30_000, graceMs: 10_000 };

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tachograph-peer-"));
  path = process.env["PATH"] ?? "";
  process.env["PATH"] = `${directory}${delimiter}${path}`;
});
afterEach(() => {
  process.env["PATH"] = path;
  rmSync(directory, { recursive: true });
});

/** Writes the program that the PATH has as the peer. */
function install(text: string, mode = 0o755): void {
  const file = join(directory, COMMAND);
  writeFileSync(file, text);
  chmodSync(file, mode);
}

/** A program that answers on its port after so long. */
function installServer(afterMs = 0, more = ""): void {
  install(`#!${process.execPath}
${more}
const server = require("node:http").createServer((_, response) => response.end("ok"));
setTimeout(() => server.listen(Number(process.argv[2]), "127.0.0.1"), ${afterMs});
`);
}

const PROGRAM: PeerProgram = {
  name: "Fake",
  command: COMMAND,
  debianPackage: "no-such-package-of-debian",
  args: (port) => [String(port)],
  answers: (port) => answersHttp(`http://127.0.0.1:${port}/`),
};

/** Why it is missing. */
async function whyMissing(
  options: StartPeerOptions = PATIENT,
  program: PeerProgram = PROGRAM,
): Promise<string> {
  const peer = await startPeer(program, options);
  if (isMissing(peer)) return peer.missing;
  await peer.stop();
  throw new Error("it runs");
}

async function started(options: StartPeerOptions = PATIENT): Promise<Peer> {
  const peer = await startPeer(PROGRAM, options);
  if (isMissing(peer)) throw new Error(peer.missing);
  onTestFinished(() => peer.stop());
  return peer;
}

function directoriesLeft(): string[] {
  return readdirSync(stateRoot()).filter((name) => name.startsWith(`run-${RUN_ID}-${COMMAND}`));
}

it("says what to install when there is no such program, or none that can be run", async () => {
  const why = `${COMMAND} is not installed: apt-get install no-such-package-of-debian`;
  expect(await whyMissing()).toBe(why);
  install("#!/bin/sh\n", 0o644);
  expect(await whyMissing()).toBe(why);
});

it("says what a program that ends at once has said, wherever it said it", async () => {
  install("#!/bin/sh\necho no licence >&2\nexit 3\n");
  expect(await whyMissing()).toBe("did not start: Fake ended: no licence");
  install("#!/bin/sh\necho no memory\nexit 0\n");
  expect(await whyMissing()).toBe("did not start: Fake ended: no memory");
  install("#!/no/such/shell\n");
  expect(await whyMissing()).toMatch(/^did not start: Fake ended: spawn .*ENOENT/u);
  expect(directoriesLeft()).toEqual([]);
});

it("ends one that never listens, and one that listens and never answers", async () => {
  const late = { readyMs: 300, graceMs: 10_000 };
  install("#!/bin/sh\necho waiting >&2\nexec sleep 60\n");
  expect(await whyMissing(late)).toMatch(
    /^did not start: Fake did not answer within 300 ms(?:: waiting)?$/u,
  );
  const mute = createServer(() => undefined);
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    mute.closeAllConnections();
    mute.close();
  });
  const { port } = mute.address() as AddressInfo;
  const answers = (): Promise<boolean> => answersHttp(`http://127.0.0.1:${port}/`);
  expect(await whyMissing(late, { ...PROGRAM, answers })).toContain("did not answer within 300 ms");
  const never = (): Promise<boolean> => new Promise(() => undefined);
  const why = await whyMissing(late, { ...PROGRAM, answers: never });
  expect(why).toContain("did not answer within 300 ms");
  expect(directoriesLeft()).toEqual([]);
});

it("waits for one that answers late, and ends it with its state", async () => {
  installServer(300);
  const peer = await started();
  expect(await (await fetch(peer.url)).text()).toBe("ok");
  expect(peer).toMatchObject({ name: "Fake", version: "of unknown version" });
  expect(existsSync(peer.directory)).toBe(true);
  const { pid } = peer;
  await peer.stop();
  await peer.stop();
  expect(isRunning(String(pid))).toBe(false);
  expect(existsSync(peer.directory)).toBe(false);
});

it("is not taken in by whoever has its port, and starts on another one", async () => {
  installServer();
  const squatter = createServer((_, response) => response.end("not me"));
  await new Promise<void>((resolve) => squatter.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void squatter.close());
  const { port: taken } = squatter.address() as AddressInfo;
  const tried: number[] = [];
  const pickPorts = async (): Promise<number[]> => {
    tried.push(tried.length === 0 ? taken : await freePort(taken + 1));
    return tried.slice(-1);
  };
  const peer = await started({ ...PATIENT, pickPorts });
  expect(tried).toHaveLength(2);
  expect(peer.port).toBe(tried[1]);
  expect(await (await fetch(peer.url)).text()).toBe("ok");
});

it("gives up when every port is taken, with what the program said of it", async () => {
  installServer();
  const squatter = createServer((_, response) => response.end("not me"));
  await new Promise<void>((resolve) => squatter.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void squatter.close());
  const { port } = squatter.address() as AddressInfo;
  let picks = 0;
  const pickPorts = (): Promise<number[]> => {
    picks += 1;
    return Promise.resolve([port]);
  };
  expect(await whyMissing({ ...PATIENT, pickPorts })).toMatch(/^did not start: Fake ended: /u);
  expect(picks).toBe(3);
});

it("kills one that does not end by itself", async () => {
  installServer(0, 'process.on("SIGTERM", () => undefined);');
  const peer = await started({ ...PATIENT, graceMs: 50 });
  const { pid } = peer;
  await peer.stop();
  expect(isRunning(String(pid))).toBe(false);
});

it("starts again on its port and state after a crash", async () => {
  installServer();
  const peer = await started();
  const { pid, port, directory: state } = peer;
  await peer.crash();
  expect(isRunning(String(pid))).toBe(false);
  expect(peer.pid).not.toBe(pid);
  expect(peer).toMatchObject({ port, directory: state });
  expect(await (await fetch(peer.url)).text()).toBe("ok");
});

it("counts as not started, and is ended, when it cannot be prepared", async () => {
  installServer();
  const prepare = (): Promise<void> => Promise.reject(new Error("made no database"));
  expect(await whyMissing(PATIENT, { ...PROGRAM, prepare })).toBe(
    "did not start: made no database",
  );
  expect(directoriesLeft()).toEqual([]);
});
