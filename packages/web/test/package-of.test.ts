import { expect, test } from "vitest";
import { packageOf } from "../src/worker/code/package-of.ts";

test.each([
  ["QuerySet._fetch_all", "/usr/lib/python3.13/site-packages/django/db/models/query.py", "django"],
  ["six.u", "/venv/lib/python3.11/site-packages/six.py", "six"],
  ["Decimal.quantize", "/usr/lib/python3.13/decimal.py", "decimal"],
  ["<listcomp>", "/app/shop/report.py", "/app/shop"],
  ["<built-in method sqlite3.execute>", "~", "sqlite3"],
  ["<F as rayon_core::job::Job>::execute", "", "rayon_core"],
  ["read", "/root/.cargo/registry/src/index.crates.io-6f17d22bba15001f/rayon-core-1.12.1/src/job.rs", "rayon-core"],
  ["<indexer::walk::Walker as core::iter::Iterator>::next", "src/walk.rs", "indexer"],
  ["core::str::next", "/rustc/4d91de4e/library/core/src/str.rs", "core"],
  ["[libc.so.6] readdir64", "", "libc.so.6"],
  ["[libcrypto.so.3]", "", "libcrypto.so.3"],
  ["cfree@GLIBC_2.2.5", "", "program"],
  ["memcpy@@GLIBC_2.14", "", "program"],
  ["dict_merge.part.0", "/src/Objects/dictobject.c", "/src/Objects"],
  ["bool render::hit<float, (render::Kind)3>(render::Box<float> const&)", "/app/box.h", "render"],
  ["Sidekiq::Processor#process", "/bundle/gems/sidekiq-7.2.0/lib/sidekiq/processor.rb", "sidekiq"],
  ["Array#each", "<internal:array>", "<internal:array>"],
  [
    "Illuminate\\Foundation\\Http\\Kernel::handle",
    "/var/www/vendor/laravel/framework/src/Kernel.php",
    "laravel/framework",
  ],
  ["App\\Pricing\\Discounts::{closure}", "/var/www/app/Pricing/Discounts.php", "/var/www/app/Pricing"],
  ["System.Linq!Enumerable+WhereIterator`2[System.__Canon].MoveNext()", "", "System.Linq"],
  ["mul!", "/usr/share/julia/stdlib/v1.10/LinearAlgebra/src/matmul.jl", "LinearAlgebra"],
  ["mul!", "", "program"],
  ["(garbage collector)", "", "(garbage collector)"],
  ["readFile", "node:fs", "node"],
  ["query", "/app/node_modules/@scope/pg/index.js", "@scope/pg"],
  ["github.com/lib/pq.(*conn).simpleQuery", "/root/go/pkg/mod/github.com/lib/pq@v1.10.9/conn.go", "github.com/lib/pq"],
  ["aeshashbody", "/usr/local/go/src/runtime/asm_amd64.s", "runtime"],
  ["indexbytebody", "/opt/hostedtoolcache/go/1.22.0/x64/src/internal/bytealg/indexbyte_amd64.s", "internal/bytealg"],
  [
    "memmove",
    "/root/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.24.0.linux-amd64/src/runtime/memmove_amd64.s",
    "runtime",
  ],
  ["matchLen", "C:\\go\\pkg\\mod\\github.com\\who\\zip@v1.17.4\\s2\\x_amd64.s", "github.com/who/zip/s2"],
  ["cmpbody", "internal/bytealg/compare_amd64.s", "internal/bytealg"],
  ["java.util.concurrent.ThreadPoolExecutor$Worker.run", "ThreadPoolExecutor.java", "java.util.concurrent"],
  ["std::vector<int>::push_back(int&&)", "/usr/include/c++/12/bits/stl_vector.h", "std"],
])("%s in %s is of %s", (name, file, expected) => {
  expect(packageOf({ name, file, binary: "/app/program" })).toBe(expected);
});

test("addresses of nobody knows what are of no package, and not of one each", () => {
  expect(packageOf({ name: "0x7efd1ea56240", file: "", binary: "" })).toBe("");
  expect(packageOf({ name: "<unknown>", file: "", binary: "" })).toBe("");
  expect(packageOf({ name: "0x7efd1ea56240", file: "", binary: "/usr/lib/libz.so.1" })).toBe("libz.so.1");
});
