import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type MappingFields, ProfileBuilder } from "@pprof-ts/profile";
import { beforeAll, describe, expect, it } from "vitest";
import { lazyBinaries } from "../../src/native/frame/lazy-binaries.ts";
import { locateBinaries } from "../../src/native/symbolize/locate.ts";
import { has, itWith, run, scratch } from "./machine.ts";

const directory = scratch();

async function located(mapping: MappingFields | undefined, searchPath: string, executable = "", buildId = "") {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
  builder.sample([builder.location(mapping === undefined ? {} : { mapping: builder.mapping(mapping) })], [1]);
  const warnings: string[] = [];
  const profile = await locateBinaries(builder.build(), {
    searchPath,
    executable,
    buildId,
    binaries: lazyBinaries(""),
    warn: (line) => warnings.push(line),
  });
  const { mappings, locations, strings } = profile;
  return {
    file: strings.get(mappings.filename[0]!),
    buildId: strings.get(mappings.buildId[0]!),
    mappingOfLocation: locations.mapping[0],
    warnings,
  };
}

describe("binaries on the search path", () => {
  let binary = "";
  beforeAll(() => {
    if (!has("gcc")) return;
    const source = directory.write("empty.c", "int main(void) { return 0; }\n");
    binary = join(directory.path, "empty");
    run("gcc", ["-Wl,--build-id=0xabcdef0123", "-o", binary, source]);
  });

  const places = {
    "build id and name": "abcdef0123/prog",
    "build id and another name": "abcdef0123/other",
    "path and build id, as perf has it": "opt/prog/abcdef0123",
    "the LLVM layout": "ab/cdef0123.debug",
    "its name": "prog",
    "its path": "opt/prog",
    "its path with .debug": "opt/prog.debug",
    "GDB's .debug beside it": "opt/.debug/prog.debug",
    "GDB's /usr/lib/debug": "usr/lib/debug/opt/prog.debug",
  };
  for (const [name, place] of Object.entries(places)) {
    itWith(["gcc"], `are found by ${name}`, async () => {
      const root = join(directory.path, name.replaceAll(/\W/g, "-"));
      const path = join(root, place);
      mkdirSync(dirname(path), { recursive: true });
      symlinkSync(binary, path);
      const found = await located({ filename: "/opt/prog", buildId: "abcdef0123" }, `/nowhere:${root}`);
      expect(found).toMatchObject({ file: path, warnings: [] });
    });
  }

  itWith(["gcc"], "of another build are left alone", async () => {
    const root = join(directory.path, "mismatch");
    mkdirSync(root);
    symlinkSync(binary, join(root, "prog"));
    const found = await located({ filename: "/opt/prog", buildId: "0123" }, root);
    expect(found.file).toBe("/opt/prog");
    expect(found.warnings).toEqual([`Ignoring local file ${root}/prog: build-id mismatch (0123 != abcdef0123)`]);
  });
});

describe("a profile's first mapping", () => {
  it("is made up where there is none", async () => {
    expect(await located(undefined, "")).toMatchObject({ file: "", mappingOfLocation: 0 });
  });

  it("takes file and build id from the command line", async () => {
    expect(await located({ filename: "/a" }, "", "/b", "77")).toMatchObject({ file: "/b", buildId: "77" });
    expect(await located({ filename: "/a", buildId: "55" }, "", "", "77")).toMatchObject({ file: "/a", buildId: "55" });
  });

  it("is not a file that only lies there", async () => {
    const root = join(directory.path, "text");
    mkdirSync(root);
    writeFileSync(join(root, "prog"), "not a binary");
    expect(await located({ filename: "/opt/prog" }, root)).toMatchObject({ file: "/opt/prog", warnings: [] });
  });
});
