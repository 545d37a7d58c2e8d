import { expect, test } from "vitest";
import { codeKinds } from "../src/worker/code/code-kind.ts";
import { packageOf } from "../src/worker/code/package-of.ts";

/** Frames as profiles of each language name them. */
const FRAMES: Readonly<
  Record<string, readonly (readonly [kind: string, name: string, file: string, binary?: string])[]>
> = {
  "Node.js": [
    ["own", "quote", "file:///app/src/shop.ts"],
    ["own", "handle", "C:\\work\\shop\\server.js"],
    ["library", "next", "/app/node_modules/express/lib/router.js"],
    ["library", "run", "webpack://shop/./node_modules/lodash/index.js"],
    ["runtime", "emit", "node:events"],
    ["runtime", "(program)", ""],
    ["native", "writev", ""],
    ["gc", "(garbage collector)", ""],
  ],
  Go: [
    ["own", "main.main", "/home/me/shop/main.go"],
    ["own", "shop/net.Dial", "/home/me/shop/net/dial.go"],
    ["own", "example.com/shop/cart.(*Cart).Add", "/home/me/go/src/example.com/shop/cart/cart.go"],
    ["library", "github.com/x/y.F", "/home/me/go/pkg/mod/github.com/x/y@v1.2.3/y.go"],
    ["library", "github.com/x/y.F", "/home/me/shop/vendor/github.com/x/y/y.go"],
    ["runtime", "net/http.(*conn).serve", "/usr/local/go/src/net/http/server.go"],
    ["runtime", "sort.Sort", "sort/sort.go"],
    ["runtime", "runtime.mallocgc", ""],
    ["runtime", "strings.(*Builder).WriteString", ""],
    ["runtime", "indexbytebody", "/usr/local/go/src/internal/bytealg/indexbyte_amd64.s"],
    ["runtime", "gcWriteBarrier", "runtime/asm_amd64.s"],
    ["own", "addVectors", "/home/me/shop/src/sort/add_amd64.s"],
    [
      "runtime",
      "net/http.(*conn).serve",
      "/root/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.24.0.linux-amd64/src/net/http/server.go",
    ],
    ["gc", "runtime.gcBgMarkWorker", "/usr/local/go/src/runtime/mgc.go"],
    ["gc", "runtime.scanobject", "/usr/local/go/src/runtime/mgcmark.go"],
  ],
  Python: [
    ["own", "handle", "/app/shop/views.py"],
    ["library", "get_response", "/usr/lib/python3.11/site-packages/django/core/handlers/base.py"],
    ["library", "run", "/app/.venv/lib/python3.11/site-packages/flask/app.py"],
    ["runtime", "loads", "/usr/lib/python3.11/json/__init__.py"],
    ["runtime", "_find_and_load", "<frozen importlib._bootstrap>"],
    ["runtime", "<built-in method decompress>", ""],
  ],
  Java: [
    ["own", "com.example.shop.Cart.add", "Cart.java"],
    ["runtime", "java.util.HashMap.put", "HashMap.java"],
    ["runtime", "jdk.internal.misc.Unsafe.park", ""],
    ["gc", "G1ParEvacuateFollowersClosure::do_void", ""],
  ],
  ".NET": [
    ["own", "Shop.Cart.Add(int)", ""],
    ["runtime", "System.Private.CoreLib!System.String.Concat", ""],
    ["gc", "WKS::gc_heap::mark_object_simple", ""],
  ],
  Rust: [
    ["own", "shop::cart::add", "/home/me/shop/src/cart.rs"],
    ["library", "serde_json::from_str", "/home/me/.cargo/registry/src/index/serde_json-1.0.0/src/de.rs"],
    ["runtime", "core::iter::traits::iterator::Iterator::fold", "/rustc/abc/library/core/src/iter/traits/iterator.rs"],
    ["runtime", "<alloc::vec::Vec<T> as core::ops::drop::Drop>::drop", ""],
  ],
  "C++": [
    ["own", "shop::Cart::add", "/home/me/shop/cart.cc"],
    ["runtime", "std::vector<int>::push_back", ""],
    ["runtime", "__libc_start_main", "../csu/libc-start.c"],
    ["runtime", "abort", "", "/usr/lib/x86_64-linux-gnu/libc.so.6"],
    ["library", "png_read", "", "/usr/lib/libpng16.so.16"],
    ["native", "entry_SYSCALL_64_after_hwframe", "", "[kernel.kallsyms]"],
    ["native", "[libz.so.1]", ""],
  ],
  Ruby: [
    ["own", "Cart#add", "/app/lib/cart.rb"],
    ["library", "Rack#call", "/usr/lib/ruby/gems/3.2.0/gems/rack-2.2/lib/rack.rb"],
    ["runtime", "Array#each", "<internal:array>"],
  ],
  Julia: [
    ["own", "solve", "/home/me/model.jl"],
    ["library", "plot", "/home/me/.julia/packages/Plots/x/src/Plots.jl"],
    ["runtime", "sum", "./reduce.jl"],
  ],
  PHP: [["library", "Illuminate\\Router::run", "/var/www/vendor/laravel/framework/src/Router.php"]],
};

test.each(Object.entries(FRAMES))("whose code a frame of %s is", (language, frames) => {
  const kindOf = codeKinds(language === "Node.js");
  const seen = frames.map(([, name, file, binary = ""]) => [kindOf({ name, file, binary }), name, file]);
  expect(seen).toEqual(frames.map(([kind, name, file]) => [kind, name, file]));
});

const BELONGS: readonly (readonly [expected: string, name: string, file: string, binary?: string])[] = [
  ["express", "next", "/app/node_modules/express/lib/router.js"],
  ["@scope/thing", "f", "/app/node_modules/@scope/thing/index.js"],
  ["node", "emit", "node:events"],
  ["/app/src", "quote", "/app/src/shop.ts"],
  ["net/http", "net/http.(*conn).serve", "/usr/local/go/src/net/http/server.go"],
  ["java.util.concurrent", "java.util.concurrent.Pool.run", ""],
  ["shop", "shop::Cart::add", "/home/me/shop/cart.cc"],
  ["libpng16.so.16", "png_read", "", "/usr/lib/libpng16.so.16"],
  ["alone", "alone", ""],
];

test.each(BELONGS)("what belongs to %s", (expected, name = "", file = "", binary = "") => {
  expect(packageOf({ name, file, binary })).toBe(expected);
});
