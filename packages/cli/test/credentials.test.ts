import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { encode, ProfileBuilder, readProfile } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { withoutCredentials } from "../src/words/source-url.ts";
import { directory, hotBytes, pprof, serve } from "./tool.ts";

test.each([
  ["http://me:secret@host/x", "http://host/x"],
  ["http://secret@host/x?a=@b", "http://host/x?a=@b"],
  ["me:secret@host:6060/x", "host:6060/x"],
  ["https+insecure://me:sec@ret@host", "https+insecure://host"],
  ["http://me:sec/ret@host/x", "http://host/x"],
  ["http:/me:secret@host/x", "http:/host/x"],
  ["http://http//me:sec@ret@host/x", "http://http//host/x"],
  ["http://http//me:secret@host/x", "http://http//host/x"],
  ["http:///me:secret@host/x", "http:///host/x"],
  ["//me:secret@host/x", "//host/x"],
  ["//server/share/a:b@c", "//server/share/a:b@c"],
  ["http://host/a@b", "http://host/a@b"],
  ["http://host:6060/a:1@b", "http://host:6060/a:1@b"],
  ["host:6060/a@b", "host:6060/a@b"],
  ["cpu@v1.pb.gz", "cpu@v1.pb.gz"],
  ["./me:x@y.pb.gz", "./me:x@y.pb.gz"],
  ["C:\\profiles\\cpu@v1.pb.gz", "C:\\profiles\\cpu@v1.pb.gz"],
  ["http://host/x?seconds=5&token=s3cret", "http://host/x?seconds=5&token=xxxxx"],
  ["http://me:s3cret@host/?access_token=s3cret&gc=1", "http://host/?access_token=xxxxx&gc=1"],
  ["host:6060/x?api_key=s3cret", "host:6060/x?api_key=xxxxx"],
  ["host/x?X-Api-Key=s3cret;apikey=s3=cret", "host/x?X-Api-Key=xxxxx;apikey=xxxxx"],
  ["https://h/x?X-Amz-Signature=s3cret&X-Amz-Date=2026", "https://h/x?X-Amz-Signature=xxxxx&X-Amz-Date=2026"],
  [
    "https://h/x?X-Amz-Credential=a&X-Amz-Security-Token=b",
    "https://h/x?X-Amz-Credential=xxxxx&X-Amz-Security-Token=xxxxx",
  ],
  ["https://h/x?sv=1&sig=s3cret%2F", "https://h/x?sv=1&sig=xxxxx"],
  [
    "https://h/x?to%6ben=s3cret&key=k&code=c&auth=a&password=p&client_secret=s#id_token=t",
    "https://h/x?to%6ben=xxxxx&key=xxxxx&code=xxxxx&auth=xxxxx&password=xxxxx&client_secret=xxxxx#id_token=xxxxx",
  ],
  ["http://host/x?token=&debug=1&keyword=a&tokens", "http://host/x?token=&debug=1&keyword=a&tokens"],
  ["unix:/run/app.sock:/x?token=s3cret", "unix:/run/app.sock:/x?token=xxxxx"],
])("%s is shown as %s", (source, shown) => {
  expect(withoutCredentials(source)).toBe(shown);
});

test("what an address has of credentials is sent, and is in no line and no file", async () => {
  using made = directory({});
  const asked: (string | undefined)[] = [];
  const queries: string[] = [];
  await using server = await serve((request, response) => {
    asked.push(request.headers.authorization);
    queries.push(new URL(request.url ?? "", "http://x").searchParams.get("token") ?? "");
    if (request.url?.includes("moved")) response.writeHead(302, { location: "file:///x?token=s3cretQ" }).end();
    else if (request.url?.includes("bad")) response.writeHead(500).end();
    else response.end(hotBytes);
  });
  const source = (place: string): string =>
    `${server.origin.replace("//", "//me:s3cret%25@")}${place}?token=s3cretQ&X-Amz-Signature=s3cretS&seconds=1`;
  const runs = await Promise.all([
    pprof(["-raw", source("/x")], { cwd: made.path }),
    pprof(["-top", source("/bad")], { cwd: made.path }),
    pprof(["-top", source("/moved")], { cwd: made.path }),
    pprof(["-top", source("/bad"), source("/x")], { cwd: made.path }),
    pprof([`-html=${made.path}/page.html`, source("/x")], { cwd: made.path }),
    pprof(["diff", source("/x"), source("/x")], { cwd: made.path }),
    pprof(["-top", "http://me:s3cret/slash@host/x"], { cwd: made.path }),
  ]);
  expect(new Set(asked)).toEqual(new Set([`Basic ${btoa("me:s3cret%")}`]));
  expect(new Set(queries)).toEqual(new Set(["s3cretQ"]));
  expect(runs.map(({ status }) => status)).toEqual([0, 2, 2, 0, 0, 0, 2]);
  const said = runs.flatMap(({ stdout, stderr }) => [stdout, stderr]);
  const names = readdirSync(made.path);
  const saved = names.filter((name) => name.endsWith(".pb.gz"));
  const profiles = await Promise.all(saved.map((name) => readProfile(readFileSync(path.join(made.path, name)))));
  const texts = profiles.map((profile) => Buffer.from(encode(profile)).toString());
  const page = readFileSync(path.join(made.path, "page.html"), "utf8");
  for (const text of [...said, ...names, ...texts, page]) expect(text.match(/s3cret|\bme:s.{20}/)).toBeNull();
  expect(saved.length).toBeGreaterThan(2);
  for (const name of saved) expect([name, statSync(path.join(made.path, name)).mode & 0o777]).toEqual([name, 0o600]);
});

test("a server says what its profile is called, but not in which directory it is saved", async () => {
  using made = directory({});
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "x/../../../outside", unit: "count" }] });
  builder.sample([builder.location({ lines: [{ function: builder.function({ name: "f" }), line: 1 }] })], [1]);
  const bytes = encode(builder.build());
  await using server = await serve((_, response) => response.end(bytes));
  const home = path.join(made.path, "a", "b");
  const env = { PPROF_TMPDIR: path.join(home, "saved") };
  expect((await pprof(["-top", `${server.origin}/x`], { cwd: made.path, env })).status).toBe(0);
  expect(readdirSync(env.PPROF_TMPDIR)).toEqual(["pprof.x_.._.._.._outside.001.pb.gz"]);
  expect([home, env.PPROF_TMPDIR].map((name) => statSync(name).mode & 0o777)).toEqual([0o700, 0o700]);
});
