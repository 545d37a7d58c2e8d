import { type Profile, toNumbers } from "@pprof-ts/profile";
import { oneLine } from "../code/one-line.ts";

/** The rows of a profile for the text formats: equal stacks are one row, the largest first. */
interface Row {
  readonly values: number[];
  readonly locations: readonly number[];
}

/** `goroutine`, `threadcreate` and custom profiles, as Go prints them for `debug=1`. */
export function countText(name: string, profile: Profile): string {
  const rows = rowsOf(profile);
  const total = rows.reduce((sum, { values }) => sum + values[0]!, 0);
  const blocks = rows.map((row) => `${row.values[0]} @${pcs(profile, row)}\n${frameLines(profile, row)}`);
  return `${oneLine(name)} profile: total ${total}\n${blocks.join("\n")}\n${commentLines(profile)}`;
}

/** `block` and `mutex`, as Go prints them for `debug=1`: cycles are nanoseconds. */
export function contentionText(name: string, profile: Profile): string {
  const title = name === "mutex" ? "mutex" : "contention";
  const blocks = rowsOf(profile, 1).map(
    (row) => `${row.values[1]} ${row.values[0]} @${pcs(profile, row)}\n${frameLines(profile, row)}`,
  );
  const period = name === "mutex" ? `sampling period=${profile.period}\n` : "";
  return `--- ${title}:\ncycles/second=1000000000\n${period}${blocks.join("\n")}`;
}

/** `heap` and `allocs`, as Go prints them for `debug=1`. Their values are samples' estimates, so the rate given is 1, which a reader takes for half of the number. */
export function heapText(profile: Profile): string {
  const alloc = profile.sampleTypes[0]!.type.startsWith("alloc");
  const pair = (values: readonly number[]): string => {
    const [objects, bytes] = values.slice(alloc ? 2 : 0);
    return `${objects}: ${bytes} [${values[0]}: ${values[1]}]`;
  };
  const rows = rowsOf(profile, 1);
  const total = profile.sampleTypes.map((_, type) => rows.reduce((sum, { values }) => sum + values[type]!, 0));
  const blocks = rows.map((row) => `${pair(row.values)} @${pcs(profile, row)}\n${frameLines(profile, row)}`);
  return `heap profile: ${pair(total)} @ heap/2\n${blocks.join("\n")}\n${commentLines(profile)}`;
}

function commentLines({ comments }: Profile): string {
  return comments.map((comment) => `# ${oneLine(comment)}\n`).join("");
}

function rowsOf(profile: Profile, by = 0): Row[] {
  const { samples } = profile;
  const columns = samples.values.map(toNumbers);
  const rows = new Map<string, Row>();
  for (let sample = 0; sample < samples.length; sample++) {
    const locations = [
      ...samples.locations.subarray(samples.locationStart[sample]!, samples.locationStart[sample + 1]!),
    ];
    const values = columns.map((column) => column[sample]!);
    const known = rows.get(locations.join());
    if (known === undefined) rows.set(locations.join(), { values, locations });
    else for (const [type, value] of values.entries()) known.values[type]! += value;
  }
  return [...rows.values()].sort((a, b) => b.values[by]! - a.values[by]!);
}

function pcs(profile: Profile, { locations }: Row): string {
  return locations.map((location) => ` 0x${pc(profile, location)}`).join("");
}

/** A return address, as Go prints them: one past the place. */
function pc(profile: Profile, location: number): string {
  return (profile.locations.address[location]! + 1n).toString(16);
}

function frameLines(profile: Profile, { locations }: Row): string {
  const { lineStart, lines } = profile.locations;
  let text = "";
  for (const location of locations) {
    for (let line = lineStart[location]!; line < lineStart[location + 1]!; line++) {
      const { name, filename } = profile.functions;
      const fn = lines.function[line]!;
      const file = oneLine(profile.strings.get(filename[fn]!));
      const place = file === "" ? "" : `\t${file}:${lines.line[line]}`;
      text += `#\t0x${pc(profile, location)}\t${oneLine(profile.strings.get(name[fn]!))}${place}\n`;
    }
  }
  return text;
}
