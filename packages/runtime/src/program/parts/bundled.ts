// The same in one file with the program: no file stands beside it, and bundlers would make one of what is imported on demand.
import { Buffer } from "node:buffer";
import { brotliDecompressSync } from "node:zlib";
import { gate } from "../../http/access/access.ts";
import { ALLOWED_HOSTS, hostsOf } from "../../http/access/browser.ts";
import { TraceRecorder } from "../trace/trace-recorder.ts";
import { AGENT } from "./agent-data.js";
import type { Parts } from "./parts.ts";

const agentText = (): string => brotliDecompressSync(Buffer.from(AGENT, "base64")).toString();

export const parts: Parts = {
  get agent() {
    return agentText();
  },
  get wholeAgent() {
    return agentText();
  },
  scripts: undefined,
  gate: async () => ({ gate, ALLOWED_HOSTS, hostsOf }),
  recorder: async () => TraceRecorder,
};
