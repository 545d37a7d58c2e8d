import type { Profile } from "@pprof-ts/profile";
import { type ColumnSource, fileWriter, ParquetWriter } from "hyparquet-writer";
import { ToolError } from "../error.ts";

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]["schema"][number];

/** Rows that are written together: what is in memory at once. */
const GROUP = 50_000;

/** A file of Parquet with a row for each step of time, group and stack: values by their types, the stack from the root on. */
export class ParquetRows {
  readonly #file: string;
  readonly #by: string;
  #types: readonly string[] | undefined;
  #writer: ParquetWriter | undefined;
  #times: Date[] = [];
  #groups: string[] = [];
  #stacks: string[][] = [];
  #labels: string[] = [];
  #values: bigint[][] = [];
  #count = 0;

  /** `by` is the label whose value groups are; "" for none. */
  constructor(file: string, by: string) {
    this.#file = file;
    this.#by = by;
  }

  /** Adds the samples of a profile of one step and group. All profiles have the same sample types. */
  async add(millis: number, group: string, profile: Profile): Promise<void> {
    const { samples, sampleTypes, strings } = profile;
    const types = sampleTypes.map(({ type, unit }) => `${type}_${unit}`);
    this.#types ??= types;
    if (this.#types.join() !== types.join()) {
      throw new ToolError(`profiles of ${this.#types.join(", ")} and of ${types.join(", ")} are no rows of one table`);
    }
    if (this.#values.length === 0) this.#values = types.map(() => []);
    const functions = functionsOf(profile);
    for (let row = 0; row < samples.length; row++) {
      const stack = Array.from(samples.locations.subarray(samples.locationStart[row], samples.locationStart[row + 1]));
      const labels: Record<string, string> = {};
      for (let at = samples.labelStart[row]!; at < samples.labelStart[row + 1]!; at++) {
        const { key, str, num, numUnit } = samples.labels;
        const number = `${num[at]}${strings.get(numUnit[at]!)}`;
        labels[strings.get(key[at]!)] = str[at] === 0 ? number : strings.get(str[at]!);
      }
      this.#times.push(new Date(millis));
      this.#groups.push(group);
      this.#stacks.push(stack.reverse().flatMap((location) => functions[location]!));
      this.#labels.push(JSON.stringify(labels));
      for (const [at, column] of samples.values.entries()) this.#values[at]!.push(column[row]!);
      if (this.#times.length >= GROUP) await this.#flush();
    }
  }

  /** Writes what is left, and the end of the file; how many rows there are. */
  async finish(): Promise<number> {
    if (this.#types === undefined) throw new ToolError("no profile of what is asked for in that time");
    await this.#flush();
    await this.#writer!.finish();
    return this.#count;
  }

  async #flush(): Promise<void> {
    const types = this.#types!;
    this.#writer ??= new ParquetWriter({
      writer: fileWriter(this.#file),
      schema: schemaOf(this.#by, types),
      createdBy: "pprof-ts",
    });
    const columnData: ColumnSource[] = [
      { name: "time", data: this.#times },
      ...(this.#by === "" ? [] : [{ name: this.#by, data: this.#groups }]),
      { name: "stack", data: this.#stacks },
      { name: "labels", data: this.#labels },
      ...types.map((name, at) => ({ name, data: this.#values[at]! })),
    ];
    await this.#writer.write({ columnData, rowGroupSize: GROUP });
    this.#count += this.#times.length;
    [this.#times, this.#groups, this.#stacks, this.#labels] = [[], [], [], []];
    this.#values = types.map(() => []);
  }
}

/** The columns as Parquet describes them. */
function schemaOf(by: string, types: readonly string[]): SchemaElement[] {
  const text = { type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" } as const;
  return [
    { name: "root", num_children: 3 + types.length + (by === "" ? 0 : 1) },
    { name: "time", type: "INT64", converted_type: "TIMESTAMP_MILLIS", repetition_type: "REQUIRED" },
    ...(by === "" ? [] : [{ name: by, ...text }]),
    { name: "stack", converted_type: "LIST", num_children: 1, repetition_type: "REQUIRED" },
    { name: "list", num_children: 1, repetition_type: "REPEATED" },
    { name: "element", ...text },
    { name: "labels", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
    ...types.map((name): SchemaElement => ({ name, type: "INT64", repetition_type: "REQUIRED" })),
  ];
}

/** By location, the names of its functions, the caller first. */
function functionsOf({ locations, functions, strings }: Profile): readonly (readonly string[])[] {
  return Array.from({ length: locations.length }, (_, location) => {
    const names: string[] = [];
    for (let line = locations.lineStart[location + 1]! - 1; line >= locations.lineStart[location]!; line--) {
      const row = locations.lines.function[line]!;
      names.push(row < 0 ? "" : strings.get(functions.name[row]!));
    }
    return names.length > 0 ? names : [`0x${locations.address[location]!.toString(16)}`];
  });
}
