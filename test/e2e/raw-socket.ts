import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { withDeadline } from "./system.ts";

const ANSWER_TIMEOUT_MS = 10_000;

/** A TCP connection that has asked for an upgrade, and the head of the answer. */
export interface RawUpgrade {
  readonly socket: Socket;
  readonly status: number;
  readonly head: string;
}

/**
 * Asks for a WebSocket by hand, and does nothing more: the socket is paused as soon as the head of
 * the answer is there, so whatever follows stays unread.
 */
export function rawUpgrade(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<RawUpgrade> {
  const socket = connect({ port, host: "127.0.0.1" });
  const lines = Object.entries({
    Host: `127.0.0.1:${port}`,
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  const answered = new Promise<RawUpgrade>((resolve, reject) => {
    let received = "";
    socket.on("error", reject);
    const onData = (chunk: Buffer): void => {
      received += chunk.toString("latin1");
      const end = received.indexOf("\r\n\r\n");
      if (end < 0) return;
      socket.off("data", onData).pause();
      const head = received.slice(0, end);
      resolve({ socket, head, status: Number(head.split(" ")[1]) });
    };
    socket.on("data", onData);
  });
  return withDeadline(answered, ANSWER_TIMEOUT_MS, () => `no answer to ${path}`).finally(() => {
    // From here on a reset is the server's good right.
    socket.removeAllListeners("error").on("error", () => undefined);
  });
}
