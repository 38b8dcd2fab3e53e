import type { CDPSession } from "playwright-core";

/** How long the page's main thread has worked so far, milliseconds. */
export async function cpuMs(cdp: CDPSession): Promise<number> {
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  const { metrics } = await cdp.send("Performance.getMetrics");
  return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0) * 1000;
}
