import { type Profile, ProfileBuilder, type ReadOptions, readProfile, writeProfile } from "@pprof-ts/profile";
import { describe, expect, test } from "vitest";
import { stacks } from "./show.ts";

const text = (content: string, options?: ReadOptions): Promise<Profile> => readProfile(Buffer.from(content), options);
const json = (value: unknown, options?: ReadOptions): Promise<Profile> => text(JSON.stringify(value), options);

const callFrame = (functionName: string, lineNumber = 0): object => ({
  functionName,
  scriptId: "7",
  url: functionName === "(root)" ? "" : "file:///srv/my%20app/work.js",
  lineNumber,
  columnNumber: 4,
});

describe(".cpuprofile", () => {
  const nodes = [
    { id: 1, callFrame: callFrame("(root)"), hitCount: 0, children: [2] },
    { id: 2, callFrame: callFrame("main"), hitCount: 1, children: [3], positionTicks: [{ line: 5, ticks: 1 }] },
    {
      id: 3,
      callFrame: callFrame("", 9),
      hitCount: 4,
      positionTicks: [
        { line: 11, ticks: 1 },
        { line: 12, ticks: 3 },
      ],
    },
  ];

  test("weighs samples by the time before them and deals a node's lines to its samples", async () => {
    const profile = await json({
      nodes,
      startTime: 100,
      endTime: 700,
      samples: [3, 2, 3, 3, 3],
      timeDeltas: [10, 20, 30, 40, -5],
    });
    expect(stacks(profile)).toBe(
      [
        "main@work.js:1;(anonymous work.js:10)@work.js:11 1 10000",
        "main@work.js:1;(anonymous work.js:10)@work.js:12 3 70000",
        "main@work.js:5 1 20000",
      ].join("\n"),
    );
    expect(profile.strings.rowOf("/srv/my app/work.js")).toBeGreaterThan(0);
  });

  test("keeps times where they are asked for", async () => {
    const profile = await json({ nodes, startTime: 100, samples: [2, 2], timeDeltas: [10, 20] }, { timestamps: true });
    expect(stacks(profile)).toBe(
      "main@work.js:5 1 10000 end_timestamp_ns=110000nanoseconds\nmain@work.js:5 1 20000 end_timestamp_ns=130000nanoseconds",
    );
  });

  test("without samples is read by its hit counts", async () => {
    expect(stacks(await json({ nodes, startTime: 0, endTime: 500 }))).toBe(
      [
        "main@work.js:5 1 100000",
        "main@work.js:1;(anonymous work.js:10)@work.js:11 1 100000",
        "main@work.js:1;(anonymous work.js:10)@work.js:12 3 300000",
      ].join("\n"),
    );
  });

  test("of before 2017 is a tree with timestamps", async () => {
    const node = (functionName: string, id: number, children: object[]): object => ({
      functionName,
      url: "/srv/app/a.js",
      lineNumber: 7,
      columnNumber: 2,
      hitCount: 1,
      id,
      children,
    });
    const head = node("(root)", 1, [node("main", 2, [node("leaf", 3, [])])]);
    const profile = await json({
      head,
      startTime: 10,
      endTime: 10.001,
      samples: [3, 2],
      timestamps: [10000400, 10001000],
    });
    expect(stacks(profile)).toBe("main@a.js:7;leaf@a.js:7 1 400000\nmain@a.js:7 1 600000");
  });

  test("may name children that were cut out of it", async () => {
    const cut = nodes.map((node) => ({ ...node, children: [...(node.children ?? []), 77] }));
    expect(stacks(await json({ nodes: cut, startTime: 0, samples: [2], timeDeltas: [3] }))).toBe(
      "main@work.js:5 1 3000",
    );
  });

  test("refuses a node that is its own caller", async () => {
    const loop = [
      { ...nodes[1], children: [3] },
      { ...nodes[2], children: [2] },
    ];
    await expect(json({ nodes: loop, startTime: 0, samples: [3], timeDeltas: [1] })).rejects.toThrow(
      "is its own caller",
    );
  });

  test("of 20,000 nested calls is read", async () => {
    const deep = Array.from({ length: 20_000 }, (_, i) => ({
      id: i,
      callFrame: callFrame(`f${i}`),
      children: [i + 1],
    }));
    deep.at(-1)!.children = [];
    const profile = await json({ nodes: deep, startTime: 0, samples: [19_999], timeDeltas: [1] });
    expect(profile.samples.locations.length).toBe(20_000);
  });
});

test("a .heapprofile of 20,000 nested calls is read", async () => {
  const open = `{"callFrame":${JSON.stringify(callFrame("f"))},"selfSize":0,"children":[`;
  const leaf = `{"callFrame":${JSON.stringify(callFrame("leaf"))},"selfSize":8,"children":[]}`;
  const profile = await text(`{"head":${open.repeat(20_000)}${leaf}${"]}".repeat(20_000)}}`);
  expect(profile.samples.locations.length).toBe(20_000);
});

test("a heap snapshot without allocation stacks is refused", async () => {
  const meta = { trace_node_fields: ["id", "function_info_index", "count", "size", "children"] };
  await expect(json({ snapshot: { meta }, nodes: [], trace_tree: [] })).rejects.toThrow(
    "taken without tracking allocations",
  );
});

describe("Chrome traces", () => {
  const chunk = (pid: number, id: string, data: object): object => ({
    name: "ProfileChunk",
    ph: "P",
    pid,
    tid: 9,
    id,
    args: { data },
  });
  const events = [
    { name: "thread_name", ph: "M", pid: 1, tid: 5, args: { name: "CrRendererMain" } },
    { name: "Profile", ph: "P", pid: 1, tid: 5, id: "0x1", args: { data: { startTime: 50 } } },
    chunk(1, "0x1", {
      cpuProfile: {
        nodes: [
          { id: 1, callFrame: callFrame("(root)") },
          { id: 2, parent: 1, callFrame: callFrame("main") },
        ],
        samples: [2, 2],
      },
      timeDeltas: [5, 7],
      lines: [3, 4],
    }),
    chunk(1, "0x1", { cpuProfile: { samples: [2] }, timeDeltas: [9], lines: [3] }),
    chunk(2, "0x1", {
      cpuProfile: { nodes: [{ id: 1, callFrame: callFrame("other") }], samples: [1] },
      timeDeltas: [1],
    }),
  ];
  const expected = [
    "main@work.js:3 2 14000 thread=CrRendererMain",
    "main@work.js:4 1 7000 thread=CrRendererMain",
    "other@work.js:1 1 1000 thread=9",
  ].join("\n");

  test("join the chunks of each thread", async () => {
    expect(stacks(await json({ traceEvents: events }))).toBe(expected);
  });

  test("may be a list that was cut off", async () => {
    expect(stacks(await text(`${JSON.stringify(events).slice(0, -1)},\n`))).toBe(expected);
  });

  test("need not be in order, nor whole", async () => {
    const [, , first, second] = events.map((event, i) => ({ ...event, ts: i }));
    const lost = chunk(1, "0x1", {
      cpuProfile: { nodes: [{ id: 9, parent: 8, callFrame: callFrame("leaf") }], samples: [9, 7] },
      timeDeltas: [1, 2],
    });
    expect(stacks(await json([{ ...lost, ts: 9 }, second, first]))).toBe(
      [
        "main@work.js:3 2 14000 thread=9",
        "main@work.js:4 1 7000 thread=9",
        "(missing);leaf@work.js:1 1 1000 thread=9",
        "(missing) 1 2000 thread=9",
      ].join("\n"),
    );
  });

  test("may have their stacks beside their events", async () => {
    const stackFrames = {
      1: { name: "[root]" },
      2: { name: "run(http://localhost:8081/index.bundle?dev=true:17:3)", parent: 1 },
    };
    const sample = (ts: string, sf: number): object => ({ pid: 1, tid: "5", ts, sf, weight: "1" });
    const samples = [sample("130", 2), sample("100", 1), sample("110", 2)];
    expect(stacks(await json({ traceEvents: events.slice(0, 1), samples, stackFrames }))).toBe(
      "[root] 1 0 thread=CrRendererMain\n[root];run@index.bundle?dev=true:17 2 30000 thread=CrRendererMain",
    );
  });

  test("of before 2017 hold whole profiles", async () => {
    const cpuProfile = {
      nodes: [{ id: 1, callFrame: callFrame("main") }],
      startTime: 0,
      samples: [1],
      timeDeltas: [4],
    };
    const event = { name: "CpuProfile", ph: "I", pid: 1, tid: 5, args: { data: { cpuProfile } } };
    expect(stacks(await json([event]))).toBe("main@work.js:1 1 4000 thread=5");
  });
});

describe("Firefox profiles", () => {
  const shared = {
    stringArray: ["run", "app.js"],
    stackTable: { frame: [0, 1], prefix: [null, 0], length: 2 },
    frameTable: { address: [-1, -1], func: [0, 0], line: [4, 5], column: [1, 2], length: 2 },
    funcTable: { name: [0], source: [0], lineNumber: [3], resource: [-1], length: 1 },
    sources: { filename: [1], length: 1 },
  };

  test("may share their tables between threads", async () => {
    const samples = { stack: [1, 1], time: [1, 2.5], weight: [3, 1], weightType: "samples", length: 2 };
    const profile = { meta: { interval: 2, startTime: 1000 }, libs: [], shared, threads: [{ name: "main", samples }] };
    expect(stacks(await json(profile))).toBe("run@app.js:4;run@app.js:5 4 8000000 thread=main");
    expect(stacks(await json(profile, { timestamps: true }))).toContain("end_timestamp_ns=1002500000nanoseconds");
  });

  test("of early versions have the libraries with each thread", async () => {
    const samples = { stack: [0], time: [1], length: 1 };
    const tables = {
      ...shared,
      funcTable: { name: [0], fileName: [null], lineNumber: [null], resource: [0], length: 1 },
      resourceTable: { lib: [0], length: 1 },
      libs: [{ name: "/bin/server" }],
    };
    const profile = await json({ meta: { interval: 1 }, threads: [{ ...tables, samples }] });
    expect(profile.strings.get(profile.mappings.filename[profile.locations.mapping[0]!]!)).toBe("/bin/server");
  });

  test("that were not processed are refused", async () => {
    const samples = { schema: { stack: 0, time: 1 }, data: [[0, 1]] };
    await expect(json({ meta: { interval: 1 }, threads: [{ samples }] })).rejects.toThrow(
      "the profile is as Gecko wrote it",
    );
  });

  test("may trace instead of sample", async () => {
    const samples = { stack: [0], time: [1], weight: [1.5], weightType: "tracing-ms", length: 1 };
    const profile = { meta: { interval: 1 }, shared, threads: [{ name: "main", samples }] };
    expect(stacks(await json(profile))).toBe("run@app.js:4 1 1500000 thread=main");
  });
});

describe("perf script", () => {
  test("has many spellings", async () => {
    const profile = await text(`my app  12 [000]  1.5: cycles: 
        401000 [unknown] (/tmp/lib.so (deleted))
             0 std::map<int, int>::find(int) (inlined)
        401010 operator()(char)+0x10 (/bin/a)

my app  12 2.000001:  7 sched:sched_switch: prev_comm=a ==> next_comm=b
java 4/5 3.0: 2 instructions:  7f00 Lcom/A;::run+0x3 (/tmp/perf-4.map)
`);
    expect(profile.sampleTypes.map(({ type }) => type).join()).toBe("samples,cycles,sched:sched_switch,instructions");
    expect(stacks(profile)).toBe(
      [
        "operator()(char);std::map<int, int>::find(int);0x401000 1 1 0 0 comm=my app pid=12 tid=12",
        " 1 0 7 0 comm=my app pid=12 tid=12",
        "Lcom/A;::run 1 0 0 2 comm=java pid=4 tid=5",
      ].join("\n"),
    );
    expect(profile.strings.rowOf("/tmp/lib.so (deleted)")).toBeGreaterThan(0);
  });

  test("without stacks has its only frame beside the event, its lines indented", async () => {
    const profile =
      await text(`             hot  9728 19442.052589:    1003009 cpu-clock:ppp:      7f37411fbb35 sort.part.0+0x1d5 (/usr/lib/libc.so.6)
              dd  9729 19442.053585:    1003009 cpu-clock:ppp:      7f374130eb05 copy+0x85 (/usr/lib/libc.so.6)
`);
    expect(stacks(profile)).toBe(
      "sort.part.0 1 1003009 comm=hot pid=9728 tid=9728\ncopy 1 1003009 comm=dd pid=9729 tid=9729",
    );
  });

  test.each([
    ["no times", "hot  9719 cpu-clock:ppp: \n\t 11ff branch\n\t 2724a main\n", "main;branch 1 1"],
    ["no events", "hot  9719 19440.677934: \n\t 11ff branch\n\t 2724a main\n", "main;branch 1"],
    ["neither", "hot  9719 \n\t 11ff branch (/tmp/hot)\n\t 2724a main (/tmp/hot)\n", "main;branch 1"],
    [
      "no binaries",
      "hot 9719 1.5: 7 cycles: \n\t 11ff f(int)+0x64\n\t 2724a (anonymous namespace)::g+0x1\n",
      "(anonymous namespace)::g;f(int) 1 7",
    ],
    ["no symbols", "hot 9719 1.5: 7 cycles: \n\t 11ff\n\t 2724a\n", "0x2724a;0x11ff 1 7"],
    [
      "a mode and flags",
      "hot  9719 U     1.677934:    7 cycles:ppp:          \n\t 11ff branch+0x64 (/tmp/hot)\n",
      "branch 1 7",
    ],
    ["no event and no stack", "   hot 9728 1.052589:      7f3741 branch (/tmp/hot)\n", "branch 1"],
  ])("may be asked for with %s", async (_, content, expected) => {
    expect(stacks(await text(content))).toBe(
      `${expected} comm=hot pid=${content.match(/97../)![0]} tid=${content.match(/97../)![0]}`,
    );
  });

  test("counts events of which it tells no period", async () => {
    const profile = await text("a 1 1.5: cpu-clock: \n\t 10 f+0x1 (/bin/a)\n");
    expect(profile.sampleTypes[1]).toEqual({ type: "cpu-clock", unit: "count" });
  });

  test("may hold records of mappings, and lines of the source where they are known", async () => {
    const profile = await text(`hot 7 1.0: PERF_RECORD_MMAP2 7/7: [0x56(0x10) @ 0x10 fe:00 1 2]: r-xp /tmp/hot
hot  7 1.5:  3 cycles: 
	 11ff branch+0x64 (/tmp/hot)
  hot.c:12
	 ff21 syscall+0x5 ([kernel.kallsyms])
  [kernel.kallsyms][ff21]
	 2724a start+0x7a (/usr/lib/libc.so.6)
  ??:0
`);
    expect(stacks(profile)).toBe("start;syscall;branch@hot.c:12 1 3 comm=hot pid=7 tid=7");
  });

  test("keeps times to the nanosecond", async () => {
    const profile = await text("a 1 4000000000.123456789: 1 cycles: 10 f+0x1 (/bin/a)\n", { timestamps: true });
    expect(stacks(profile)).toContain("end_timestamp_ns=4000000000123456789nanoseconds");
  });

  test("is asked for where perf.data comes", async () => {
    await expect(text("PERFILE2\0\0\0")).rejects.toThrow(
      "unreadable profile format: perf.data, which `perf script` turns into",
    );
  });
});

describe("OTLP", () => {
  test("an older draft, whose profiles list their locations, is refused as such", async () => {
    // ResourceProfiles { ScopeProfiles { Profile { location_indices (3): [1] } } }
    const bytes = Uint8Array.of(0x0a, 7, 0x12, 5, 0x12, 3, 0x1a, 1, 1);
    await expect(readProfile(bytes)).rejects.toThrow(
      /^malformed profile: field timeUnixNano of Profile has wire type 2 where 1 is meant: .*another draft of OTLP profiles/,
    );
  });

  const dictionary = {
    stringTable: ["", "samples", "count", "f"],
    functionTable: [{}, { nameStrindex: 3 }],
    locationTable: [{}, { lines: [{ functionIndex: 1 }] }],
    stackTable: [{}, { locationIndices: [1] }],
  };
  const resource = (name: string, samples: object[]): object => ({
    resource: { attributes: [{ key: "service.name", value: { stringValue: name } }] },
    scopeProfiles: [{ profiles: [{ sampleType: { typeStrindex: 1, unitStrindex: 2 }, samples }] }],
  });

  test("labels samples with their resource where there are several", async () => {
    const resourceProfiles = [
      resource("a", [{ stackIndex: 1, values: [1] }]),
      resource("b", [{ stackIndex: 1, values: ["2"] }]),
    ];
    expect(stacks(await json({ resourceProfiles, dictionary }))).toBe("f 1 service.name=a\nf 2 service.name=b");
  });

  test("keeps the times of observations", async () => {
    const samples = [{ stackIndex: 1, timestampsUnixNano: ["1700000000000000001", "1700000000000000002"] }];
    const data = { resourceProfiles: [resource("a", samples)], dictionary };
    expect(stacks(await json(data))).toBe("f 2");
    expect(stacks(await json(data, { timestamps: true }))).toBe(
      "f 1 end_timestamp_ns=1700000000000000001nanoseconds\nf 1 end_timestamp_ns=1700000000000000002nanoseconds",
    );
  });

  test("keeps addresses, mappings, labels and what is said of the profile, as protobuf", async () => {
    const builder = new ProfileBuilder({
      sampleTypes: [{ type: "space", unit: "bytes" }],
      periodType: { type: "space", unit: "bytes" },
      period: 512,
      timeNanos: 1700000000000000000n,
      durationNanos: 30,
      dropFrames: "malloc",
      keepFrames: "main",
      docUrl: "https://example.org",
      comments: ["one", "two"],
    });
    const mapping = builder.mapping({ start: 0x400000n, limit: 2n ** 64n - 1n, filename: "/bin/a", buildId: "beef" });
    builder.sample(
      [builder.location({ mapping, address: 0xffffffff81000000n })],
      [-(2n ** 63n)],
      [
        { key: "bytes", value: -(2n ** 62n), unit: "bytes" },
        { key: "name", value: "é" },
      ],
    );
    const profile = builder.build();
    const back = await readProfile(await writeProfile(profile, { format: "otlp" }));
    expect(stacks(back)).toBe(stacks(profile));
    for (const field of [
      "sampleTypes",
      "periodType",
      "period",
      "timeNanos",
      "durationNanos",
      "dropFrames",
      "keepFrames",
      "docUrl",
      "comments",
    ] as const) {
      expect(back[field]).toEqual(profile[field]);
    }
    expect(back.mappings.limit[0]).toBe(2n ** 64n - 1n);
    expect(back.strings.get(back.mappings.buildId[0]!)).toBe("beef");
  });
});

test("callgrind's recursion does not lose cost", async () => {
  const profile = await text(`events: Ir
fn=main
1 10
cfn=even
calls=1 3
2 90

fn=even
3 40
cfn=odd
calls=1 5
4 60

fn=odd
5 50
cfn=even
calls=1 3
6 30
`);
  const lines = stacks(profile).split("\n");
  const flat = (name: string): number =>
    lines
      .filter((line) => line.split(" ")[0]!.endsWith(name))
      .reduce((sum, line) => sum + Number(line.split(" ")[1]), 0);
  expect([flat("main@:1"), flat("even@:3"), flat("odd@:5")]).toEqual([10, 40, 50]);
  expect(lines.some((line) => line.startsWith("main@:2;even@:4;odd@:5 "))).toBe(true);
});

test("collapsed stacks may begin with a thread in brackets", async () => {
  const content = "[worker-1 tid=7];java/lang/Thread.run;A.main_[j] 3\n[main tid=6];A.main_[j] 2\n";
  expect(stacks(await text(content))).toBe(content.trim());
});

test("callgrind's jumps cost nothing, but may name what follows", async () => {
  const profile = await text(`positions: instr line
events: Ir
ob=(1) /bin/a
fl=(1) ???
fn=(1) main
0x10 5 8
jfi=(2) inlined.h
jfn=(2) helper
jcnd=1/8 +7 -2
* *
fi=(2)
+7 -2 4
fe=(1)
jump=4 0x10 5
+2 +6
+2 * 1
cfn=(2)
calls=1 0x40 9
* * 3

fn=(2)
0x40 9 3
`);
  expect(stacks(profile)).toBe(["main@:5 8", "main@inlined.h:3 4", "main@:9 1", "main@:9;helper@:9 3"].join("\n"));
});

test("the traceback of a crash is read up to what follows it", async () => {
  const profile = await text(`panic: boom

goroutine 1 [running]:
main.main()
	/srv/app/main.go:12 +0x258

goroutine 8 [runnable]:
	goroutine running on other thread; stack unavailable
created by main.main in goroutine 1
	/srv/app/main.go:9 +0x1

rax    0x0
exit status 2
`);
  expect(stacks(profile)).toBe(
    "main.main@main.go:12 1 goroutine=1 state=running\n 1 goroutine=8 state=runnable created_by=main.main creator=1",
  );
});

test("text that ends without a newline, or in CRLF, is read", async () => {
  expect(stacks(await text("a;b 1\r\nc;d 2"))).toBe("a;b 1\nc;d 2");
});

test("a text of many megabytes is read line by line", async () => {
  const line = `${"frame;".repeat(200)}leaf 1\n`;
  const count = Math.ceil(3e6 / line.length);
  const profile = await text(line.repeat(count));
  expect(profile.samples.length).toBe(count);
});
