import { cpSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { encode, type Profile, ProfileBuilder } from "@pprof-ts/profile";
import { afterAll, describe, test } from "vitest";
import { shop } from "../../report/test/stacks.ts";
import { directory, pprof } from "./tool.ts";

/**
 * Command lines over profiles of programs of this project, and the files in golden/ with all that they print and their
 * status. `npx vitest run packages/cli/test/golden -u` writes them anew. After `<` stands what is typed into the shell.
 * shop.pb.gz has inlined calls, recursion, labels and code without symbols; tiny.pb.gz is of a native binary; the others
 * were recorded, of shop.js.
 */
const GOLDENS = [
  // Reports
  "-top shop.pb.gz",
  "-text -nodecount=3 shop.pb.gz",
  "-top shop.cpu.pb.gz",
  "-top shop.allocs.pb.gz",
  "-top -inuse_space shop.heap.pb.gz",
  "-tree -nodecount=5 shop.pb.gz",
  "-tree shop.allocs.pb.gz",
  "-peek=checkout shop.cpu.pb.gz",
  "-list=discount shop.cpu.pb.gz",
  "-list=checkout shop.pb.gz",
  "-weblist=discount -output=/dev/null shop.cpu.pb.gz",
  "-traces shop.pb.gz",
  "-tags shop.cpu.pb.gz",
  "-comments shop.heap.pb.gz",
  "-raw shop.allocs.pb.gz",
  "-dot shop.pb.gz",
  "-dot -call_tree -focus=walk shop.pb.gz",
  "-callgrind shop.pb.gz",
  "-kcachegrind shop.pb.gz",
  "-proto -output=out.pb.gz shop.pb.gz",
  "-topproto -output=out.pb.gz shop.pb.gz",
  // Pictures
  "-svg -nodecount=3 shop.pb.gz",
  "-svg -nodecount=3 -call_tree -focus=bestPrice|discount shop.cpu.pb.gz",
  // Native code, read by the tool itself
  "-raw -tools=nowhere tiny tiny.pb.gz",
  "-top -lines -tools=nowhere tiny tiny.pb.gz",
  "-list=work -tools=nowhere -source_path=. tiny tiny.pb.gz",
  "-disasm=work -tools=nowhere tiny tiny.pb.gz",
  "-top -tools=nowhere tiny.pb.gz",
  // What Go's tool has not
  "-flame= shop.pb.gz",
  "-collapsed shop.cpu.pb.gz",
  "-speedscope shop.pb.gz",
  "-cpuprofile shop.pb.gz",
  "-otlp -output=out.pb shop.pb.gz",
  "-md shop.cpu.pb.gz",
  "-md -md_lines=20 shop.pb.gz",
  "-json shop.pb.gz",
  "-json -tree -nodecount=3 shop.pb.gz",
  "-json -tags shop.cpu.pb.gz",
  "-json -traces -focus=walk shop.pb.gz",
  "-csv shop.pb.gz",
  "-csv -peek=walk shop.pb.gz",
  "-csv -tags shop.cpu.pb.gz",
  "diff shop.cpu.pb.gz shop.cpu2.pb.gz",
  "diff -md -nodecount=3 shop.cpu.pb.gz shop.cpu2.pb.gz",
  "diff -json -nodecount=1 shop.cpu.pb.gz shop.cpu2.pb.gz",
  "diff -fail-on=total>+0% -focus=distance shop.cpu.pb.gz shop.cpu2.pb.gz",
  // Options
  "-top -cum -focus=checkout -ignore=discount shop.cpu.pb.gz",
  "-top -hide=anonymous|native -show_from=work shop.cpu.pb.gz",
  "-top -show=shop\\.js -noinlines shop.cpu.pb.gz",
  "-top -prune_from=^discount$ shop.cpu.pb.gz",
  "-top -relative_percentages -focus=browse shop.cpu.pb.gz",
  "-top -tagfocus=route=/checkout -tagignore=ann shop.cpu.pb.gz",
  "-top -tagfocus=8kb: shop.pb.gz",
  "-top -tagroot=route -tagleaf=tenant shop.cpu.pb.gz",
  "-traces -tagshow=tenant -focus=checkout shop.pb.gz",
  "-traces -taghide=endpoint shop.pb.gz",
  "-top -lines shop.pb.gz",
  "-top -files -unit=us shop.pb.gz",
  "-top -filefunctions shop.pb.gz",
  "-top -addresses -showcolumns shop.pb.gz",
  "-top -mean -sample_index=cpu -divide_by=2 shop.pb.gz",
  "-top -nodefraction=0.2 -edgefraction=0.3 shop.pb.gz",
  "-top -trim=false -compact_labels shop.pb.gz",
  "-top -trim_path=/srv -files shop.cpu.pb.gz",
  // Several profiles
  "-top shop.cpu.pb.gz shop.cpu2.pb.gz",
  "-top -base=shop.cpu.pb.gz shop.cpu2.pb.gz",
  "-top -diff_base=shop.cpu.pb.gz shop.cpu2.pb.gz",
  "-tags -diff_base=shop.cpu.pb.gz shop.cpu2.pb.gz",
  "-top -base=shop.cpu.pb.gz -normalize -drop_negative shop.cpu2.pb.gz",
  // The shell
  "shop.pb.gz < help",
  "shop.pb.gz < o",
  "shop.pb.gz < lines; top3; cum; top 3; lines=no; top 2 -total; q",
  "shop.pb.gz < focus=walk; top; :; top 2; sample_index=samples; top 2 >out.txt; tags",
  "shop.pb.gz < peek walk; list total; traces walk; comments",
  "shop.pb.gz < json; csv 2; md 12; collapsed walk; json >out.json; speedscope >out.json; flame >out.svg",
  "shop.pb.gz < json tree 2; csv peek walk; json tags >out.json; csv flame; json nope; csv list",
  "shop.pb.gz < nope; topp; focus; sample_index 0; sample_index=9; granularity=nope; peek; help nope; top (",
  // Help and mistakes
  "-h",
  "help focus",
  "help top",
  "help nope",
  "completion nope",
  "",
  "-topp shop.pb.gz",
  "-nodecount=x shop.pb.gz",
  "-top -tree shop.pb.gz",
  "-top -cum -flat shop.pb.gz",
  "-top -focus=( shop.pb.gz",
  "-peek=nowhere shop.pb.gz",
  "-list=nowhere shop.pb.gz",
  "-top -focus=nowhere shop.pb.gz",
  "-csv -dot shop.pb.gz",
  "-top -sample_index=nope shop.pb.gz",
  "-top shop/shop.js",
  "-top nothing.pb.gz",
  "-top shop.pb.gz nothing.pb.gz",
  "-top -base=shop.heap.pb.gz shop.cpu.pb.gz",
];

const testdata = fileURLToPath(new URL("testdata", import.meta.url));
const native = (name: string): Uint8Array => readFileSync(new URL(`native/testdata/${name}`, import.meta.url));
const made = directory({
  "shop.pb.gz": gzipSync(encode(shop())),
  "tiny.pb.gz": gzipSync(encode(tiny())),
  tiny: gunzipSync(native("tiny64.gz")),
  "tiny.c": native("tiny.c"),
});
cpSync(testdata, made.path, { recursive: true, filter: (file) => !file.endsWith(".js") });
// Where a checkout of the recorded program has it.
cpSync(path.join(testdata, "shop.js"), path.join(made.path, "shop", "shop.js"));
afterAll(() => made[Symbol.dispose]());

/** As a profiler of native code writes it: addresses alone, of testdata/tiny.c in native/ when it was compiled. */
function tiny(): Profile {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
  const mapping = builder.mapping({ filename: "/src/tiny", start: 0x400000n, limit: 0x401000n, hasFunctions: false });
  const at = (address: bigint): number => builder.location({ mapping, address });
  const main = at(0x400139n);
  for (const address of [0x400100n, 0x400110n, 0x400110n, 0x400120n]) builder.sample([at(address), main], [1]);
  builder.sample([main], [2]);
  return builder.build();
}

const fileOf = (line: string): string => line.replace(/[^\w=.,-]+/g, "_").replace(/^-|_$/g, "") || "no_arguments";

describe.concurrent("what is printed for", () => {
  test.for(GOLDENS)("%s", async (line, { expect }) => {
    const [words = "", typed = ""] = line.split(" < ");
    const run = await pprof(words.split(" ").filter(Boolean), {
      cwd: made.path,
      input: typed.replaceAll("; ", "\n"),
      env: { PPROF_BINARY_PATH: made.path },
    });
    const text = [
      `$ pprof ${line}`,
      `status ${run.status}`,
      "--- standard error",
      run.stderr,
      "--- standard output",
      run.stdout,
    ];
    await expect(text.join("\n").replaceAll(made.path, "DIRECTORY")).toMatchFileSnapshot(`golden/${fileOf(line)}.txt`);
  });

  test("each of them in a file of its own", ({ expect }) => {
    expect(new Set(GOLDENS.map(fileOf)).size).toBe(GOLDENS.length);
    expect(readFileSync(new URL("golden/help_top.txt", import.meta.url), "utf8")).toContain("status 0");
  });
});
