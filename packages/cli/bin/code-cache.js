// Keeps what V8 has compiled of the tool from one run to the next: to compile it takes 15 ms, longer than a small report.
// Node 22 and later do so themselves; Node 20 takes a script with what was kept of it.
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

/** From here on `file`, which others import, is compiled from what was kept of it. */
exports.keepCompiled = (file) => {
  const directory = process.env.NODE_DISABLE_COMPILE_CACHE ? undefined : cacheDirectory(process);
  if (directory === undefined) return;
  // A directory that the environment names is the user's choice.
  if (Module.enableCompileCache !== undefined) Module.enableCompileCache(process.env.NODE_COMPILE_CACHE || directory);
  else {
    const content = contentName(file);
    if (content !== undefined) load(file, path.join(directory, `${content}-${process.version}-${process.arch}`));
  }
};

/**
 * A directory that the user alone may write to, for whoever else may decides what the tool does: in the one for what
 * programs can make again, where there is one, else in that for temporary files. Undefined where others have been there.
 */
function cacheDirectory({ env, platform }) {
  const home =
    platform === "win32" ? env.LOCALAPPDATA : env.XDG_CACHE_HOME || (env.HOME && path.join(env.HOME, ".cache"));
  try {
    const stats = home && path.isAbsolute(home) ? fs.statSync(home, { throwIfNoEntry: false }) : undefined;
    const directory =
      stats !== undefined && isOurs(stats)
        ? path.join(home, "pprof-ts")
        : path.join(require("node:os").tmpdir(), `pprof-ts-${process.getuid?.() ?? "cache"}`);
    if (fs.lstatSync(directory, { throwIfNoEntry: false }) === undefined) fs.mkdirSync(directory, { mode: 0o700 });
    const made = fs.lstatSync(directory);
    return made.isDirectory() && isOurs(made) ? directory : undefined;
  } catch {
    return undefined;
  }
}

/** Whether nobody but the user may write to it; Windows keeps such directories by itself. */
function isOurs(stats) {
  if (process.getuid === undefined) return true;
  return stats.uid === process.getuid() && (stats.mode & 0o022) === 0;
}

/** What the build calls the content of the bundle: code that was kept of another one must not run. */
function contentName(file) {
  try {
    return fs.readFileSync(path.join(path.dirname(file), "content"), "utf8").trim();
  } catch {
    return undefined;
  }
}

/** Loads this file as a module, compiled from what `kept` holds; that is written where it holds nothing of use. */
function load(file, kept) {
  const vm = require("node:vm");
  const cachedData = unbroken(readOwn(kept));
  const script = new vm.Script(Module.wrap(fs.readFileSync(file, "utf8")), {
    filename: file,
    columnOffset: -Module.wrapper[0].length,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  const made = new Module(file, module);
  made.filename = file;
  require.cache[file] = made;
  script
    .runInThisContext()
    .call(made.exports, made.exports, Module.createRequire(file), made, file, path.dirname(file));
  made.loaded = true;
  // At the end, when what ran has been compiled.
  if (cachedData === undefined || script.cachedDataRejected) process.once("exit", () => writeOwn(kept, script));
}

/** More than the code of the tool. */
const LARGEST = 1 << 25;

/** The bytes of a file that only the user may write to. */
function readOwn(file) {
  let fd;
  try {
    fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0));
    const stats = fs.fstatSync(fd);
    return stats.isFile() && stats.size < LARGEST && isOurs(stats) ? fs.readFileSync(fd) : undefined;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

const CHECKSUM = 4;

/** V8 runs what it is given and looks no further: the code, if its checksum says that it is as it was written. */
function unbroken(bytes) {
  if (bytes === undefined || bytes.length < CHECKSUM) return undefined;
  const code = bytes.subarray(CHECKSUM);
  return require("node:zlib").crc32(code) === bytes.readUInt32LE() ? code : undefined;
}

/** Whole or not at all, also where several runs end at once; that nothing can be kept is no fault. */
function writeOwn(file, script) {
  const part = `${file}.${process.pid}`;
  try {
    const code = script.createCachedData();
    const checksum = Buffer.alloc(CHECKSUM);
    checksum.writeUInt32LE(require("node:zlib").crc32(code));
    fs.writeFileSync(part, Buffer.concat([checksum, code]), { mode: 0o600, flag: "wx" });
    fs.renameSync(part, file);
  } catch {
    try {
      fs.rmSync(part, { force: true });
    } catch {
      // Where it could not be made there is nothing to remove.
    }
  }
}
