import { ToolError } from "../error.ts";
import { topicHelp } from "../help/topic.ts";
import type { Environment } from "../host/environment.ts";
import { TemporaryFiles } from "../host/file/temp-file.ts";
import type { Ui } from "../host/terminal/ui.ts";
import { gather } from "../input/gather.ts";
import { lazyBinaries } from "../native/frame/lazy-binaries.ts";
import { parseArguments, type Request } from "../words/request.ts";
import { withoutCredentials } from "../words/source-url.ts";
import { askedDiff, DIFF_FLAGS, tellDiff } from "./tell-diff.ts";

/** Compares profiles and returns the exit status: 1 where `-fail-on` found something. */
export async function diff(words: readonly string[], ui: Ui, env: Environment): Promise<number> {
  const split = words.indexOf("--");
  const parsed = parseArguments(split < 0 ? words : words.slice(0, split), env, () => false, DIFF_FLAGS);
  if (!("sources" in parsed)) {
    if ("problem" in parsed) ui.print(parsed.problem);
    ui.print(`usage: ${topicHelp("diff")}`);
    return "help" in parsed ? 0 : 2;
  }
  const [before, after] = sides(parsed.sources, split < 0 ? [] : words.slice(split + 1));
  const asked = askedDiff(parsed, before.length > 1 && after.length > 1);
  const session = {
    ui,
    env,
    temporary: new TemporaryFiles(),
    binaries: lazyBinaries(parsed.tools),
    full: false,
    interactive: false,
  };
  const read = (source: string): ReturnType<typeof gather> =>
    gather({ ...parsed, sources: [source], bases: [], executable: "" } satisfies Request, session);
  const [old, fresh] = await Promise.all([Promise.all(before.map(read)), Promise.all(after.map(read))]);
  return tellDiff(
    { names: before.map(withoutCredentials), profiles: old },
    { names: after.map(withoutCredentials), profiles: fresh },
    asked,
    parsed,
    ui,
    env,
  );
}

/** Two sources are one each; more are told apart by `--`. */
function sides(sources: readonly string[], after: readonly string[]): readonly [readonly string[], readonly string[]] {
  if (after.length > 0) return [sources, after];
  const [old, fresh, ...more] = sources;
  if (old !== undefined && fresh !== undefined && more.length === 0) return [[old], [fresh]];
  const flag = sources.find((source) => /^-./.test(source));
  if (flag !== undefined) throw new ToolError(`flags of diff stand in front of its sources: ${flag}`);
  throw new ToolError(
    `diff compares OLD with NEW, or OLD... -- NEW...: ${sources.length === 1 ? "one source" : `${sources.length} sources`} without --`,
  );
}
