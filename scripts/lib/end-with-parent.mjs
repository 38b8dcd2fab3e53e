// Preloaded into each wrangler process, the leader of its own process group. When the parent that
// started it is gone, even by SIGKILL, the whole group ends at once, so that no runtime is left
// behind that holds the port and the state.
const parent = process.ppid;

process.on("disconnect", () => {
  // wrangler also closes the channel itself when it is done; then the parent stays the same. The
  // system closes a dying parent's channel before it gives its children another parent: so look again.
  setInterval(() => {
    if (process.ppid !== parent) process.kill(0, "SIGKILL");
  }, 10).unref();
});
