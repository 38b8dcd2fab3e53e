/** A subscriber of the live stream. */
export interface StreamClient {
  readonly socket: WebSocket;
  close(): void;
}

/** Opens a WebSocket the way a browser does: the token travels as a subprotocol. */
export function openStream(
  url: string,
  token: string,
  onFrame: (text: string) => void,
): Promise<StreamClient> {
  const socket = new WebSocket(url, ["tachograph.v1", `bearer.${token}`]);
  socket.addEventListener("message", ({ data }) => {
    if (typeof data === "string" && data !== "pong") onFrame(data);
  });
  return new Promise((resolve, reject) => {
    socket.addEventListener("open", () => resolve({ socket, close: () => socket.close() }));
    socket.addEventListener("error", () => reject(new Error(`${url} cannot be subscribed to`)));
  });
}
