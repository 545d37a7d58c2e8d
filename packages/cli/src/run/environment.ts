import { createRequire } from "node:module";
import path from "node:path";
import type { Recording } from "@pprof-ts/runtime/attach";
import type { Environment } from "../host/environment.ts";

/** The variables by which each Node process below loads what records it; options that are there already stay. */
export function recordingEnvironment(recording: Recording, command: readonly string[], env: Environment): Environment {
  const preload = createRequire(import.meta.url).resolve("@pprof-ts/runtime/preload");
  const option = isRestricted(command, env) ? importing(preload) : `--require "${preload.replace(/[\\"]/g, "\\$&")}"`;
  return {
    ...env,
    NODE_OPTIONS: env.NODE_OPTIONS ? `${option} ${env.NODE_OPTIONS}` : option,
    PPROF_RUN: JSON.stringify(recording),
    ...(recording.tests ? withMochaHooks(path.join(path.dirname(preload), "mocha-hooks.cjs"), env) : {}),
  };
}

/** Mocha tells which test runs to hooks alone; who else reads this variable does not need it. */
function withMochaHooks(file: string, { MOCHA_OPTIONS = "" }: Environment): Environment {
  return { MOCHA_OPTIONS: `--require "${file.replace(/[\\"]/g, "\\$&")}" ${MOCHA_OPTIONS}`.trimEnd() };
}

/** Whether Node asks what the program may do. */
export function isRestricted(command: readonly string[], env: Environment): boolean {
  const words = [...command, ...(env.NODE_OPTIONS ?? "").split(/\s+/)];
  return words.some((word) => /^--(experimental-)?permission$/.test(word));
}

/**
 * Where a file may not be read, Node 20 ends at `--require`; a module that is a text can see to it. Elsewhere it is not used: with any
 * `--import`, loaders that are loaded by `--require` do not see the program.
 */
function importing(file: string): string {
  const name = JSON.stringify(file);
  const code = `import { createRequire } from "node:module"; try { createRequire(${name})(${name}); } catch {}`;
  return `--import "data:text/javascript,${encodeURIComponent(code)}"`;
}
