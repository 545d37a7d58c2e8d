import { expect, test } from "vitest";
import { sourceUrl } from "../src/words/source-url.ts";

test.each([
  ["localhost:6060", "http://localhost:6060/debug/pprof/profile"],
  ["http://localhost:6060/", "http://localhost:6060/debug/pprof/profile"],
  ["127.0.0.1:80/debug/pprof/heap", "http://127.0.0.1/debug/pprof/heap"],
  ["https+insecure://host/x", "https+insecure://host/x"],
  ["http://host/x?b=2&a=1&c=a%20b", "http://host/x?a=1&b=2&c=a+b"],
  ["[::1]:6060/x", "http://[::1]:6060/x"],
])("%s is the address %s", (source, href) => {
  expect(sourceUrl(source, -1, -1)?.url.href).toBe(href);
});

test.each(["cpu.pb.gz", "dir/cpu.pb.gz", "/abs/file", "file:///tmp/x", "C:\\profiles\\cpu", "pprof.localhost"])(
  "%s is no address",
  (source) => {
    expect(sourceUrl(source, -1, -1)).toBeUndefined();
  },
);

test("seconds: the flag's before the address's; the answer may take half as long again, else a minute", () => {
  const read = (source: string, seconds: number, timeout: number): unknown => {
    const { url, ...rest } = sourceUrl(source, seconds, timeout)!;
    return { search: url.search, ...rest };
  };
  expect(read("h:1/p?seconds=4", -1, -1)).toEqual({ search: "?seconds=4", seconds: 4, timeout: 6 });
  expect(read("h:1/p?seconds=4", 10, -1)).toEqual({ search: "?seconds=10", seconds: 10, timeout: 15 });
  expect(read("h:1/p", -1, -1)).toEqual({ search: "", seconds: undefined, timeout: 60 });
  expect(read("h:1", -1, 7)).toEqual({ search: "", seconds: 30, timeout: 7 });
});
