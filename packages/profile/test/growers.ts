import { event, JAVA, varint as jfrVarint, recording, shopRecording, string } from "./recording.ts";

/**
 * Makers of inputs of about so many bytes, each of which lets one thing of a format grow: how deep, how many, how long, how
 * often the same is referred to. A name begins with the format that must recognise what it makes.
 */
export type Grower = (bytes: number) => string | Uint8Array;

/** Parts from `part(0)` on until there are so many bytes. */
function fill(bytes: number, part: (i: number) => string): string {
  const parts: string[] = [];
  for (let i = 0, size = 0; size < bytes; i++) {
    const text = part(i);
    parts.push(text);
    size += text.length;
  }
  return parts.join("");
}

/** As `fill`, with a comma between. */
const list = (bytes: number, part: (i: number) => string): string => fill(bytes, (i) => (i > 0 ? "," : "") + part(i));
const times = <T>(count: number, part: (i: number) => T): T[] =>
  Array.from({ length: Math.floor(count) }, (_, i) => part(i));
const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const base36 = (i: number): string => i.toString(36);

// --- speedscope

const speedscope = (frames: string, profiles: string, exporter = "other"): string =>
  `{"$schema":"https://www.speedscope.app/file-format-schema.json","exporter":"${exporter}","shared":{"frames":[${frames}]},"profiles":[${profiles}]}`;
const evented = (events: string): string =>
  `{"type":"evented","name":"p","unit":"none","startValue":0,"endValue":9e9,"events":[${events}]}`;
const sampled = (name: string, samples: string, weights: string): string =>
  `{"type":"sampled","name":"${name}","unit":"none","startValue":0,"endValue":1,"samples":[${samples}],"weights":[${weights}]}`;
const opened = (at: number, frame = 0): string => `{"type":"O","frame":${frame},"at":${at}}`;
const closed = (at: number, frame = 0): string => `{"type":"C","frame":${frame},"at":${at}}`;

// --- V8

const frame = (name: string, url = "", line = -1): string =>
  `{"functionName":"${name}","url":"${url}","lineNumber":${line},"columnNumber":0}`;
const cpuprofile = (nodes: string, samples: string, deltas = ""): string =>
  `{"nodes":[${nodes}],"startTime":0,"endTime":9,"samples":[${samples}],"timeDeltas":[${deltas}]}`;
const cpuChain = (depth: number): string =>
  times(depth, (i) => `{"id":${i + 1},"callFrame":{},"children":[${i + 1 < depth ? i + 2 : ""}]}`).join();
const chromeChunk = (tid: number, nodes: string, samples: string): string =>
  `{"name":"ProfileChunk","ph":"P","id":"${tid}","pid":1,"tid":${tid},"args":{"data":{"cpuProfile":{"nodes":[${nodes}],"samples":[${samples}]}}}}`;
const chromeChain = (depth: number): string =>
  times(depth, (i) => `{"id":${i + 1},"callFrame":{}${i > 0 ? `,"parent":${i}` : ""}}`).join();
const timeline = (infos: string, strings: string, tree: string): string =>
  `{"snapshot":{"meta":{"node_fields":["self_size","trace_node_id"],"trace_node_fields":["id","function_info_index","count","size","children"],"trace_function_info_fields":["function_id","name","script_name","script_id","line","column"]}},"nodes":[],"strings":[${strings}],"trace_function_infos":[${infos}],"trace_tree":[${tree}]}`;

// --- Firefox

interface FirefoxTables {
  readonly strings?: string;
  readonly functions?: number;
  /** The function of each frame. */
  readonly frames?: number;
  /** The prefix of each stack. */
  readonly prefixes?: string;
}
function firefoxTables({ strings = '"f"', functions = 1, frames = 1, prefixes = "null" }: FirefoxTables): string {
  const column = (count: number, value: string): string => `[${times(count, () => value).join()}]`;
  const stacks = prefixes.split(",").length;
  return `"stringArray":[${strings}],"funcTable":{"name":${column(functions, "0")}},"frameTable":{"func":${column(frames, "0")}},"resourceTable":{},"stackTable":{"frame":[${times(stacks, (i) => i % frames).join()}],"prefix":[${prefixes}]}`;
}
const firefoxThread = (tables: string, stacks: string, name = "t"): string =>
  `{"name":"${name}","pid":1,"tid":1${tables && ","}${tables},"samples":{"stack":[${stacks}],"time":[]}}`;
const firefox = (threads: string, shared = ""): string =>
  `{"meta":{"interval":1,"preprocessedProfileVersion":48},"libs":[],${shared && `"shared":{${shared}},`}"threads":[${threads}]}`;
const firefoxChain = (depth: number): string => times(depth, (i) => (i > 0 ? `${i - 1}` : "null")).join();

// --- OTLP

const otlp = (profiles: string, dictionary: string, resource = ""): string =>
  `{"resourceProfiles":[{${resource}"scopeProfiles":[{"profiles":[${profiles}]}]}],"dictionary":{${dictionary}}}`;
const otlpProfile = (samples: string, type = 0): string =>
  `{"sampleType":{"typeStrindex":${type}},"samples":[${samples}]}`;

// --- protobuf

function field(number: number, content: Uint8Array | string): Uint8Array {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Uint8Array.from([...bytes, rest]);
}
function messages(bytes: number, part: (i: number) => Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let i = 0, size = 0; size < bytes; i++) {
    parts.push(part(i));
    size += parts[i]!.length;
  }
  return Buffer.concat(parts);
}
const packed = (values: readonly number[]): Uint8Array => Buffer.concat(values.map(varint));
const number = (tag: number, value: number): Uint8Array => Buffer.concat([varint(tag * 8), varint(value)]);
const pprofType = field(1, Buffer.of(8, 0, 16, 0));
const noString = field(6, "");

// --- text

const PERF_REPORT =
  "# Samples: 9  of event 'cycles'\n# Event count (approx.): 99\n#\n# Overhead  C  Symbol\n# ........  .  ......\n#\n";
const perfEvent = (i: number): string => `p 1 ${i}.0: 1 c:`;
const goroutine = (status: string): string => `goroutine 1 [${status}]:\nf()\n\ta:1\n\n`;
const threadzHead = "--- threadz 1 ---\n\n--- Thread 1 (name: a/1) stack: ---\n";
const heapHead = "heap profile: 1: 1 [1: 1] @ heapprofile\n1: 1 [1: 1] @ 0x10000\n";
const javaHead = "--- heapz 1 ---\nformat = java\nresolution = bytes\n1 1 @ 0x1\n";
const words = (values: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);

export const growers: Readonly<Record<string, Grower>> = {
  "speedscope: calls in calls, each with time of its own": (n) =>
    speedscope('{"name":"a"}', evented(list(n / 2, (i) => opened(i)) + fill(n / 2, (i) => `,${closed(1e6 + i)}`))),
  "speedscope: calls that never return": (n) => speedscope('{"name":"a"}', evented(list(n, (i) => opened(i)))),
  "speedscope: calls in calls without time": (n) => speedscope('{"name":"a"}', evented(list(n, () => opened(1)))),
  "speedscope: leaves on a deep stack": (n) =>
    speedscope(
      times(n / 100, (i) => `{"name":"${base36(i)}"}`).join(),
      evented(list(n / 2, () => opened(0)) + fill(n / 2, (i) => `,${opened(i, i % 500)},${closed(i + 1, i % 500)}`)),
    ),
  "speedscope: deep samples": (n) =>
    speedscope(
      '{"name":"a"},{"name":"b"}',
      sampled(
        "p",
        list(n, (i) => `[${times(1e4, (k) => (k < 9999 ? 0 : i % 2)).join()}]`),
        times(n / 20001 + 1, () => "1").join(),
      ),
    ),
  "speedscope: one endless sample": (n) => speedscope('{"name":"a"}', sampled("p", `[${list(n, () => "0")}]`, "1")),
  "speedscope: types with a stack each": (n) =>
    speedscope(
      times(n / 250, (i) => `{"name":"${base36(i)}"}`).join(),
      list(n * 0.8, (i) => sampled(`p${i}`, `[${i % Math.floor(n / 250)}]`, "1")),
      "pprof-ts",
    ),
  "speedscope: profiles of one long name": (n) =>
    speedscope(
      '{"name":"a"}',
      `${sampled("x".repeat(n / 3), "[0]", "1")},${sampled(
        "x".repeat(n / 3),
        list(n / 3, () => "[0]"),
        times(n / 12 + 1, () => 1).join(),
      )}`,
    ),
  "cpuprofile: time in every node of a chain": (n) => cpuprofile(cpuChain(n / 55), times(n / 55, (i) => i + 1).join()),
  "cpuprofile: samples of a deep leaf": (n) =>
    cpuprofile(
      cpuChain(n / 100),
      list(n / 2, () => `${Math.floor(n / 100)}`),
      "1",
    ),
  "cpuprofile: parents in a chain": (n) =>
    `{"nodes":[${list(n, (i) => `{"id":${i},"callFrame":{}${i > 0 ? `,"parent":${i - 1}` : ""}}`)}],"startTime":0,"samples":[9]}`,
  "cpuprofile: lines of a function with a long name": (n) =>
    cpuprofile(
      `{"id":1,"callFrame":${frame("", `file:///${"a".repeat(n / 2)}`, 1)},"positionTicks":[${list(n / 3, (i) => `{"line":${i},"ticks":1}`)}]}`,
      times(n / 12, () => 1).join(),
      "1",
    ),
  "cpuprofile: functions with the same long name": (n) =>
    cpuprofile(
      times(2, (i) => `{"id":${i + 1},"callFrame":${frame("a".repeat(n / 3), "", i)}}`).join(),
      list(n / 3, (i) => `${(i % 2) + 1}`),
      "1",
    ),
  "cpuprofile: a tree as before 2017, in a chain": (n) => {
    const depth = Math.floor(n / 60);
    return `{"head":${times(depth, (i) => `{"hitCount":1,"id":${i},"functionName":"f","children":[`).join("")}${"]}".repeat(depth)},"startTime":0,"endTime":9}`;
  },
  "cpuprofile: lists in lists": (n) =>
    `{"nodes":[{"id":${nested(n / 2)},"callFrame":{}}],"startTime":0,"samples":[],"timeDeltas":[]}`,
  "cpuprofile: objects each of another shape": (n) =>
    `{"nodes":[],"startTime":0,"samples":[],"timeDeltas":[],"x":[${list(n, (i) => `{"${base36(i)}":1}`)}]}`,
  "cpuprofile: objects with high numbers as keys": (n) =>
    `{"nodes":[],"startTime":0,"samples":[],"timeDeltas":[],"x":[${list(n, () => '{"1000":1}')}]}`,
  "cpuprofile: commas to the end": (n) => `{"nodes":[],"startTime":0,"samples":[0],"x":[${",".repeat(n)}`,
  "heapprofile: allocations all along a chain": (n) => {
    const depth = Math.floor(n / 50);
    return `{"head":${times(depth, () => '{"callFrame":{},"selfSize":8,"id":1,"children":[').join("")}${"]}".repeat(depth)}}`;
  },
  "heapprofile: brothers below a chain": (n) => {
    const depth = Math.floor(n / 100);
    return `{"head":${times(depth, () => '{"callFrame":{},"selfSize":0,"id":1,"children":[').join("")}${list(n / 2, () => '{"callFrame":{},"selfSize":8}')}${"]}".repeat(depth)}}`;
  },
  "heaptimeline: allocations all along a chain": (n) => {
    const depth = Math.floor(n / 16);
    return timeline("0,0,0,0,0,0", '"f"', `${times(depth, (i) => `${i},0,1,8,[`).join("")}${"]".repeat(depth)}`);
  },
  "heaptimeline: functions of one long script": (n) =>
    timeline(
      list(n / 2, (i) => `${i},0,1,0,${i},1`),
      `"","file:///${"a".repeat(n / 2)}"`,
      "1,0,1,8,[],2,1,1,8,[]",
    ),
  "v8-log: deep ticks": (n) =>
    `{"code":[{"name":"a","type":"CODE"},{"name":"b","type":"CODE"}],"ticks":[${list(n, (i) => `{"tm":${i},"s":[${times(1e4, (k) => (k % 2 === 0 ? (i + k) % 2 : 0)).join()}]}`)}]}`,
  "v8-log: one endless tick": (n) =>
    `{"code":[{"name":"a","type":"CODE"}],"ticks":[{"tm":1,"s":[${list(n, () => "0")}]}]}`,
  "chrome-trace: time in every node of a chain": (n) =>
    `[${chromeChunk(1, chromeChain(n / 50), times(n / 50, (i) => i + 1).join())}]`,
  "chrome-trace: threads": (n) => `[${list(n, (i) => chromeChunk(i, '{"id":1,"callFrame":{}}', "1"))}]`,
  "chrome-trace: threads that share a table of stacks": (n) =>
    `{"traceEvents":[],"stackFrames":{${list(n / 2, (i) => `"${i}":{"name":"${base36(i)}"}`)}},"samples":[${list(n / 2, (i) => `{"tid":${i},"ts":1,"sf":1}`)}]}`,
  "chrome-trace: begins and ends": (n) => `[${list(n, (i) => `{"name":"f","ph":"B","ts":${i},"pid":1,"tid":1}`)}]`,
  "chrome-trace: events named by lists in lists": (n) =>
    `[{"name":"Profile","ph":"P","id":${nested(n / 2)},"pid":1,"tid":1,"args":{"data":{}}}]`,
  "chrome-trace: threads named by lists in lists": (n) =>
    `[{"name":"thread_name","ph":"M","pid":1,"tid":1,"args":{"name":${nested(n / 2)}}}]`,
  "chrome-trace: commas to the end": (n) => `[{"ph":"P","name":"x"}${",".repeat(n)}x`,
  "chrome-trace: spaces before what is none": (n) => `[{"ph":"P","name":"x"}${fill(n, () => ", ")}x`,
  "firefox: time in every row of a chain": (n) =>
    firefox(firefoxThread(firefoxTables({ prefixes: firefoxChain(n / 20) }), times(n / 20, (i) => i).join())),
  "firefox: samples of a deep leaf": (n) =>
    firefox(
      firefoxThread(
        firefoxTables({ prefixes: firefoxChain(n / 40) }),
        list(n / 2, () => `${Math.floor(n / 40) - 1}`),
      ),
    ),
  "firefox: threads that share their tables": (n) =>
    firefox(
      list(n / 2, () => firefoxThread("", "0")),
      firefoxTables({ prefixes: firefoxChain(n / 20) }),
    ),
  "firefox: threads with long names": (n) =>
    firefox(
      times(2, () =>
        firefoxThread(
          "",
          list(n / 4, (i) => `${i % 9}`),
          "a".repeat(n / 4),
        ),
      ).join(),
      firefoxTables({ prefixes: firefoxChain(9) }),
    ),
  "firefox: frames of a function with a long name": (n) =>
    firefox(
      firefoxThread(
        firefoxTables({ strings: `"${"a".repeat(n / 3)}"`, frames: n / 20, prefixes: firefoxChain(n / 20) }),
        times(n / 20, (i) => i).join(),
      ),
    ),
  "firefox: threads numbered by lists in lists": (n) =>
    firefox(firefoxThread(firefoxTables({}), "0").replace('"pid":1', `"pid":${nested(n / 2)}`)),
  "otlp: samples that share a deep stack": (n) =>
    otlp(
      otlpProfile(list(n / 2, (i) => `{"stackIndex":1,"values":[1],"attributeIndices":[${i % 2}]}`)),
      `"stringTable":[""],"attributeTable":[{},{"value":{"intValue":"1"}}],"locationTable":[{},{}],"stackTable":[{},{"locationIndices":[${list(n / 2, () => "1")}]}]`,
    ),
  "otlp: samples of 2025 that share a long list of locations": (n) =>
    `{"resourceProfiles":[{"scopeProfiles":[{"profiles":[{"sampleType":[{}],"sample":[${list(n / 2, (i) => `{"locationsStartIndex":${i % 99},"locationsLength":${Math.floor(n / 5)},"value":[1]}`)}],"locationIndices":[${times(n / 4, () => 1).join()}]}]}]}],"dictionary":{"stringTable":[""],"locationTable":[{},{}]}}`,
  "otlp: a message a line": (n) => fill(n, () => `${otlp(otlpProfile('{"values":[1]}'), '"stringTable":[""]')}\n`),
  "otlp: lines that are none": (n) =>
    `${otlp(otlpProfile('{"values":[1]}'), '"stringTable":[""]')}\n${fill(n, () => "{\n")}`,
  "otlp: short messages": (n) =>
    Buffer.concat([...Array(Math.floor(n / 6)).keys()].map(() => Buffer.of(0, 0, 0, 2, 10, 0))),
  "stackprof: stacks": (n) =>
    `{"gc_samples":0,"interval":1,"mode":"cpu","frames":{"1":{"name":"f"}},"raw":[${list(n, () => "1,1,1")}]}`,
  "stackprof: one deep stack": (n) =>
    `{"gc_samples":0,"interval":1,"mode":"cpu","frames":{"1":{"name":"f"}},"raw":[${times(n / 2 - 2, (i) => (i === 0 ? Math.floor(n / 2) - 4 : 1)).join()}]}`,
  "stackprof: frames": (n) =>
    `{"gc_samples":0,"interval":1,"mode":"cpu","frames":{${list(n, (i) => `"${i}":{"name":"${i}","samples":1}`)}}}`,
  "otlp: stacks": (n) =>
    otlp(
      otlpProfile(list(n / 2, (i) => `{"stackIndex":${i},"values":[1]}`)),
      `"stringTable":[""],"locationTable":[{},{}],"stackTable":[{},${list(n / 2, () => '{"locationIndices":[1]}')}]`,
    ),
  "otlp: types": (n) =>
    otlp(
      list(n * 0.9, (i) => otlpProfile('{"values":[1]}', i % Math.floor(n / 60))),
      `"stringTable":["",${times(n / 60, (i) => `"${base36(i)}"`).join()}]`,
    ),
  "otlp: an attribute of many values, said again and again": (n) =>
    otlp(
      otlpProfile(`{"values":[1],"attributeIndices":[${list(n / 2, () => "1")}]}`),
      `"stringTable":[""],"attributeTable":[{},{"value":{"arrayValue":{"values":[${list(n / 2, () => '{"intValue":1}')}]}}}]`,
    ),
  "otlp: mappings with an attribute of many values": (n) =>
    otlp(
      otlpProfile('{"values":[1],"stackIndex":1}'),
      `"stringTable":[""],"attributeTable":[{},{"value":{"arrayValue":{"values":[${list(n / 3, () => '{"intValue":1}')}]}}}],"mappingTable":[{},${list(n / 3, () => '{"attributeIndices":[1]}')}],"locationTable":[{},${list(n / 3, (i) => `{"mappingIndex":${i + 1}}`)}],"stackTable":[{},{"locationIndices":[${times(n / 50, (i) => i + 1).join()}]}]`,
    ),
  "otlp: profiles of a resource with many attributes": (n) =>
    otlp(
      list(n / 2, () => otlpProfile('{"values":[1]}')),
      '"stringTable":[""]',
      `"resource":{"attributes":[${list(n / 2, () => '{"key":"a","value":{"intValue":1}}')}]},`,
    ),
  "otlp: lines in a function with a long name": (n) =>
    otlp(
      otlpProfile('{"values":[1],"stackIndex":1}'),
      `"stringTable":["","${"a".repeat(n / 3)}","${"a".repeat(n / 3)}"],"functionTable":[{},{"nameStrindex":1,"filenameStrindex":2}],"locationTable":[{},${list(n / 4, (i) => `{"lines":[{"functionIndex":1,"line":${i}}]}`)}],"stackTable":[{},{"locationIndices":[${times(n / 200, (i) => i + 1).join()}]}]`,
    ),
  "otlp: a label with a long value on every sample": (n) =>
    otlp(
      otlpProfile(list(n / 3, (i) => `{"values":[1],"attributeIndices":[${(i % 2) + 1}],"linkIndex":${i % 2}}`)),
      `"stringTable":["","${"a".repeat(n / 3)}","${"a".repeat(n / 3)}"],"attributeTable":[{},{"keyStrindex":1,"value":{"stringValueStrindex":1}},{"keyStrindex":2,"value":{"stringValueStrindex":2}}],"linkTable":[{},{}]`,
    ),
  "otlp: values of lists in lists": (n) =>
    otlp(
      otlpProfile('{"values":[1],"attributeIndices":[1]}'),
      `"stringTable":[""],"attributeTable":[{},{"value":{"stringValue":${nested(n / 2)}}}]`,
    ),
  "otlp: attributes of lists in lists": (n) =>
    otlp(otlpProfile(`{"values":[1],"attributeIndices":[${nested(n / 2)}]}`), '"stringTable":[""]'),
  "otlp: protobuf, profiles of a type each": (n) =>
    Buffer.concat([
      field(
        1,
        field(
          2,
          messages(n / 2, (i) =>
            field(
              2,
              Buffer.concat([
                field(1, Buffer.concat([number(1, i % 100), number(2, Math.floor(i / 100) % 100)])),
                field(2, number(1, 0)),
              ]),
            ),
          ),
        ),
      ),
      field(
        2,
        messages(n / 2, (i) => field(5, base36(i))),
      ),
    ]),
  "otlp: protobuf, a deep stack and samples of it": (n) =>
    Buffer.concat([
      field(
        1,
        field(
          2,
          field(
            2,
            messages(n / 2, () => field(2, Buffer.concat([number(1, 1), field(4, packed([1]))]))),
          ),
        ),
      ),
      field(
        2,
        Buffer.concat([
          field(2, ""),
          field(2, ""),
          field(5, ""),
          field(7, ""),
          field(7, field(1, packed(times(n / 2, () => 1)))),
        ]),
      ),
    ]),
  "otlp: protobuf, messages in messages": (n) => {
    let value: Uint8Array = field(5, "");
    while (value.length < Math.min(n, 1e4)) value = field(5, field(1, value));
    return Buffer.concat([field(2, Buffer.concat([field(5, "a".repeat(n)), field(6, field(2, value))]))]);
  },
  "callgrind: a chain of calls with costs": (n) =>
    `events: Ir\n${fill(n, (i) => `fn=(${i}) f\n1 1\ncfn=(${i + 1})\ncalls=1 1\n1 1\n`)}`,
  "callgrind: a chain of calls without costs": (n) =>
    `events: Ir\n${fill(n, (i) => `fn=(${i}) f${i}\ncfn=(${i + 1}) f${i + 1}\ncalls=1 1\n1 1\n`)}1 1\n`,
  "callgrind: paths that double at each call": (n) =>
    `events: Ir\n${fill(n, (i) => `fn=f${i}\n${i === 0 ? "1 1\n" : ""}${["a", "b"].map((x) => `cfn=${x}${i}\ncalls=1\n1 ${2 ** Math.max(900 - i, 0)}\n`).join("")}fn=a${i}\ncfn=f${i + 1}\ncalls=1\n1 ${2 ** Math.max(900 - i, 0)}\nfn=b${i}\ncfn=f${i + 1}\ncalls=1\n1 ${2 ** Math.max(900 - i, 0)}\n`)}`,
  "callgrind: everybody calls everybody": (n) => {
    const count = Math.floor(Math.sqrt(n / 28));
    return `events: Ir\nfn=main\n1 1\ncfn=f0\ncalls=1\n1 9999\n${times(count, (i) => `fn=f${i}\n1 1\n${times(count, (k) => `cfn=f${k}\ncalls=1\n1 99\n`).join("")}`).join("")}`;
  },
  "callgrind: calls in a ring": (n) => {
    const count = Math.floor(n / 40);
    return `events: Ir\nfn=main\n1 1\ncfn=f0\ncalls=1\n1 9999\n${times(count, (i) => `fn=f${i}\n1 1\ncfn=f${(i + 1) % count}\ncalls=1\n1 99\n`).join("")}`;
  },
  "callgrind: one long name of an object": (n) =>
    `events: Ir\nob=(1) ${"o".repeat(n / 2)}\n${fill(n / 2, (i) => `fn=(${i}) f\n1 1\n`)}`,
  "callgrind: long names that are equal": (n) =>
    `events: Ir\nob=(1) ${"o".repeat(n / 4)}\nfl=(1) ${"o".repeat(n / 4)}\n${fill(n / 2, (i) => `fn=(${i}) f\n1 1\n`)}`,
  "callgrind: events": (n) => `events: ${fill(n / 2, (i) => `${base36(i)} `)}\nfn=a\n${fill(n / 2, (i) => `${i} 1\n`)}`,
  "callgrind: events, as many as may be": (n) =>
    `events: ${times(9000, base36).join(" ")}\nfn=a\n${fill(n, (i) => `${i} 1\n`)}`,
  "callgrind: one line of costs": (n) => `events: Ir\nfn=a\n1 ${fill(n, () => "1 ")}\n`,
  "perf-report: rows": (n) => PERF_REPORT + fill(n, (i) => `     0.01%  ${base36(i)}  [.] ${base36(i)}\n`),
  "perf-report: stacks": (n) => `${PERF_REPORT}    50.00%  a  [.] b\n${fill(n, (i) => `1 b;${base36(i)}\n`)}`,
  "perf-report: one deep stack": (n) => `${PERF_REPORT}    50.00%  a  [.] b\n1 b${fill(n, (i) => `;${base36(i)}`)}\n`,
  "perf-report: events": (n) => fill(n, (i) => `${PERF_REPORT.replace("cycles", base36(i))}    50.00%  a  [.] b\n`),
  "perf-script: one deep stack": (n) => `${perfEvent(1)}\n${fill(n, (i) => `\t${i.toString(16)} f (b)\n`)}`,
  "perf-script: deep stacks": (n) =>
    fill(n, (i) => `${perfEvent(i)}\n${times(500, (k) => `\t${k < 499 ? "1" : i.toString(16)} f (b)\n`).join("")}\n`),
  "perf-script: events": (n) => fill(n, (i) => `p 1 1.0: 1 e${i}:\n\t1 f (b)\n\n`),
  "perf-script: a name with a long end": (n) => `${perfEvent(1)}\n\t1 f${fill(n, () => "+0x1")} (b)\n`,
  "perf-script: a line of spaces": (n) => `${perfEvent(1)}\n\t1 f (b)\n\np 1${" ".repeat(n)}x\n`,
  "perf-script: a line of colons": (n) => `${perfEvent(1)}\n\t1 f (b)\n ${fill(n, () => "a:1 ")}x\n`,
  "perf-script: a line of digits": (n) => `${perfEvent(1)}\n\t1 f (b)\n\np ${"1 ".repeat(n / 2)}x\n`,
  "collapsed: one deep stack": (n) => `a;b 1\n${fill(n, () => "a;")}b 1\n`,
  "collapsed: one long name": (n) => `a;b 1\n${"a".repeat(n)} 1\n`,
  "collapsed: names of spaces": (n) => `a;b 1\na${fill(n, () => "  1")}x\n`,
  "collapsed: stacks that grow": (n) => {
    const deepest = Math.floor(Math.sqrt(n));
    return times(deepest, (i) => `a;${"b;".repeat(i)}c 1\n`).join("");
  },
  "crash-log: lines": (n) => `log\n${fill(n, () => "\n")}goroutine 1 [running]:\n`,
  "crash-log: goroutines behind a prefix": (n) => fill(n, (i) => `12 a goroutine ${i} [x]:\n12 a f()\n12 a \ta:1\n`),
  "crash-log: one long prefix": (n) => `log\n${fill(n, () => "1 ")}goroutine 1 [x]:\n${fill(n, () => "1 ")}\n`,
  "crash-log: a prefix of blanks": (n) =>
    `log\n${" 1".repeat(140)}goroutine 1 [x]:\n${fill(n, () => `${" 1".repeat(40)}\n`)}`,
  "crash-log: JSON in JSON": (n) => `{"a":${nested(n / 2)},"b":"goroutine 1 [x]:"}\n`,
  "crash-log: a traceback in one line": (n) => `a "goroutine 1 [x]:${fill(n, () => "\\nf()\\n\\ta:1")}"\n`,
  "jfr: events": (n) => recording({ ...shopRecording, events: times(n / 6, () => event(10, [1, 1, 1])).flat() }),
  "jfr: stacks": (n) =>
    recording({
      ...shopRecording,
      pools: { ...shopRecording.pools, 8: Object.fromEntries(times(n / 8, (i) => [i, [1, 1, 1]])) },
      events: times(n / 12, (i) => event(10, [1, 1, ...jfrVarint(i)])).flat(),
    }),
  "jfr: one deep stack sampled often": (n) =>
    recording({
      ...shopRecording,
      pools: { ...shopRecording.pools, 8: { 1: [...jfrVarint(n / 4), ...times(n / 4, () => [1, 1]).flat()] } },
      events: times(n / 20, (i) => event(10, [1, i % 100, 1])).flat(),
    }),
  "jfr: symbols": (n) =>
    recording({
      ...shopRecording,
      pools: { ...shopRecording.pools, 4: Object.fromEntries(times(n / 5, (i) => [i, string("")])) },
    }),
  "jfr: objects in objects": (n) =>
    recording({
      classes: { ...JAVA, 8: ["jdk.types.StackTrace", "a:20[]"], 20: ["b", "b:21"], 21: ["c", "c:1"] },
      pools: { 8: { 1: [...jfrVarint(Math.floor(n / 2)), ...times(n / 2, () => 1)] } },
      events: [...event(10, [1, 1, 1])],
    }),
  "jemalloc-heap: one deep stack": (n) => `heap_v2/1\n@${fill(n, (i) => ` 0x${i.toString(16)}`)}\n t*: 1: 1 [0: 0]\n`,
  "jemalloc-heap: stacks": (n) => `heap_v2/1\n${fill(n, (i) => `@ 0x${i.toString(16)}\n t*: 1: 1 [1: 1]\n`)}`,
  "jemalloc-heap: counts of one deep stack": (n) =>
    `heap_v2/1\n@${times(n / 20, (i) => ` 0x${i.toString(16)}`).join("")}\n${fill(n / 2, () => "t*: 1: 1 [0: 0]\n")}`,
  "symbolized: names of one address": (n) => `--- symbol\n0x1 ${fill(n, (i) => `--${i}`)}\n---\n--- heap\n${heapHead}`,
  "symbolized: one long name of many addresses": (n) =>
    `--- symbol\n0x1 ${"a".repeat(n / 3)}\n0x2 ${"a".repeat(n / 3)}\n---\n--- heap\n${heapHead}${fill(n / 3, (i) => `1: 1 [1: 1] @ 0x${i}\n`)}`,
  "symbolized: symbols": (n) => `--- symbol\n${fill(n, (i) => `0x${i.toString(16)} ${i}\n`)}---\n--- heap\n${heapHead}`,
  "collapsed: decimals": (n) => `a;b 1.${"1".repeat(n)}\n`,
  "collapsed: two counts": (n) => fill(n, (i) => `a;${i} 1.5 2\n`),
  "go-count: one deep stack": (n) => `goroutine profile: total 1\n1 @${fill(n, (i) => ` 0x${i.toString(16)}`)}\n`,
  "go-count: comments": (n) => `goroutine profile: total 1\n1 @ 0x1\n${fill(n, (i) => `#\t0x1\tf+0x1\ta.go:${i}\n`)}`,
  "go-count: labels": (n) =>
    `goroutine profile: total 1\n1 @ 0x1\n# labels: {${list(n, (i) => `"${base36(i)}":"a"`)}}\n`,
  "go-count: labels of escaped quotes": (n) =>
    `goroutine profile: total 1\n1 @ 0x1\n# labels: {"${'\\"'.repeat(n / 2)}\n`,
  "go-count: labels that do not end": (n) => `goroutine profile: total 1\n1 @ 0x1\n# labels: {"a": "${"a".repeat(n)}\n`,
  "go-count: a line of an address": (n) => `goroutine profile: total 1\n1 @ 0x${"1".repeat(n)}\n`,
  "goroutine-dump: one deep stack": (n) => `goroutine 1 [running]:\n${fill(n, (i) => `f${i}()\n\ta:${i}\n`)}`,
  "goroutine-dump: words of its state": (n) => goroutine(`select${fill(n, () => ", 1 minutes, locked to thread")}`),
  "goroutine-dump: labels": (n) => goroutine(`select labels:{${list(n, (i) => `"${base36(i)}": "a"`)}}`),
  "goroutine-dump: labels that begin again and again": (n) => goroutine("a") + goroutine(fill(n, () => " labels:{")),
  "goroutine-dump: labels of escaped quotes": (n) => goroutine("a") + goroutine(`a labels:{"${'\\"'.repeat(n / 2)}}`),
  "goroutine-dump: creators": (n) => `goroutine 1 [a]:\n${fill(n, (i) => `created by f${i} in goroutine 1\n\ta:1\n`)}`,
  "goroutine-dump: a line of creators": (n) =>
    `goroutine 1 [a]:\nf()\n\ta:1\ncreated by ${fill(n, () => " in goroutine 1")}x\n\ta:1\n`,
  "legacy-heap: one deep stack": (n) =>
    `heap profile: 1: 1 [1: 1] @ heap/1\n1: 1 [1: 1] @${fill(n, (i) => ` 0x${i.toString(16)}`)}\n`,
  "legacy-heap: addresses in as many mappings": (n) =>
    `heap profile: 1: 1 [1: 1] @ heapprofile\n${fill(n / 2, (i) => `1: 1 [1: 1] @ 0x${(i * 16 + 8).toString(16)}\n`)}MAPPED_LIBRARIES:\n${fill(n / 2, (i) => `${(i * 16).toString(16)}-${(i * 16 + 15).toString(16)} r-xp 0 0:0 0 /b${i}\n`)}`,
  "legacy-heap: addresses outside of as many mappings": (n) =>
    `heap profile: 1: 1 [1: 1] @ heapprofile\n${fill(n / 2, (i) => `1: 1 [1: 1] @ 0x${(2 ** 40 + i * 16).toString(16)}\n`)}MAPPED_LIBRARIES:\n${fill(n / 2, (i) => `${(i * 16).toString(16)}-${(i * 16 + 15).toString(16)} r-xp 1 0:0 0 /b${i}\n`)}`,
  "legacy-heap: mappings over each other": (n) =>
    `heap profile: 1: 1 [1: 1] @ heapprofile\n${fill(n / 2, (i) => `1: 1 [1: 1] @ 0x${(2 ** 40 + i * 16).toString(16)}\n`)}MAPPED_LIBRARIES:\n${fill(n / 2, (i) => `${i.toString(16)}-${(2 ** 41 + i).toString(16)} r-xp 1 0:0 0 /b${i}\n`)}`,
  "legacy-heap: attributes that stand for each other": (n) =>
    `${heapHead}MAPPED_LIBRARIES:\nv0=${"a".repeat(50)}\n${fill(n, (i) => `v${i + 1}=$v${i}$v${i}\n`)}`,
  "legacy-heap: a long attribute said often": (n) =>
    `${heapHead}MAPPED_LIBRARIES:\nlong=${"a".repeat(n / 2)}\n${fill(n / 2, () => "$long$long\n")}`,
  "legacy-heap: attributes, and dollars": (n) =>
    `${heapHead}MAPPED_LIBRARIES:\n${times(2000, (i) => `v${i}=1\n`).join("")}${fill(n, () => `${"$".repeat(1000)}\n`)}`,
  "legacy-heap: a mapping with a long line": (n) =>
    `${heapHead}MAPPED_LIBRARIES:\n1-2 r-xp ${"1".repeat(n / 2)}${" ".repeat(n / 2)}x\n`,
  "legacy-heap: a line of digits": (n) => `${heapHead}${"1".repeat(n)}\n`,
  "contention: a line of digits": (n) => `--- contentionz 1 ---\n${"1 ".repeat(n / 4)}${"1".repeat(n / 2)}\n`,
  "contention: attributes": (n) => `--- contentionz 1 ---\n${fill(n, () => "cycles/second = 1\n")}1 1 @ 0x1\n`,
  "threadz: one deep stack": (n) => `${threadzHead}${fill(n, (i) => ` 0x${i.toString(16)}`)}\n`,
  "threadz: threads that are the same": (n) =>
    `${threadzHead} 0x1\n${fill(n, () => "--- Thread 1 (name: a/1) stack: ---\n  [same as previous thread]\n")}`,
  "threadz: a line of threads": (n) => `${threadzHead} 0x1\n${fill(n, () => "--- Thread 1 (name: ")}\n`,
  "legacy-java: one deep stack": (n) => `${javaHead}1 1 @${fill(n, (i) => ` 0x${i.toString(16)}`)}\n`,
  "legacy-java: a symbol of slashes": (n) => `${javaHead}0x1 a (${"/".repeat(n)}x)\n`,
  "legacy-java: a symbol of parentheses": (n) => `${javaHead}0x1 a${" (".repeat(n / 2)}:1)\n`,
  "legacy-java: an attribute of equals": (n) => `${javaHead.slice(0, -10)}${"a".repeat(n)}\n`,
  "legacy-cpu: one deep sample": (n) =>
    Buffer.concat([words([0, 3, 0, 1, 0, 1, Math.floor(n / 4)]), words(times(n / 4, (i) => i + 1)), words([0, 1, 0])]),
  "legacy-cpu: samples that share a deep stack": (n) =>
    Buffer.concat([
      words([0, 3, 0, 1, 0]),
      ...times(n / 8008, () => words([1, 2000, ...times(2000, (i) => i + 1)])),
      words([0, 1, 0]),
    ]),
  "pprof: one deep sample": (n) =>
    Buffer.concat([
      pprofType,
      field(2, Buffer.concat([field(1, packed(times(n, () => 1))), field(2, packed([1]))])),
      field(4, number(1, 1)),
      noString,
    ]),
  "pprof: samples without locations": (n) =>
    Buffer.concat([pprofType, messages(n, () => field(2, number(2, 1))), noString]),
  "pprof: empty samples of no type": (n) => Buffer.concat([messages(n, () => field(2, "")), noString]),
  "pprof: labels": (n) =>
    Buffer.concat([pprofType, field(2, Buffer.concat([number(2, 1), messages(n, () => field(3, ""))])), noString]),
  "pprof: locations of many lines": (n) =>
    Buffer.concat([pprofType, noString, field(4, Buffer.concat([number(1, 1), messages(n, () => field(4, ""))]))]),
  "pprof: types": (n) => Buffer.concat([messages(n, () => field(1, "")), noString]),
  "pprof: comments": (n) => Buffer.concat([pprofType, field(13, packed(times(n, () => 0))), noString]),
  "pprof: comments of one long string": (n) =>
    Buffer.concat([pprofType, noString, field(6, "a".repeat(n / 2)), field(13, packed(times(n / 2, () => 1)))]),
  "pprof: fields of a later version": (n) => Buffer.concat([pprofType, messages(n, () => field(99, "")), noString]),
  "pprof: mappings": (n) => Buffer.concat([pprofType, noString, messages(n, (i) => field(3, number(1, i + 1)))]),
};
