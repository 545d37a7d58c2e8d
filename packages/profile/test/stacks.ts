import { type Profile, ProfileBuilder, type ProfileHeader } from "@pprof-ts/profile";

/**
 * A profile from text, a sample a line: a stack root first, a value for each sample type, and labels, as in
 * `main;work:12 3 40 user=ann bytes=16`, where `work:12` is line 12 of `work`.
 */
export function stacks(text: string, header: Partial<ProfileHeader> = {}): Profile {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }], ...header });
  for (const sample of text.trim().split("\n")) {
    const [stack = "", ...rest] = sample.trim().split(" ");
    const values = rest.filter((word) => !word.includes("=")).map(BigInt);
    const labels = rest
      .filter((word) => word.includes("="))
      .map((word) => word.split("=") as [string, string])
      .map(([key, value]) => ({ key, value: /^-?\d+$/.test(value) ? BigInt(value) : value }));
    const locations = stack
      .split(";")
      .filter((frame) => frame !== "-")
      .map((frame) => {
        const [, name = "", line = "0"] = /^(.*?)(?::(\d+))?$/.exec(frame) ?? [];
        return builder.location({ lines: [{ function: builder.function({ name }), line: Number(line) }] });
      });
    builder.sample(locations.reverse(), values, labels);
  }
  return builder.build();
}

/** The text that `stacks` reads, with inlined frames joined by commas, innermost last. */
export function show(profile: Profile): string[] {
  const { samples, locations, functions, strings } = profile;
  const { labels } = samples;
  return Array.from({ length: samples.length }, (_, row) => {
    const frames: string[] = [];
    for (let i = samples.locationStart[row]!; i < samples.locationStart[row + 1]!; i++) {
      const location = samples.locations[i]!;
      const inlined: string[] = [];
      for (let line = locations.lineStart[location]!; line < locations.lineStart[location + 1]!; line++) {
        const fn = locations.lines.function[line]!;
        const at = locations.lines.line[line]!;
        inlined.push(`${fn < 0 ? "?" : strings.get(functions.name[fn]!)}${at === 0n ? "" : `:${at}`}`);
      }
      frames.push(inlined.reverse().join(","));
    }
    const words = [frames.reverse().join(";") || "-", ...samples.values.map((column) => String(column[row]))];
    for (let label = samples.labelStart[row]!; label < samples.labelStart[row + 1]!; label++) {
      const value = labels.str[label] === 0 ? labels.num[label] : strings.get(labels.str[label]!);
      words.push(`${strings.get(labels.key[label]!)}=${value}${strings.get(labels.numUnit[label]!)}`);
    }
    return words.join(" ");
  });
}
