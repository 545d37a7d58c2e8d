import path from "node:path";
import { type TargetGroup, withLabel } from "../config/group-config.ts";
import type { Get } from "../fetch/http-get.ts";
import { SERVICE_LABEL } from "../store/labels.ts";
import type { GroupSource } from "./discovery.ts";

const TIMEOUT = 2000;
const REFRESH = 10_000;
const LONGEST_COMMAND = 1 << 16;
/** What many programs call their first file, and the folders that it stands in: names of no program. */
const NAMELESS: ReadonlySet<string> = new Set([
  "index",
  "main",
  "server",
  "app",
  "start",
  "src",
  "dist",
  "lib",
  "bin",
  "build",
  "out",
]);

/** Options of Node that take the next word. */
const VALUED: ReadonlySet<string> = new Set(
  "--import -r --require --loader --experimental-loader -C --conditions --env-file --input-type --title".split(" "),
);

/**
 * Groups as they are, each with the name of the program that answers there: what is started by hand bears no other. Programs of Go and of
 * this project tell their command line beside their profiles.
 */
export function commandSource(groups: readonly TargetGroup[], get: Get): GroupSource {
  const names = new Map<TargetGroup, string>();
  return {
    name: "the command line",
    refreshMillis: REFRESH,
    async read(signal) {
      const unnamed = groups.filter((group) => !names.has(group));
      await Promise.all(
        unnamed.map(async (group) => {
          try {
            const options = { timeoutMillis: TIMEOUT, mostBytes: LONGEST_COMMAND, signal };
            const { body } = await get(commandUrl(group), options);
            const name = programName(Buffer.from(body).toString());
            if (name !== "") names.set(group, name);
          } catch {
            // It may not run yet, or tell nothing: its address is its name until it does.
          }
        }),
      );
      return groups.flatMap((group) => withLabel([group], SERVICE_LABEL, names.get(group) ?? group.addresses[0]!));
    },
  };
}

function commandUrl({ addresses, labels }: TargetGroup): URL {
  const prefix = (labels.get("__profile_path_prefix__") ?? "").replace(/\/$/, "");
  return new URL(`${labels.get("__scheme__") ?? "http"}://${addresses[0]}${prefix}/debug/pprof/cmdline`);
}

/** What a program is called by its command line, whose words stand between zero bytes: that of Node by its script. */
export function programName(commandLine: string): string {
  const [program = "", ...words] = commandLine.trim().split("\0");
  const isNode = /^node(js)?(\.exe)?$/i.test(path.basename(program));
  const script = isNode ? words.find((word, i) => !word.startsWith("-") && !VALUED.has(words[i - 1] ?? "")) : undefined;
  const parts = (script ?? program).split(/[/\\]/).filter((part) => part !== "" && part !== ".");
  const names = parts.map((part, i) => (i === parts.length - 1 ? part.replace(/\.(?:[cm]?[jt]sx?|exe)$/, "") : part));
  return names.findLast((name) => !NAMELESS.has(name)) ?? names.at(-1) ?? "";
}
