import { describe, expect, it, vi } from "vitest";
import { jobMessages } from "../../../examples/tracking-worker/jobs/job-messages.ts";
import { aJob } from "./a-job.ts";

describe("jobMessages", () => {
  it("keeps one message for each job, and acknowledges the rest", () => {
    const error = vi.spyOn(console, "error").mockReturnValue();
    const bodies = [{ job: aJob(1).id }, { job: aJob(2).id }, { job: aJob(1).id }, { job: "x" }, 7];
    const messages = bodies.map((body, index) => ({ id: `m${index}`, body, ack: vi.fn() }));
    const batch = { queue: "q", messages } as unknown as MessageBatch;
    const kept = jobMessages(batch);
    expect([...kept].map(([job, { id }]) => [job, id])).toEqual([
      [aJob(1).id, "m0"],
      [aJob(2).id, "m1"],
    ]);
    const acked = messages.filter(({ ack }) => ack.mock.calls.length > 0).map(({ id }) => id);
    expect(acked).toEqual(["m2", "m3", "m4"]);
    expect(error).toHaveBeenCalledTimes(2);
    error.mockRestore();
  });
});
