import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { OPTIONS } from "@pprof-ts/report";
import { describe, expect, it } from "vitest";
import { manPage } from "../../src/help/man.ts";
import { EXAMPLES, sections } from "../../src/help/sections.ts";
import { topicHelp, topics } from "../../src/help/topic.ts";
import { usage } from "../../src/help/usage.ts";
import { COMMANDS } from "../../src/words/commands.ts";
import { FLAGS } from "../../src/words/flag-table.ts";
import { parseFlags } from "../../src/words/flags.ts";
import { SUBCOMMANDS } from "../../src/words/subcommands.ts";
import { directory, pprof } from "../tool.ts";

describe("pprof -h", () => {
  it("names every flag once, in 80 columns", () => {
    const lines = usage().split("\n");
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    for (const { name } of FLAGS)
      expect(lines.filter((line) => line.match(/^ {2}-(\w+)/)?.[1] === name)).toHaveLength(1);
  });

  it("has every flag in one section", () => {
    expect(sections().flatMap(({ flags }) => flags)).toHaveLength(FLAGS.length);
  });

  it("shows examples that are valid command lines", () => {
    for (const [example] of EXAMPLES) {
      const [program, first = "", ...rest] = example.split(" ");
      expect(program).toBe("pprof");
      const isReport = SUBCOMMANDS.every(({ name }) => name !== first);
      expect(parseFlags(isReport ? [first, ...rest] : rest, FLAGS)).toHaveProperty("positional.0");
    }
  });

  it("is on standard error with status 0, and on standard output where it was asked for by name", async () => {
    expect(await pprof(["-h"])).toEqual({ status: 0, stdout: "", stderr: expect.stringContaining("Examples:") });
    expect(await pprof(["help"])).toEqual({ status: 0, stdout: expect.stringContaining("Examples:"), stderr: "" });
  });
});

describe("pprof help TOPIC", () => {
  it("explains every flag, option and command", () => {
    for (const { name } of [...FLAGS, ...OPTIONS, ...COMMANDS, ...SUBCOMMANDS]) {
      expect(topics()).toContain(name);
      expect(
        topicHelp(name)
          ?.split("\n")
          .every((line) => line.length <= 80),
      ).toBe(true);
    }
  });

  it("shows the flag, the shell's words and the address", () => {
    expect(topicHelp("-nodefraction")).toBe(`pprof ... -nodefraction=X SOURCE...

  Hide nodes below <f>*total (default 0.005)

  In the shell: nodefraction=X
  In a page's address: nf=...
`);
    expect(topicHelp("sort")).toContain("-flat             Sort entries based on own weight (default)\n");
    expect(topicHelp("peek")).toContain("pprof -peek=REGEXP SOURCE...");
    expect(topicHelp("nothing")).toBeUndefined();
  });

  it("knows what was meant", async () => {
    expect(await pprof(["help", "focsu"])).toEqual({
      status: 2,
      stdout: "",
      stderr: 'pprof: no help on "focsu": did you mean focus?; pprof -h lists everything\n',
    });
  });

  it("is not hidden by a folder of a subcommand's name", async () => {
    using place = directory({});
    for (const name of ["test", "ci"]) {
      mkdirSync(path.join(place.path, name));
      const { status, stderr } = await pprof([name], { cwd: place.path });
      expect([status, stderr]).toEqual([
        2,
        expect.stringMatching(new RegExp(`^no command to run\nusage: pprof ${name} `)),
      ]);
    }
  });

  it("leaves a file named help a source", async () => {
    using place = directory({ help: "no profile" });
    const { status, stderr } = await pprof(["help"], { cwd: place.path });
    expect(status).toBe(2);
    expect(stderr).toContain("parsing profile");
  });
});

describe("a mistake on the command line", () => {
  it.each([
    [["-topp", "x"], "did you mean -top?"],
    [["-fcous=a", "x"], "did you mean -focus?"],
    [["--tagfocs=a", "x"], "did you mean -tagfocus?"],
    [["top", "x"], 'there is no file "top": did you mean -top?'],
    [["topp", "x"], 'there is no file "topp": did you mean -top?'],
    [["hepl", "top"], 'there is no file "hepl": did you mean help?'],
    [["nowhere.pb.gz", "-top"], '"-top" stands after a source and is taken for one: flags go first'],
  ])("%j: %s", async (words, hint) => {
    const { status, stderr } = await pprof(words);
    expect(status).toBe(2);
    expect(stderr).toContain(hint);
  });

  it("is not suspected where there is none", async () => {
    using place = directory({ top: "no profile" });
    expect((await pprof(["-top", "top"], { cwd: place.path })).stderr).not.toContain("did you mean");
  });
});

describe("the page of the manual", () => {
  const page = manPage("1.2.3");

  it("has every flag, as text that roff takes for no command", () => {
    for (const { name } of FLAGS) expect(page).toMatch(new RegExp(`^\\.B \\\\-${name}([[=]|$)`, "m"));
    for (const line of page.split("\n")) expect(line).toMatch(/^(\.(TH|SH|TP|IP|B|br|nf|fi|sp)( |$)|[^.'])|^$/);
  });

  const setter = "groff";
  const hasGroff = spawnSync(setter, ["--version"]).status === 0;
  it.skipIf(!hasGroff)(`is set without a warning${hasGroff ? "" : " (skipped: groff is not installed)"}`, () => {
    const { stdout, stderr } = spawnSync(setter, ["-man", "-ww", "-Tutf8", "-P-cbou"], {
      input: page,
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(stdout).toContain("pprof - read, rank, compare and draw profiles");
    expect(stdout).toContain("-nodefraction=X");
  });
});
