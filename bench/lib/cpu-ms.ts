/**
 * CPU milliseconds that this process uses while `work` runs, all of its threads: those that collect
 * garbage and compile are among them. A thread's own CPU is told in steps of milliseconds, which is
 * longer than some of what is measured.
 */
export function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
