// The code that V8 has compiled, kept between runs: to compile takes longer than a small report. Node 22 and later keep it
// themselves; Node 20 lets a script be compiled from what was kept.
"use strict";
const fs = require("node:fs");
const path = require("node:path");

/** Larger than any code of ours. */
const LARGEST = 1 << 25;

/**
 * The directory for it: the user's alone, for whoever may write there decides what the tool does. Undefined where there is
 * none that is safe, or where it is not wanted (Node's own variable for that is NODE_DISABLE_COMPILE_CACHE).
 */
function cacheDirectory({ env, platform } = process) {
  if (env.NODE_DISABLE_COMPILE_CACHE) return undefined;
  const base = baseDirectory(env, platform);
  if (base === undefined || !path.isAbsolute(base)) return undefined;
  const directory = path.join(base, "pprof-ts");
  try {
    if (!isOurs(fs.statSync(base))) return undefined;
    try {
      fs.mkdirSync(directory, { mode: 0o700 });
    } catch (error) {
      if (error.code !== "EEXIST") return undefined;
    }
    return isOurs(fs.lstatSync(directory)) ? directory : undefined;
  } catch {
    return undefined;
  }
}
