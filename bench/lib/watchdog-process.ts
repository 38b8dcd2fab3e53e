import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { endLeftovers } from "./end-leftovers.ts";
import { removeStaleRuns } from "./run-directory.ts";
import { isRunning } from "./run-id.ts";

/** How long a process takes to be gone at most, once what it had open is closed. */
const GONE_MS = 10_000;
const LOOK_MS = 20;

/*
 * Started by `startWatchdog`, with the id of the run and where its state is. The run holds the other end of stdin: it
 * closes when the run ends, however it does.
 */
const [, , run = "", stateRoot] = process.argv;
process.stdin.resume();
await once(process.stdin, "close");
const deadline = Date.now() + GONE_MS;
while (isRunning(run) && Date.now() < deadline) await sleep(LOOK_MS);
endLeftovers();
removeStaleRuns(stateRoot);
