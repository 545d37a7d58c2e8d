// What `pprof run` has Node load in front of each program, by NODE_OPTIONS: in CommonJS, which every Node can load, and without an
// error where this one cannot be profiled, for the program comes first.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major > 20 || (major === 20 && minor >= 19)) {
  const { emitWarning } = process;
  // Node 20 warns of modules that are loaded by `require`.
  process.emitWarning = () => {};
  try {
    if (require("node:worker_threads").isMainThread) require("./run.js");
    else require("./run-worker.js");
  } catch {
    // Not permitted, or without what it takes.
  } finally {
    process.emitWarning = emitWarning;
    // The program sees its own modules there.
    for (const file of [__filename, ...module.children.map(({ filename }) => filename)]) delete require.cache[file];
  }
} else {
  try {
    const { directory } = JSON.parse(process.env.PPROF_RUN ?? "");
    const why = `Node ${process.version} is older than 20.19`;
    require("node:fs").writeFileSync(`${directory}/${process.pid}-0.failed`, why, { mode: 0o600 });
  } catch {
    // Whoever would read it has gone.
  }
}
