// What is loaded later than the program's modules, or elsewhere, from the files that this package has. `#parts` is this in Node, and
// `bundled.ts` for bundlers.
import type { Gate, Parts } from "./parts.ts";

export const parts: Parts = {
  agent: new URL("../../agent/agent.js", import.meta.url),
  wholeAgent: new URL("../../agent/whole/agent.cjs", import.meta.url),
  scripts: new URL("../../", import.meta.url).href,
  // It takes 10 ms.
  async gate(): Promise<Gate> {
    const [{ gate }, { ALLOWED_HOSTS, hostsOf }] = await Promise.all([
      import("../../http/access/access.ts"),
      import("../../http/access/browser.ts"),
    ]);
    return { gate, ALLOWED_HOSTS, hostsOf };
  },
  async recorder() {
    const { TraceRecorder } = await import("../trace/trace-recorder.ts");
    return TraceRecorder;
  },
};
