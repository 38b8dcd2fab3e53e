/** CPU milliseconds that this thread uses while `work` runs, its share of collecting garbage included. */
export function cpuMs(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}
