import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const BUSY = `function busy() {
  let sum = 0;
  for (const end = process.cpuUsage().user + 400_000; process.cpuUsage().user < end; )
    for (let i = 0; i < 1e5; i++) sum += Math.sqrt(i);
  return sum;
}
busy();
`;

/** What a user does with each package, a row a package: a program, what Node is told before its name, what it has to print, and calls of the tool. */
export const USES = {
  profile: {
    program: `import { createRequire } from "node:module";
import { decode, encode, ProfileBuilder } from "@pprof-ts/profile";
const builder = new ProfileBuilder({ sampleTypes: [{ type: "cpu", unit: "nanoseconds" }] });
builder.sample([builder.location({ lines: [{ function: builder.function({ name: "work" }), line: 1 }] })], [7]);
const required = createRequire(import.meta.url)("@pprof-ts/profile");
console.log(decode(required.encode(decode(encode(builder.build())))).samples.length, "sample");`,
    prints: /^1 sample$/m,
  },
  report: {
    program: `import { ProfileBuilder } from "@pprof-ts/profile";
import { defaultOptions, report, wholeBody } from "@pprof-ts/report";
const builder = new ProfileBuilder({ sampleTypes: [{ type: "cpu", unit: "nanoseconds" }] });
builder.sample([builder.location({ lines: [{ function: builder.function({ name: "work" }), line: 1 }] })], [7]);
console.log(wholeBody(report(builder.build(), "top", { ...defaultOptions, focus: "w.rk" }).body));`,
    // It is among what the report is made of.
    with: ["profile"],
    prints: /^ *7ns +100% .* work$/m,
  },
  runtime: {
    program: `import "@pprof-ts/runtime/http"; import "@pprof-ts/runtime/express"; import "@pprof-ts/runtime/fastify";
import "@pprof-ts/runtime/koa"; import "@pprof-ts/runtime/hono"; import "@pprof-ts/runtime/attach";
import { listen } from "@pprof-ts/runtime";
const { url, close } = await listen({ host: "127.0.0.1", port: 0 });
const answer = await fetch(url + "heap");
console.log(answer.status, (await answer.arrayBuffer()).byteLength > 100);
await close();`,
    before: ["--import", "@pprof-ts/runtime/register"],
    prints: /^200 true$[\s\S]*serving profiles at/m,
  },
  fleet: {
    program: `import { EmbeddedStore, parseMatchers } from "@pprof-ts/fleet";
import { encode, ProfileBuilder } from "@pprof-ts/profile";
const builder = new ProfileBuilder({ sampleTypes: [{ type: "cpu", unit: "nanoseconds" }] });
builder.sample([builder.location({ lines: [{ function: builder.function({ name: "work" }), line: 1 }] })], [7]);
const store = await EmbeddedStore.open("profiles");
const receivedMillis = Date.now();
const labels = new Map([["service_name", "shop"]]);
await store.append([{ tenant: "", labels, receivedMillis, profile: encode(builder.build()) }]);
const selector = { tenant: "", matchers: parseMatchers('{service_name="shop"}') };
const range = { fromMillis: receivedMillis - 1000, toMillis: receivedMillis + 1000 };
const [type] = await store.profileTypes(selector, range);
const { profile, profiles } = await store.merge({ selector, name: type.name, range });
console.log(profiles, "profile of", profile.samples.length, "sample");
await store.close();`,
    // It is among what the store is made of.
    with: ["profile"],
    prints: /^1 profile of 1 sample$/m,
  },
  web: {
    program: `import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
const { resolve } = createRequire(import.meta.url);
console.log(/customElements/.test(readFileSync(resolve("@pprof-ts/web"), "utf8")), resolve("@pprof-ts/web/dist/worker.js"));`,
    prints: /^true .*worker\.js$/m,
  },
  cli: {
    program: BUSY,
    tool: [
      { words: ["-h"], prints: /^usage: pprof|pprof run/m },
      { words: ["run", "-cpuprofile=cpu.pb.gz", "--", "node", "use-cli.mjs"], makes: "cpu.pb.gz" },
      { words: ["-top", "cpu.pb.gz"], prints: /\bbusy\b/ },
      { words: ["-list=busy", "cpu.pb.gz"], prints: /Math\.sqrt/ },
      { words: ["-svg", "-output=graph.svg", "cpu.pb.gz"], makes: "graph.svg" },
      { words: ["-png", "-output=graph.png", "cpu.pb.gz"], makes: "graph.png" },
      { words: ["-flame=flame.svg", "cpu.pb.gz"], makes: "flame.svg" },
      { words: ["-html=page.html", "cpu.pb.gz"], makes: "page.html" },
      { words: ["ps"], prints: /./ },
    ],
  },
};

/** Uses a package that a user has installed; what it lacks is an error. */
export function use(short, user) {
  const { program, before = [], prints, tool = [] } = USES[short];
  const file = `use-${short}.mjs`;
  writeFileSync(path.join(user.directory, file), program);
  if (prints !== undefined) must(user.node([...before, file]), prints, file);
  for (const { words, prints, makes } of tool) {
    const printed = user.pprof(words);
    if (prints !== undefined) must(printed, prints, `pprof ${words.join(" ")}`);
    const made = makes === undefined ? undefined : path.join(user.directory, makes);
    if (made !== undefined && !(existsSync(made) && readFileSync(made).length > 100)) {
      throw new Error(`pprof ${words.join(" ")} made no ${makes}`);
    }
  }
}

function must(printed, pattern, what) {
  if (!pattern.test(printed)) throw new Error(`${what} prints no ${pattern}, but:\n${printed.slice(0, 2000)}`);
}
