import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

const LISTENING = "0A";

/**
 * Whether this process listens on that port: on a taken one somebody else answers while a server is
 * still about to find out. Linux only; elsewhere it is believed.
 */
export function listensOn(pid: number, port: number): boolean {
  if (!existsSync("/proc/net/tcp")) return true;
  const own = new Set(socketsOf(pid));
  return listeners(port).some((inode) => own.has(inode));
}

function listeners(port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const tables = ["/proc/net/tcp", "/proc/net/tcp6"].filter((file) => existsSync(file));
  const lines = tables.flatMap((file) => readFileSync(file, "utf8").split("\n"));
  return lines.flatMap((line) => {
    // Number, local and remote address, state; then queues, timers, owner, and the inode.
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/u);
    return state === LISTENING && inode !== undefined && local?.endsWith(`:${hex}`) ? [inode] : [];
  });
}

function socketsOf(pid: number): string[] {
  const directory = `/proc/${pid}/fd`;
  try {
    return readdirSync(directory).flatMap((fd) => {
      const inode = /^socket:\[(\d+)\]$/u.exec(readlinkSync(`${directory}/${fd}`))?.[1];
      return inode === undefined ? [] : [inode];
    });
  } catch {
    // It has ended, or closed something while it was looked at: it is asked again.
    return [];
  }
}
