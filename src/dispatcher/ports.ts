import type { Language } from "../alerts/rule.ts";
import type { TachographConfig } from "../config.ts";
import type { ChannelConfig } from "../notify/channel-config.ts";
import type { ChannelAnswer, ChannelResult, Outgoing, Verdict } from "../notify/channel.ts";
import type { REPORT_PERIODS, ReportMail } from "../notify/notice.ts";
import type { DispatchStore } from "./dispatch-store.ts";

/** What became of a request: an answer, or why there is none. */
export type SendResult =
  | { readonly kind: "answer"; readonly answer: ChannelAnswer }
  | { readonly kind: "failed"; readonly verdict: Verdict };

/** How messages leave. */
export interface Transport {
  /**
   * Sends one request and reads the beginning of the answer. Never rejects.
   * @param signal - ends it; what the answer had until then counts.
   */
  send(outgoing: Outgoing, signal: AbortSignal): Promise<SendResult>;
}

/** A report that should have left by now. */
export interface DueReport {
  /** `daily:2026-11-20`: it is sent once under it to each channel. */
  readonly id: string;
  readonly period: (typeof REPORT_PERIODS)[number];
  readonly mail: ReportMail;
  /** The same in another language, for channels that have their own; undefined if there is none. */
  readonly mailIn?: ((language: Language) => ReportMail) | undefined;
}

/** The reports' timetable, and who writes them. */
export interface ReportPort {
  /** When the next report leaves after a time, or null if none is wanted. */
  nextAt(nowMs: number): number | null;
  /** The reports that should have left by now and are not too late, the earliest first. May reject. */
  due(nowMs: number): Promise<readonly DueReport[]>;
}

/** What a dispatcher is made of. */
export interface DispatcherOptions {
  readonly tenant: string;
  readonly config: Pick<TachographConfig, "channels" | "messages" | "delivery">;
  readonly store: DispatchStore;
  /** Makes a channel of its configuration, with its secrets. */
  readonly makeChannel: (config: ChannelConfig) => ChannelResult;
  readonly transport: Transport;
  /** Undefined for no reports. */
  readonly reports: ReportPort | undefined;
  /** Makes sure that the coordinator has its alarm. Rejects if it cannot be reached. */
  readonly wakeCoordinator: () => Promise<void>;
  /** Calls the heartbeat URL; undefined if none is set. Rejects unless it answers well. */
  readonly ping: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Calls back once, unless what it returns is called before. */
  readonly startTimer: (callback: () => void, durationMs: number) => () => void;
  /** Keeps the object awake until the work is done. The work does not reject. */
  readonly keepAlive: (work: Promise<void>) => void;
  /** When to run next may have changed by itself. Does not throw. */
  readonly onChange: () => void;
}
