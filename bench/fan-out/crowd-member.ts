import { connect, type Socket } from "node:net";
import { FrameReader, HEAD_BYTES, type ReceivedFrame } from "./frame-reader.ts";
import { MessageInflater } from "./message-inflater.ts";

const TEXT = 1;
const CLOSE = 8;
/** Of a connection that ended without a close frame. */
const CODE_ABNORMAL = 1006;

/** `ping` as a client sends it: masked, here with zeros. */
const PING = Buffer.from([0x81, 0x84, 0, 0, 0, 0, ...Buffer.from("ping")]);

/** Every socket reads into it: what was read is dealt with before the next one is. */
const SHARED = Buffer.alloc(256 * 1_024);

/** A message of the stream, as far as it is looked at. */
export interface SeenMessage {
  /** The beginning of its text. */
  readonly head: string;
  /** Of the whole text. */
  readonly characters: number;
  /** Of the frame on the wire. */
  readonly bytes: number;
}

/** How the server ended a subscription. */
export interface Ending {
  readonly code: number;
  readonly lastMessage: string;
}

interface MemberOptions {
  readonly port: number;
  /** With the query. */
  readonly path: string;
  readonly token: string;
  readonly onMessage: (message: SeenMessage) => void;
}

/**
 * A subscriber of the live stream over a bare socket: thousands of them have to cost less than the
 * server that they measure. It offers compression, as browsers do.
 */
export class CrowdMember {
  readonly #socket: Socket;
  readonly #onMessage: (message: SeenMessage) => void;
  readonly #onOpen: () => void;
  readonly #reader = new FrameReader((frame) => this.#take(frame));
  readonly #inflater = new MessageInflater();
  /** What has come of the answer to the upgrade, until it was answered. */
  #answer: Buffer | undefined = Buffer.alloc(0);
  #lastMessage = "";
  /** Whether the last message was compressed. */
  isCompressed = false;
  /** How it was ended, once it was. */
  ending: Ending | undefined;

  private constructor({ port, path, token, onMessage }: MemberOptions, onOpen: () => void) {
    this.#onMessage = onMessage;
    this.#onOpen = onOpen;
    const callback = (length: number, buffer: Uint8Array): boolean => {
      this.#receive(Buffer.from(buffer.buffer, buffer.byteOffset, length));
      return true;
    };
    this.#socket = connect({ port, host: "127.0.0.1", onread: { buffer: SHARED, callback } });
    this.#socket.setNoDelay();
    this.#socket.write(upgradeRequest(path, token));
  }

  /** @throws if the server does not take it. */
  static open(options: MemberOptions): Promise<CrowdMember> {
    return new Promise((resolve, reject) => {
      const member: CrowdMember = new CrowdMember(options, () => resolve(member));
      member.#socket.on("error", reject);
      member.#socket.on("close", () => {
        member.ending ??= { code: CODE_ABNORMAL, lastMessage: member.#lastMessage };
        reject(new Error("the connection was closed"));
      });
    });
  }

  /** Tells the server that what it sent has been read. */
  ping(): void {
    this.#socket.write(PING);
  }

  /** Leaves. */
  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#answer === undefined) {
      this.#reader.push(chunk);
      return;
    }
    const answer = Buffer.concat([this.#answer, chunk]);
    const end = answer.indexOf("\r\n\r\n");
    if (end === -1) {
      this.#answer = answer;
    } else if (answer.toString("latin1").startsWith("HTTP/1.1 101")) {
      this.#answer = undefined;
      this.#onOpen();
      this.#reader.push(answer.subarray(end + 4));
    } else {
      this.#socket.destroy(new Error(`no WebSocket: ${answer.toString("latin1", 0, 200)}`));
    }
  }

  #take(frame: ReceivedFrame): void {
    if (frame.opcode === CLOSE) {
      this.ending = { code: frame.payload.readUInt16BE(0), lastMessage: this.#lastMessage };
    }
    if (frame.opcode !== TEXT) return;
    const { isCompressed, bytes } = frame;
    const text = isCompressed ? this.#inflater.inflate(frame.payload) : frame.payload;
    this.#lastMessage = text.toString("latin1", 0, HEAD_BYTES);
    const characters = isCompressed ? text.length : bytes;
    this.isCompressed = isCompressed;
    this.#onMessage({ head: this.#lastMessage, characters, bytes });
  }
}

function upgradeRequest(path: string, token: string): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    "Host: 127.0.0.1",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
    `Sec-WebSocket-Protocol: tachograph.v1, bearer.${token}`,
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}
