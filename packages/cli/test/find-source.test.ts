import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { SourceFinder } from "../src/source/find-source.ts";
import { directory } from "./tool.ts";

function tree(files: Readonly<Record<string, string>>): ReturnType<typeof directory> {
  const made = directory({});
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(made.path, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return made;
}

test("a path of another machine is found by its end, below the working directory and -source_path", () => {
  using here = tree({ "src/app.ts": "app", "src/routes/index.ts": "index", "tiny.c": "another's" });
  using there = tree({ "lib/other.ts": "other", "tiny.c": "tiny" });
  const finder = new SourceFinder(here.path, [there.path]);
  expect(finder.find("/home/ci/build/project/src/app.ts")).toBe("app");
  expect(finder.find("webpack://project/./src/routes/index.ts")).toBe("index");
  expect(finder.find("/build/lib/other.ts")).toBe("other");
  expect(finder.find("/src/tiny.c")).toBe("tiny");
  expect(finder.misses.size).toBe(0);
});

test("a file: URL is a file", () => {
  using here = tree({ "a file.js": "text" });
  const finder = new SourceFinder("/", []);
  expect(finder.find(pathToFileURL(path.join(here.path, "a file.js")).href)).toBe("text");
});

test("a source that is only in a source map is found there", () => {
  const map = { version: 3, sources: ["../src/app.ts", "../src/b/index.ts"], sourcesContent: ["app", "index"] };
  using here = tree({ "dist/app.js.map": JSON.stringify(map), "dist/broken.js.map": "{" });
  const finder = new SourceFinder(here.path, []);
  expect(finder.find(path.join(here.path, "src/app.ts"))).toBe("app");
  expect(finder.find("/srv/release/src/b/index.ts")).toBe("index");
});

test("Go's sources: the main module's, the cache's and the standard library's, by trimmed paths", () => {
  using here = tree({
    "go.mod": "module example.com/shop\n\ngo 1.22\n",
    "cart/cart.go": "cart",
    "vendor/github.com/x/y/z.go": "z",
  });
  using cache = tree({ "github.com/!burnt!sushi/toml@v1.2.0/decode.go": "decode" });
  using root = tree({ "src/fmt/print.go": "print" });
  const saved = { ...process.env };
  Object.assign(process.env, { GOROOT: root.path, GOMODCACHE: cache.path });
  try {
    const finder = new SourceFinder(path.join(here.path, "cart"), []);
    expect(finder.find("example.com/shop/cart/cart.go")).toBe("cart");
    expect(finder.find("github.com/BurntSushi/toml@v1.2.0/decode.go")).toBe("decode");
    expect(finder.find("/root/go/pkg/mod/github.com/BurntSushi/toml@v1.2.0/decode.go")).toBe("decode");
    expect(finder.find("/opt/hostedtoolcache/go/src/fmt/print.go")).toBe("print");
    expect(finder.find("fmt/print.go")).toBe("print");
    for (const place of ["github.com/x/y@v1.0.0/z.go", "github.com/x/y/z.go", "/ci/shop/vendor/github.com/x/y/z.go"]) {
      expect(finder.find(place), place).toBe("z");
    }
  } finally {
    process.env = saved;
  }
});

test("a miss says where it looked", () => {
  using here = tree({});
  const finder = new SourceFinder(here.path, []);
  expect(finder.find("/srv/src/app.ts")).toBeUndefined();
  expect(finder.misses.get("/srv/src/app.ts")).toEqual([
    path.join(here.path, "srv/src/app.ts"),
    path.join(here.path, "src/app.ts"),
    "the source maps below the working directory",
  ]);
});
