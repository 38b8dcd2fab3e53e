import type { QueuedRecord } from "../../src/alerts/alert-store.ts";
import { type ArchiveRecord, recordKey } from "../../src/alerts/archive.ts";
import type { ArchiveSink } from "../../src/coordinator/ports.ts";

/** What D1 keeps of alerts and of what people did, in memory. */
export class MemoryArchive implements ArchiveSink {
  readonly records = new Map<string, ArchiveRecord>();

  write(records: readonly QueuedRecord[]): Promise<void> {
    for (const { record } of structuredClone(records)) this.records.set(recordKey(record), record);
    return Promise.resolve();
  }

  deleteBefore(): Promise<number> {
    return Promise.resolve(0);
  }
}
