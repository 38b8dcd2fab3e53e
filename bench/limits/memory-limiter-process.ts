import { createServer } from "node:http";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { takePoint } from "./take-point.ts";

/*
 * Started by `memoryContender` with its port: `POST /take?bucket=…&points=…&durationS=…` takes a
 * point, `GET /health` answers.
 */
const [, , port] = process.argv;
const limiters = new Map<string, RateLimiterMemory>();

function limiterOf(searchParams: URLSearchParams): RateLimiterMemory {
  const bucket = searchParams.get("bucket") ?? "";
  const known = limiters.get(bucket);
  if (known !== undefined) return known;
  const limiter = new RateLimiterMemory({
    points: Number(searchParams.get("points")),
    duration: Number(searchParams.get("durationS")),
  });
  limiters.set(bucket, limiter);
  return limiter;
}

const server = createServer((request, response) => {
  // The next request of a connection comes only after a body that was read.
  request.resume();
  const { pathname, searchParams } = new URL(request.url ?? "", "http://127.0.0.1");
  if (pathname === "/health") {
    response.end("ok");
    return;
  }
  void takePoint(limiterOf(searchParams)).then((decision) => {
    response.end(JSON.stringify(decision));
  });
});
server.listen(Number(port), "127.0.0.1");
