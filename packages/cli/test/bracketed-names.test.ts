import { readFileSync } from "node:fs";
import { encode, formats, type Profile, ProfileBuilder, readProfile } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { directory, pprof } from "./tool.ts";

const names: readonly string[] = ["<module>", "<lambda>", "<built-in_method_decompress>", "<T_as_X>::drop"];
const builder = new ProfileBuilder({ sampleTypes: [{ type: "cpu", unit: "nanoseconds" }] });
const at = (name: string): number =>
  builder.location({ lines: [{ function: builder.function({ name, systemName: name }) }] });
names.forEach((name, i) => {
  builder.sample([at(name), at("main")], [1_000_000 * (i + 1)]);
});
const profile = builder.build();

/** The formats of other tools that can be written, and so be read again. */
const written = formats.flatMap(({ name, isOwn, write }) => (write === undefined || isOwn ? [] : [{ name, write }]));

test.each(written)("names in angle brackets are kept in $name", async ({ write }) => {
  using made = directory({ profile: write(profile) });
  const { stdout, status } = await pprof(["-top", "profile"], { cwd: made.path });
  expect(status).toBe(0);
  for (const name of names) expect(stdout).toContain(`  ${name}\n`);
});

test("they are the reference's in what the tool prints of a pprof profile, and kept in its pages", async () => {
  using made = directory({ profile: encode(profile), other: new TextEncoder().encode("main;<module>;<other> 3\n") });
  const printed = await pprof(["-top", "profile"], { cwd: made.path });
  for (const name of names.slice(0, 3)) expect(printed.stdout).not.toContain(name);
  expect(printed.stdout).toContain("  ::drop\n");
  expect((await pprof(["-html=page.html", "profile"], { cwd: made.path })).status).toBe(0);
  const shown = await pageOf(`${made.path}/page.html`);
  for (const name of names) expect(namesOf(shown)).toContain(name);
  // Whatever else it is asked for together with another tool's file, that has its names; how to write them may be said.
  const other = await pprof(["-top", "other"], { cwd: made.path });
  expect(other.stdout).toMatch(/<other>/);
  expect((await pprof(["-top", "-symbolize=demangle=full", "profile"], { cwd: made.path })).stdout).toContain(
    "<module>",
  );
});

async function pageOf(file: string): Promise<Profile> {
  const [, text] = /id="pprof-profile"[^>]*>([^<]*)</.exec(readFileSync(file, "utf8"))!;
  return readProfile(Buffer.from(text!, "base64"));
}

function namesOf({ functions, strings }: Profile): readonly string[] {
  return Array.from(functions.name, (row) => strings.get(row));
}
