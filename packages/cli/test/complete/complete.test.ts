import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { encode } from "@pprof-ts/profile";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SHELLS } from "../../src/complete/completion.ts";
import { FLAGS } from "../../src/words/flag-table.ts";
import { directory, pprof, profileOf } from "../tool.ts";

const tool = fileURLToPath(new URL("../../bin/pprof.js", import.meta.url));
const profile = profileOf([
  ["main render Canvas.draw", 700],
  ["main render std::sort<int>", 100],
  ["main parse", 100],
  ["main (*Server).Serve", 100],
]);

let place: ReturnType<typeof directory>;
beforeAll(() => {
  place = directory({ "cpu.pb.gz": gzipSync(encode(profile)), "notes.txt": "no profile" });
  writeFileSync(path.join(place.path, "pprof"), `#!/bin/sh\nexec "${process.execPath}" "${tool}" "$@"\n`, {
    mode: 0o755,
  });
  for (const [shell, script] of Object.entries(SHELLS))
    writeFileSync(path.join(place.path, `script.${shell}`), script());
});
afterAll(() => place[Symbol.dispose]());

/** What each shell offers for this line, the cursor at its end or where | stands. */
type Complete = (line: string) => string[];

const run = (command: string, args: readonly string[], input = ""): string => {
  const env = { ...process.env, PATH: `${place.path}:${process.env.PATH}`, HOME: place.path, TERM: "dumb" };
  const { stdout, stderr, status } = spawnSync(command, args, {
    cwd: place.path,
    env,
    input,
    encoding: "utf8",
    timeout: 20_000,
  });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  return stdout;
};
const lines = (text: string): string[] => text.split(/\r?\n/).filter((line) => line !== "");
const has = (shell: string): boolean => spawnSync(shell, ["--version"]).status === 0;

const completers: Readonly<Record<string, Complete>> = {
  bash: (line) => {
    // The words as bash itself splits them.
    const [before = "", after = ""] = line.split("|");
    const words = (before + after).match(/[=:]+|[^\s=:]+/g) ?? [];
    const count = (before.match(/[=:]+|[^\s=:]+/g) ?? []).length - (/\s$/.test(before) ? 0 : 1);
    if (/\s$/.test(before)) words.splice(count, 0, "");
    const quoted = words.map((word) => `'${word}'`).join(" ");
    const script = `source script.bash
COMP_WORDS=(${quoted}) COMP_CWORD=${count} COMP_LINE='${before + after}' COMP_POINT=${before.length}
_pprof pprof
printf '%s\\n' "\${COMPREPLY[@]}"`;
    return lines(run("bash", ["--norc", "-c", script]));
  },
  fish: (line) => {
    const escaped = line.split("|")[0]?.replace(/'/g, "\\'") ?? "";
    return lines(run("fish", ["-c", `source script.fish; complete -C '${escaped}'`])).map((row) => row.split("\t")[0]!);
  },
};

describe.each(["bash", "fish"])("in %s", (shell) => {
  const complete = (line: string): string[] => completers[shell]!(line);
  const there = has(shell);
  const test = it.skipIf(!there);
  const why = there ? "" : ` (skipped: ${shell} is not installed)`;

  test(`flags${why}`, () => {
    const found = complete("pprof -tag").map((flag) => flag.replace(/=$/, ""));
    expect(found.sort()).toEqual(["-tagfocus", "-taghide", "-tagignore", "-tagleaf", "-tagroot", "-tags", "-tagshow"]);
    const all = complete("pprof -").map((flag) => flag.replace(/=$/, ""));
    for (const { name } of FLAGS) expect(all).toContain(`-${name}`);
  });

  test(`commands and files${why}`, () => {
    expect(complete("pprof comp")).toEqual(["completion"]);
    expect(complete("pprof -top cpu")).toEqual(["cpu.pb.gz"]);
    expect(complete("pprof completion ").sort()).toEqual(["bash", "fish", "zsh"]);
    expect(complete("pprof help sho").sort()).toEqual(["show", "show_from", "showcolumns"]);
  });

  test(`values${why}`, () => {
    const found = complete("pprof -unit mi");
    expect(found).toEqual(["minimum"]);
    expect(complete("pprof -output=no").map((word) => word.replace(/^.*=/, ""))).toEqual(["notes.txt"]);
  });

  test(`names of the profile on the line${why}`, () => {
    const bare = (line: string): string[] =>
      complete(line)
        .map((word) => word.replace(/^-\w+=/, ""))
        .sort();
    expect(bare("pprof -diff_base=cpu.pb.gz -sample_index=")).toEqual(["cpu", "samples"]);
    expect(bare("pprof -base cpu.pb.gz -focus=ren")).toEqual(["render"]);
    expect(bare("pprof -base cpu.pb.gz -peek Canvas.")).toEqual(["Canvas.draw"]);
  });
});

describe("in bash", () => {
  const test = it.skipIf(!has("bash"));
  const complete = (line: string): string[] => completers.bash!(line);

  test("a profile after the cursor counts, and names are quoted as the shell needs it", () => {
    expect(complete("pprof -focus=Serv| cpu.pb.gz")).toEqual(["\\\\\\(\\\\\\*Server\\\\\\).Serve"]);
    expect(complete("pprof -focus=std::so| cpu.pb.gz")).toEqual(["sort\\<int\\>"]);
    expect(complete("pprof --foc")).toEqual(["--focus="]);
  });
});

describe("in zsh", () => {
  const there = has("zsh");
  // A terminal of its own, in which keys are typed and what zsh inserts is read.
  const complete = (line: string): string => {
    const script = `zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "cd ${place.path}; autoload -Uz compinit; compinit -u -d dump; source ./script.zsh"
zpty -w z 'show() { print -r -- "<<<$BUFFER>>>"; BUFFER=exit; zle accept-line }; zle -N show'
zpty -w z "bindkey '^I' complete-word; bindkey '^X' show; print rea''dy"
zpty -r -m z out '*ready*'
zpty -w -n z '${line}'$'\\t\\030'
zpty -r -m z out '*<<<*>>>*'
print -r -- $out
zpty -d z`;
    const shown = run("zsh", ["-f", "-c", script]);
    return [...shown.matchAll(/<<<(.*?)>>>/gs)].at(-1)?.[1] ?? "";
  };

  it.skipIf(!there)(`flags, commands, values, names${there ? "" : " (skipped: zsh is not installed)"}`, () => {
    expect(complete("pprof -relat")).toBe("pprof -relative_percentages ");
    expect(complete("pprof -nodef")).toBe("pprof -nodefraction=");
    expect(complete("pprof comp")).toBe("pprof completion ");
    expect(complete("pprof -unit=min")).toBe("pprof -unit=minimum ");
    expect(complete("pprof -top cpu")).toBe("pprof -top cpu.pb.gz ");
    expect(complete("pprof -base=cpu.pb.gz -focus=ren")).toBe("pprof -base=cpu.pb.gz -focus=render ");
    expect(complete("pprof -base cpu.pb.gz -sample_index sam")).toBe("pprof -base cpu.pb.gz -sample_index samples ");
  });
});

describe("pprof __complete", () => {
  const names = async (...words: string[]): Promise<string> =>
    (await pprof(["__complete", ...words], { cwd: place.path })).stdout;

  it("offers names that begin so, else names that hold it", async () => {
    expect(await names("functions", "p", "cpu.pb.gz")).toBe("parse\n");
    expect(await names("functions", "draw", "-base", "=", "cpu.pb.gz")).toBe("Canvas.draw\n");
    expect(await names("functions", "\\(\\*S", "cpu.pb.gz")).toBe("\\(\\*Server\\).Serve\n");
    expect(await names("types", "", "-diff_base=cpu.pb.gz")).toBe("cpu\nsamples\n");
  });

  it("is silent where there is nothing to offer", async () => {
    for (const words of [
      ["functions", "", "notes.txt"],
      ["functions", "", "http://127.0.0.1:1/"],
      ["toString", ""],
      [],
    ]) {
      expect(await pprof(["__complete", ...words], { cwd: place.path })).toEqual({ status: 0, stdout: "", stderr: "" });
    }
  });

  it("prints scripts, and says which shells there are", async () => {
    expect((await pprof(["completion", "bash"])).stdout).toBe(SHELLS.bash!());
    expect(await pprof(["completion", "tcsh"])).toEqual({
      status: 2,
      stdout: "",
      stderr: 'pprof: no completion for the shell "tcsh": must be one of bash, zsh, fish\n',
    });
  });
});
