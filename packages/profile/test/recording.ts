/** The bytes of recordings of Java's Flight Recorder, as few as can be. */

type Part = readonly number[];
type ElementOf = readonly [name: string, attributes: Readonly<Record<string, string>>, children: readonly ElementOf[]];

export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}

export const string = (text: string): number[] => [3, ...varint(Buffer.byteLength(text)), ...Buffer.from(text)];

/** An event, whose size is in its first three bytes. */
export function event(type: number, content: Part): number[] {
  const body = [...varint(type), ...content];
  const size = body.length + 3;
  return [(size & 0x7f) | 0x80, ((size >> 7) & 0x7f) | 0x80, size >> 14, ...body];
}

/** The classes that a recording describes, by number: fields as `name:class`, with `*` for a reference, `[]` for a list. */
function metadata(classes: Readonly<Record<number, readonly [name: string, ...fields: string[]]>>): number[] {
  const strings: string[] = [];
  const row = (text: string): number[] => {
    if (!strings.includes(text)) strings.push(text);
    return varint(strings.indexOf(text));
  };
  const written = ([name, attributes, children]: ElementOf): number[] => [
    ...row(name),
    ...varint(Object.keys(attributes).length),
    ...Object.entries(attributes).flatMap(([key, value]) => [...row(key), ...row(value)]),
    ...varint(children.length),
    ...children.flatMap(written),
  ];
  const elements = Object.entries(classes).map(([id, [name, ...fields]]): ElementOf => {
    const members = fields.map((field): ElementOf => {
      const [, own = "", type = "", marks = ""] = /^(\w+):(\d+)(.*)$/.exec(field) ?? [];
      const attributes: Record<string, string> = { name: own, class: type };
      if (marks.includes("*")) attributes.constantPool = "true";
      if (marks.includes("[]")) attributes.dimension = "1";
      return ["field", attributes, []];
    });
    return ["class", { id, name }, members];
  });
  const root = written(["root", {}, [["metadata", {}, elements]]]);
  return event(0, [0, 0, 0, ...varint(strings.length), ...strings.flatMap(string), ...root]);
}

export interface RecordingParts {
  readonly classes: Parameters<typeof metadata>[0];
  /** By class, the entries by number. */
  readonly pools: Readonly<Record<number, Readonly<Record<number, Part>>>>;
  readonly events: Part;
}

export function recording({ classes, pools, events }: RecordingParts): Uint8Array {
  const described = metadata(classes);
  const constants = event(1, [
    ...[0, 0, 0, 1],
    ...varint(Object.keys(pools).length),
    ...Object.entries(pools).flatMap(([type, entries]) => [
      ...varint(Number(type)),
      ...varint(Object.keys(entries).length),
      ...Object.entries(entries).flatMap(([key, value]) => [...varint(Number(key)), ...value]),
    ]),
  ]);
  const header = Buffer.alloc(68);
  header.write("FLR\0", "latin1");
  header.writeUInt16BE(2, 4);
  const parts = [described, constants, events];
  header.writeBigUInt64BE(BigInt(68 + parts.reduce((sum, part) => sum + part.length, 0)), 8);
  header.writeBigUInt64BE(BigInt(68 + described.length), 16);
  header.writeBigUInt64BE(68n, 24);
  header.writeBigUInt64BE(1_000n, 32);
  header.writeBigUInt64BE(5_000n, 40);
  header.writeBigUInt64BE(1_000_000_000n, 56);
  header.writeUInt32BE(1, 64);
  return Buffer.concat([header, ...parts.map((part) => Uint8Array.from(part))]);
}

/** As Java describes itself, as far as profiles go. */
export const JAVA: RecordingParts["classes"] = {
  1: ["int"],
  2: ["long"],
  3: ["java.lang.String"],
  4: ["jdk.types.Symbol", "string:3"],
  5: ["java.lang.Class", "name:4*"],
  6: ["jdk.types.Method", "type:5*", "name:4*"],
  7: ["jdk.types.StackFrame", "method:6*", "lineNumber:1"],
  8: ["jdk.types.StackTrace", "frames:7[]"],
  9: ["java.lang.Thread", "javaName:3"],
  10: ["jdk.ExecutionSample", "startTime:2", "sampledThread:9*", "stackTrace:8*"],
  11: ["jdk.ObjectAllocationSample", "startTime:2", "eventThread:9*", "stackTrace:8*", "weight:2"],
  12: ["jdk.JavaMonitorEnter", "startTime:2", "duration:2", "eventThread:9*", "stackTrace:8*"],
  13: ["jdk.CPULoad", "startTime:2"],
};

/** Main.main calls work in it, which is sampled twice and allocates, and waits once. */
export const shopRecording: RecordingParts = {
  classes: JAVA,
  pools: {
    4: { 1: string("com/example/Main"), 2: string("main"), 3: string("work") },
    5: { 1: [1] },
    6: { 1: [1, 2], 2: [1, 3] },
    8: { 1: [2, 2, 7, 1, 3], 2: [1, 1, 9] },
    9: { 1: string("main-thread") },
  },
  events: [
    ...event(10, [1, 1, 1]),
    ...event(13, [1]),
    ...event(10, [2, 1, 1]),
    ...event(11, [3, 1, 1, ...varint(4096)]),
    ...event(12, [4, ...varint(700), 1, 2]),
  ],
};
