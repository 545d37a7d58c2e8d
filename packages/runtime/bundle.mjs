// Makes data of the profiler's own thread, for programs that are bundled into one file: one script of its compiled modules and
// of the packages they use, which a worker is started with as text. In CommonJS, as such a worker wants it.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { rolldown } from "rolldown";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const bundle = await rolldown({ input: here("dist/agent/agent.js"), platform: "node", logLevel: "warn" });
// Only white space and comments: what is sent to the program as text stays as it was written.
const minify = { compress: false, mangle: false };
const { output } = await bundle.generate({ format: "cjs", codeSplitting: false, minify });
await bundle.close();
if (output.length !== 1)
  throw new Error(`the agent is ${output.length} files: ${output.map(({ fileName }) => fileName)}`);
// For programs that are recorded, each of which waits for it: one file is there in a third of the time.
mkdirSync(here("dist/agent/whole"), { recursive: true });
writeFileSync(here("dist/agent/whole/agent.cjs"), output[0].code);
const data = brotliCompressSync(output[0].code).toString("base64");
writeFileSync(here("dist/program/parts/agent-data.js"), `export const AGENT = ${JSON.stringify(data)};\n`);
