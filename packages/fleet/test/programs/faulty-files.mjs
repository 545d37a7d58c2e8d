// Files of this machine that fail when they are told to: `fault(step)` is asked before each step that changes something, and says
// "before" or "half" for what happens then, or nothing. `happen` ends the process, or throws.
import { writeFileSync } from "node:fs";

export function faultyFiles(files, fault, happen) {
  let steps = 0;
  const step = (name, half) => {
    const what = fault(++steps, name);
    if (what === undefined) return;
    if (what === "half") half();
    happen(name);
  };
  return {
    ...files,
    write(path, parts) {
      const all = Buffer.concat(parts);
      step(`write ${path}`, () => writeFileSync(`${path}.tmp`, all.subarray(0, all.length >> 1)));
      files.write(path, parts);
      step(`written ${path}`, () => undefined);
    },
    remove(path) {
      step(`remove ${path}`, () => undefined);
      files.remove(path);
    },
    openLog(path, size) {
      step(`open ${path}`, () => writeFileSync(path, "", { flag: "a" }));
      const log = files.openLog(path, size);
      return {
        get size() {
          return log.size;
        },
        append(bytes) {
          step(`append ${path}`, () => log.append(bytes.subarray(0, bytes.length >> 1)));
          log.append(bytes);
          step(`appended ${path}`, () => undefined);
        },
        truncate: (to) => log.truncate(to),
        async sync() {
          await log.sync();
          step(`synced ${path}`, () => undefined);
        },
        close: () => log.close(),
      };
    },
  };
}
