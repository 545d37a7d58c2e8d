// Applications, a row each, as their own documentation has them started: what is written, and what runs it.

/** The hot function of each, and where it has to be. */
const burn = `export function burn(times) {
  let sum = 0;
  for (let i = 0; i < times; i++) {
    sum += Math.sqrt(i);
  }
  return sum;
}
`;
export const LAST_LINE = 7;
export const BURN_FILE = "burn.mjs";

export interface Application {
  readonly name: string;
  /** The packages of `packages.json` that it needs. */
  readonly needs: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** What makes it, before it is started. */
  readonly build?: readonly string[];
  /** The arguments of Node, those that load the profiler with them, where the application listens on this port. */
  args(register: readonly string[], port: string): readonly string[];
  /** How the profiler comes into it, where not by the arguments; its settings hand down the variables REGISTER and ADDRESS. */
  readonly by?: "NODE_OPTIONS" | "settings";
  readonly env?: Readonly<Record<string, string>>;
  /** The folder that it is started in, from the files': those have this name. */
  readonly folder?: (name: string) => string;
  /** What its processes are called. */
  readonly processes: readonly string[];
  /** The status or the signal with which SIGTERM ends it, as without the profiler. */
  readonly end: number | string;
  /** Whether V8's one heap sampler is its own profiler's. */
  readonly heapIsTheirs?: true;
  /** Whether functions have other names in it, and no map tells theirs. */
  readonly renames?: true;
  /** The address below the application's that burns; none: it burns by itself. */
  readonly page?: string;
}

const server = `import http from "node:http";
import { burn } from "./burn.mjs";
const listening = http.createServer((request, response) => response.end(String(burn(3e6))));
listening.listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(3));
`;
const quiet = { DD_TRACE_STARTUP_LOGS: "0", DD_INSTRUMENTATION_TELEMETRY_ENABLED: "0", DD_REMOTE_CONFIG_ENABLED: "0" };
const openTelemetry = {
  OTEL_TRACES_EXPORTER: "none",
  OTEL_METRICS_EXPORTER: "none",
  OTEL_LOGS_EXPORTER: "none",
  OTEL_NODE_RESOURCE_DETECTORS: "none",
};
const next = {
  needs: ["next", "react", "react-dom"],
  page: "",
  files: {
    "next.config.mjs": `import path from "node:path";
const root = path.dirname(import.meta.dirname);
export default { output: "standalone", outputFileTracingRoot: root, turbopack: { root } };
`,
    "app/layout.js":
      "export default function Layout({ children }) {\n  return <html><body>{children}</body></html>;\n}\n",
    "app/page.js": `import { burn } from "../burn.mjs";
export const dynamic = "force-dynamic";
export default function Page() {
  return <p>{String(burn(3e6))}</p>;
}
`,
  },
  env: { NEXT_TELEMETRY_DISABLED: "1", HOSTNAME: "127.0.0.1" },
};

const rows: readonly Application[] = [
  {
    name: "NestJS, with shutdown hooks",
    needs: ["@nestjs/core", "@nestjs/common", "@nestjs/platform-express", "reflect-metadata", "rxjs"],
    files: {
      "main.mjs": `import "reflect-metadata";
import { Controller, Get, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { burn } from "./burn.mjs";
class Root { answer() { return String(burn(3e6)); } }
Controller()(Root);
Get()(Root.prototype, "answer", Object.getOwnPropertyDescriptor(Root.prototype, "answer"));
class App {}
Module({ controllers: [Root] })(App);
const app = await NestFactory.create(App, { logger: false });
app.enableShutdownHooks();
await app.listen(Number(process.env.PORT), "127.0.0.1");
`,
    },
    args: (register) => [...register, "main.mjs"],
    processes: ["main.mjs"],
    end: "SIGTERM",
    page: "",
  },
  {
    name: "dd-trace, its profiler on",
    needs: ["dd-trace"],
    files: { "main.mjs": server },
    args: (register) => ["--import", "dd-trace/initialize.mjs", ...register, "main.mjs"],
    env: { ...quiet, DD_PROFILING_ENABLED: "1", DD_TRACE_LOG_LEVEL: "critical" },
    heapIsTheirs: true,
    processes: ["main.mjs"],
    end: 3,
    page: "",
  },
  {
    name: "OpenTelemetry, automatic instrumentation",
    needs: ["@opentelemetry/sdk-node", "@opentelemetry/auto-instrumentations-node"],
    files: { "main.mjs": server },
    args: (register) => ["--require", "@opentelemetry/auto-instrumentations-node/register", ...register, "main.mjs"],
    env: openTelemetry,
    processes: ["main.mjs"],
    end: 3,
    page: "",
  },
  {
    name: "pm2, a cluster of two",
    needs: ["pm2"],
    files: {
      "main.mjs": 'import { burn } from "./burn.mjs";\nsetInterval(() => burn(3e6), 50);\n',
      "ecosystem.config.cjs": `const { REGISTER: node_args, ADDRESS: PPROF_ADDR } = process.env;
module.exports = { apps: [{ script: "main.mjs", exec_mode: "cluster", instances: 2, node_args, env: { PPROF_ADDR } }] };
`,
    },
    args: () => ["../node_modules/pm2/bin/pm2-runtime", "start", "ecosystem.config.cjs"],
    env: { PM2_HOME: ".pm2" },
    by: "settings",
    processes: ["main.mjs 0", "main.mjs 1"],
    end: 0,
  },
  {
    ...next,
    name: "Next, in development",
    by: "NODE_OPTIONS",
    args: (_register, port) => ["../node_modules/next/dist/bin/next", "dev", "-p", port, "-H", "127.0.0.1"],
    processes: ["next", "start-server.js"],
    end: 0,
  },
  {
    ...next,
    name: "Next, standalone output",
    build: ["../node_modules/next/dist/bin/next", "build"],
    folder: (name) => `.next/standalone/${name}`,
    args: (register) => [...register, "server.js"],
    processes: ["server.js"],
    end: 143,
    renames: true,
  },
];

export const applications: readonly Application[] = rows.map((row) => ({
  ...row,
  files: { ...row.files, [BURN_FILE]: burn },
}));
