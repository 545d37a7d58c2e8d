import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** Programs that make about a megabyte of each format, as much of what takes memory in as few bytes as can be. */
const greedy: Record<string, string> = {
  "collapsed, every frame another": `
    for (let i = 0; size < 1e6 || i % 50 !== 0; i++) say(i.toString(36) + (i % 50 === 49 ? " 1\\n" : ";"));`,
  "collapsed, every stack another": `
    for (let i = 0; size < 1e6; i++) say("a;" + i.toString(36) + " 1\\n");`,
  "cpuprofile, a deep stack sampled often": `
    say('{"nodes":[');
    for (let i = 1; i <= 3000; i++) say((i > 1 ? "," : "") + '{"id":' + i + ',"callFrame":{"functionName":"f"},"children":[' + (i < 3000 ? i + 1 : "") + ']}');
    say('],"startTime":0,"endTime":9,"samples":[3000' + ",3000".repeat(1.5e5) + '],"timeDeltas":[1' + ",1".repeat(1.5e5) + ']}');`,
  "heapprofile, a chain": `
    let end = "";
    for (let i = 0; i < 4000; i++, end += "]}") say('{"callFrame":{"functionName":"f' + i + '"},"selfSize":8,"children":[');
    parts.unshift('{"head":'); parts.push(end + "}");`,
  "speedscope, events on a deep stack": `
    say('{"$schema":"https://www.speedscope.app/file-format-schema.json","shared":{"frames":[{"name":"a"},{"name":"b"}]},"profiles":[{"type":"evented","name":"p","unit":"none","startValue":0,"endValue":99999999,"events":[');
    for (let i = 0; i < 5000; i++) say((i ? "," : "") + '{"type":"O","frame":0,"at":0}');
    for (let i = 1; size < 1e6; i++) say(',{"type":"O","frame":1,"at":' + i + '},{"type":"C","frame":1,"at":' + (i + 1) + '}');
    for (let i = 0; i < 5000; i++) say(',{"type":"C","frame":0,"at":99999999}');
    say("]}]}");`,
  "speedscope, samples of many types": `
    say('{"$schema":"https://www.speedscope.app/file-format-schema.json","shared":{"frames":[{"name":"a"}]},"profiles":[');
    for (let i = 0; size < 1e6; i++) say((i ? "," : "") + '{"exporter":0,"type":"sampled","name":"p' + i + '","unit":"none","startValue":0,"endValue":1,"samples":[[0]],"weights":[1]}');
    say('],"exporter":"pprof-ts"}');`,
  "chrome-trace, a deep stack sampled often": `
    say('[{"name":"Profile","ph":"P","id":"1","pid":1,"tid":1,"args":{"data":{"startTime":0}}},{"name":"ProfileChunk","ph":"P","id":"1","pid":1,"tid":1,"args":{"data":{"cpuProfile":{"nodes":[');
    for (let i = 1; i <= 3000; i++) say((i > 1 ? "," : "") + '{"id":' + i + ',"callFrame":{"functionName":"f"}' + (i > 1 ? ',"parent":' + (i - 1) : "") + '}');
    say('],"samples":[3000' + ",3000".repeat(1.5e5) + ']},"timeDeltas":[1' + ",1".repeat(1.5e5) + ']}}}]');`,
  "firefox, a deep stack sampled often": `
    const n = 3000;
    say(JSON.stringify({ meta: { interval: 1, startTime: 0, version: 27, preprocessedProfileVersion: 48 }, libs: [], threads: [{ name: "t", pid: 1, tid: 1,
      stringArray: ["f"], funcTable: { length: 1, name: [0], fileName: [null], lineNumber: [null], columnNumber: [null], resource: [-1], isJS: [false] },
      frameTable: { length: 1, func: [0], address: [-1], line: [null], column: [null] }, resourceTable: { length: 0, lib: [], name: [] },
      stackTable: { length: n, frame: Array(n).fill(0), prefix: Array.from({ length: n }, (_, i) => (i ? i - 1 : null)) },
      samples: { length: 1.5e5, stack: Array(1.5e5).fill(n - 1), time: Array.from({ length: 1.5e5 }, (_, i) => i), weightType: "samples" } }] }));`,
  "otlp, a deep stack with every sample": `
    say('{"resourceProfiles":[{"scopeProfiles":[{"profiles":[{"sampleType":{"typeStrindex":1,"unitStrindex":2},"samples":[');
    for (let i = 0; size < 1e6; i++) say((i ? "," : "") + '{"stackIndex":1,"linkIndex":0,"attributeIndices":[' + (i % 2) + '],"values":[1],"timestampsUnixNano":["' + i + '"]}');
    say(']}]}]}],"dictionary":{"stringTable":["","a","b"],"attributeTable":[{},{"keyStrindex":1,"value":{"stringValue":"v"}}],"locationTable":[{},{}],"stackTable":[{},{"locationIndices":[1' + ",1".repeat(5000) + ']}]}}');`,
  "callgrind, a chain of calls": `
    say("events: Ir\\n");
    for (let i = 0; size < 1e6; i++) say("fn=(" + i + ") f\\n1 1\\ncfn=(" + (i + 1) + ")\\ncalls=1 1\\n1 1\\n");`,
  "perf-script, every frame another": `
    for (let i = 0; size < 1e6; i++) say((i % 50 === 0 ? "\\np 1 1.0: 1 c:\\n" : "") + "\\t" + i.toString(16) + " f" + i + " (b)\\n");`,
  "go-count, every address another": `
    say("goroutine profile: total 9\\n");
    for (let i = 1; size < 1e6; i++) say("1 @ 0x" + i.toString(16) + "\\n");`,
  "legacy-heap, every address another": `
    say("heap profile: 1: 1 [1: 1] @ heap/1\\n");
    for (let i = 1; size < 1e6; i++) say("1: 1 [1: 1] @ 0x" + i.toString(16) + "\\n");`,
  "goroutine-dump, many goroutines": `
    for (let i = 1; size < 1e6; i++) say("goroutine " + i + " [running]:\\nf" + i + "()\\n\\ta:1\\n\\n");`,
  "contention, every address another": `
    say("--- contentionz 1 ---\\ncycles/second = 1\\n");
    for (let i = 1; size < 1e6; i++) say("1 1 @ 0x" + i.toString(16) + "\\n");`,
  "heaptimeline, a chain of functions that allocate": `
    const fields = ["id", "function_info_index", "count", "size", "children"];
    const infos = ["function_id", "name", "script_name", "script_id", "line", "column"];
    say(JSON.stringify({ snapshot: { meta: { node_fields: ["self_size", "trace_node_id"], trace_node_fields: fields, trace_function_info_fields: infos } },
      nodes: [], strings: ["f"], trace_function_infos: [0, 0, 0, 0, 0, 0] }).slice(0, -1) + ',"trace_tree":[');
    for (let i = 1; i < 4000; i++) say(i + ",0,1,8,[");
    say("4000,0,1,8,[]" + "]".repeat(4000) + "}");`,
  "v8-log, every stack another": `
    say('{"code":[{"name":"a","type":"CODE"},{"name":"b","type":"CODE"}],"ticks":[');
    for (let i = 0; size < 1e6; i++) say((i ? "," : "") + '{"tm":' + i + ',"s":[' + [...i.toString(2)].map((bit) => bit + ",0").join() + "]}");
    say("]}");`,
  "threadz, every address another": `
    say("--- threadz 1 ---\\n\\n--- Thread 1 (name: a/1) stack: ---\\n");
    for (let i = 1; size < 1e6; i++) say(i % 50 === 0 ? "\\n--- Thread 1 (name: a/1) stack: ---\\n" : " 0x" + i.toString(16));
    say("\\n");`,
  "legacy-java, every address another with its function": `
    say("--- heapz 1 ---\\nformat = java\\nresolution = bytes\\n");
    for (let i = 1; size < 4e5; i++) say("1 1 @ 0x" + i.toString(16) + "\\n");
    for (let i = 1; size < 1e6; i++) say("0x" + i.toString(16) + " f" + i + " (a:1)\\n");`,
  "legacy-cpu, every address another": `
    const words = (...numbers) => say(String.fromCharCode(...new Uint8Array(Uint32Array.from(numbers).buffer)));
    words(0, 3, 0, 1, 0);
    for (let i = 1; size < 1e6; i++) words(1, 1, i);
    words(0, 1, 0);`,
  "JSON of empty lists": `say('{"nodes":[' + "[],".repeat(4e5) + '[]],"startTime":0,"samples":[],"timeDeltas":[]}');`,
};

test.each(Object.keys(greedy))("reading holds at most 256 times its input and 64 MB: %s", (name) => {
  const index = fileURLToPath(new URL("../dist/index.js", import.meta.url));
  const program = `
    import { ProfileError, readProfile, recogniseFormat } from ${JSON.stringify(index)};
    const parts = [];
    let size = 0;
    const say = (text) => { parts.push(text); size += text.length; };
    ${greedy[name]}
    const bytes = Buffer.from(parts.join(""), "latin1");
    const before = process.memoryUsage.rss();
    let outcome = "read";
    try {
      await readProfile(bytes, { timestamps: true });
    } catch (error) {
      if (!(error instanceof ProfileError)) throw error;
      outcome = error.message;
    }
    const most = process.resourceUsage().maxRSS * 1024 - before;
    const { name } = await recogniseFormat(bytes);
    console.log(JSON.stringify({ name, outcome, times: (most - 64e6) / bytes.length }));
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  expect(stderr).toBe("");
  const { name: format, outcome, times } = JSON.parse(stdout);
  if (!name.startsWith("JSON")) expect(name).toContain(format);
  expect(outcome).toMatch(/^(read$|malformed profile: \S|the stacks, values and labels of its samples would take )/);
  expect(times).toBeLessThan(256);
});
