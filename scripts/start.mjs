// npm start: an example service under load, its CPU profile over HTTP, and what to try next.
//   npm start             keeps the service up until Ctrl-C
//   npm start -- --once   ends after the report
// PPROF_ADDR=HOST:PORT chooses where the profiler listens.
import { spawn, spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const service = path.join(root, "examples", "service");
const address = process.env.PPROF_ADDR ?? "localhost:6060";
const profiles = `http://${address}/debug/pprof/`;
const children = [];

const { once } = options();
process.on("SIGINT", () => end(0));
process.on("SIGTERM", () => end(0));
await requireFree(address);
must(spawnSync(process.execPath, [path.join(root, "scripts", "run.mjs"), "build"], { stdio: "inherit" }).status);

say("starting the example service with the profiler in it");
const shop = node(["--import", "@pprof-ts/runtime/register", path.join(service, "dist", "main.js")]);
const profiler = lineOf(shop, shop.stderr, /^pprof: (.*)\n/m);
const url = await lineOf(shop, shop.stdout, /^shop: listening on (\S+)/m);
const announced = await profiler;
if (!announced.startsWith("serving")) fail(announced);
say(announced);
shop.stderr.pipe(process.stderr);
say(`putting some load on ${url}`);
node([path.join(service, "dist", "load.js"), url]);

say("recording a CPU profile of 5 seconds\n");
const pprof = realpathSync(path.join(root, "node_modules", ".bin", "pprof"));
const recorder = spawn(
  process.execPath,
  [pprof, "-top", "-lines", "-nodecount=12", `-trim_path=${root}`, `${profiles}profile?seconds=5`],
  { stdio: ["ignore", "inherit", "inherit"] },
);
children.push(recorder);
must(await new Promise((resolve) => recorder.on("exit", (code) => resolve(code ?? 1))));

if (once) end(0);
console.log(`
The service is still up. Try:

  ${profiles}
      every profile of the service, in a browser
  node_modules/.bin/pprof -top ${profiles}profile?seconds=5
      where its CPU time goes
  node_modules/.bin/pprof -top ${profiles}heap
      what its memory holds

Ctrl-C ends it.`);

function options() {
  try {
    return parseArgs({ options: { once: { type: "boolean", default: false } } }).values;
  } catch (error) {
    fail(`${error.message.split(".")[0]}: usage: npm start -- [--once]`, 2);
  }
}

/** Fails at once, and not after an install and a build, when somebody else listens there. */
function requireFree(hostPort) {
  const [, host, port] =
    /^(.*):(\d+)$/.exec(hostPort) ?? fail(`invalid PPROF_ADDR "${hostPort}": must be HOST:PORT`, 2);
  return new Promise((resolve) => {
    const probe = createServer();
    probe.on("error", (error) =>
      fail(
        error.code === "EADDRINUSE"
          ? `${hostPort} is taken: choose another address with PPROF_ADDR=localhost:6061 npm start`
          : `cannot listen on ${hostPort} (${error.code}): choose another address with PPROF_ADDR=HOST:PORT npm start`,
      ),
    );
    probe.listen(Number(port), host || "localhost", () => probe.close(resolve));
  });
}

function node(args) {
  const child = spawn(process.execPath, args, { cwd: service, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  return child;
}

/** The first group of `pattern` in what the child prints; its end before that is the end of everything. */
function lineOf(child, output, pattern) {
  return new Promise((resolve) => {
    let text = "";
    output.on("data", (data) => {
      text += data;
      const match = pattern.exec(text);
      if (match) resolve(match[1]);
    });
    child.on("exit", (code) => fail(`the example service ended with status ${code}`));
  });
}

function say(what) {
  console.error(`> ${what}`);
}

function must(status) {
  if (status !== 0) end(status ?? 1);
}

function fail(message, status = 1) {
  console.error(`npm start: ${message}`);
  end(status);
}

/** Ends the children, then this process. */
function end(status) {
  for (const child of children) {
    child.removeAllListeners("exit");
    if (child.exitCode === null) child.kill();
  }
  process.exit(status);
}
