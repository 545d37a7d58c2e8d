// Burns and keeps, until it is told to end; its argument names another profiler that it uses itself.
import process from "node:process";

const kept = [];
function keep() {
  for (let i = 0; i < 50_000; i++) kept.push({ i, list: [i, i + 1], text: `k${i}` });
}
// Without a loop: V8 does not know the code again that it has made for one that runs, once a profile begins.
function grind(depth) {
  return depth < 2 ? depth : grind(depth - 1) + grind(depth - 2);
}

const timer = setInterval(() => grind(30), 40);

const profilers = {
  async "@datadog/pprof"() {
    const { default: pprof } = await import("@datadog/pprof");
    pprof.heap.start(65_536, 64);
    pprof.time.start({ durationMillis: 60_000, intervalMicros: 10_000 });
    keep();
    return () => ({
      heap: pprof.heap.profile().sample.length,
      time: pprof.time.stop().sample.length,
    });
  },
  async coverage() {
    const { Session } = await import("node:inspector/promises");
    const session = new Session();
    session.connect();
    await session.post("Profiler.enable");
    await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    return async () => {
      const { result } = await session.post("Profiler.takePreciseCoverage");
      await session.post("Profiler.stopPreciseCoverage");
      session.disconnect();
      return { functions: result.flatMap(({ functions }) => functions.map(({ functionName }) => functionName)).length };
    };
  },
};

const taken = await profilers[process.argv[2]]?.();
process.send?.("begun");
process.on("message", async (deed) => {
  if (deed === "keep") {
    // Called by native code: V8 would inline it into its caller else, and credit that.
    JSON.parse("0", keep);
    process.send("kept");
  }
  if (deed === "tell") process.send(await taken());
  if (deed === "end") {
    clearInterval(timer);
    process.disconnect();
  }
});
