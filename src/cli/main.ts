import { processIo } from "./process-io.ts";
import { run } from "./run.ts";

// Not `process.exit`, which would drop what a pipe has not taken yet.
process.exitCode = await run(process.argv.slice(2), processIo());
// A terminal that keys were read from would keep the process alive.
process.stdin.unref?.();
