import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import vm from "node:vm";

/**
 * speedscope's decoder of profile.proto. The package holds nothing but the built page, so this cuts the script after the
 * module that decodes, and asks for that module; a version built in another way is refused.
 */
export function speedscopeDecoder(): (bytes: Uint8Array) => unknown {
  const folder = path.dirname(createRequire(import.meta.url).resolve("speedscope/package.json"));
  const release = path.join(folder, "dist", "release");
  const file = readdirSync(release).find((name) => /^speedscope-.*\.js$/.test(name));
  if (file === undefined) throw new Error(`no script of speedscope in ${release}`);
  const script = readFileSync(path.join(release, file), "utf8");
  const found = /var (\w+)=\w+\(\(\w+,(\w+)\)=>\{"use strict";var [^;]{1,200};\w+\.perftools=/.exec(script);
  if (found === null) throw new Error(`no decoder in ${file}`);
  const [, module, exports] = found;
  const end = script.indexOf("})", script.indexOf(`${exports}.exports=`, found.index)) + 2;
  const { perftools } = vm.runInThisContext(`${script.slice(0, end)};return ${module}()})()`);
  return (bytes) => perftools.profiles.Profile.decode(bytes);
}
