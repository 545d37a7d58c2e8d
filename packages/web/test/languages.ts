import { writeFileSync } from "node:fs";
import { encode, ProfileBuilder } from "@pprof-ts/profile";

/** A small program of a language, as its profilers name its functions: a line a function, `name | file | what it calls`. */
interface Language {
  readonly name: string;
  readonly type: { readonly type: string; readonly unit: string };
  /** What a sample is worth. */
  readonly worth: number;
  /** The binary or runtime that it runs in. */
  readonly mapping: string;
  readonly program: string;
}

const CPU = { type: "cpu", unit: "nanoseconds" };
const MEMORY = { type: "inuse_space", unit: "bytes" };

/** Numbers of calls are those of the lines of a program, from 1; the first is where it begins. */
export const LANGUAGES: readonly Language[] = [
  {
    name: "go",
    type: CPU,
    worth: 1e7,
    mapping: "/app/shopd",
    program: `
runtime.main | /usr/local/go/src/runtime/proc.go | 2
main.main | /app/cmd/shopd/main.go | 3
example.com/shop/server.(*Server).Serve | /app/server/server.go | 4 8
example.com/shop/server.(*Server).handleCheckout.func1 | /app/server/checkout.go | 5 6 7
example.com/shop/price.Discounts[go.shape.struct { ID int; Name string }] | /app/price/discounts.go | 10 11 5
encoding/json.(*decodeState).object | /usr/local/go/src/encoding/json/decode.go | 6 9 11
github.com/lib/pq.(*conn).simpleQuery | /root/go/pkg/mod/github.com/lib/pq@v1.10.9/conn.go | 12 11
net/http.(*conn).serve | /usr/local/go/src/net/http/server.go | 4 12
reflect.Value.Set | /usr/local/go/src/reflect/value.go | 11
sort.pdqsort_func | /usr/local/go/src/sort/zsortfunc.go | 10 11
runtime.mallocgc | /usr/local/go/src/runtime/malloc.go | 13
internal/poll.(*FD).Read | /usr/local/go/src/internal/poll/fd_unix.go | 14
runtime.gcDrain | /usr/local/go/src/runtime/mgcmark.go |
syscall.Syscall6 | /usr/local/go/src/syscall/syscall_linux.go |`,
  },
  {
    name: "python",
    type: CPU,
    worth: 1e7,
    mapping: "python3.13",
    program: `
<module> | /app/manage.py | 2
main | /app/shop/cli.py | 3 4
Command.handle | /app/shop/management/commands/report.py | 5 6 7
<lambda> | /app/shop/pricing.py | 8
QuerySet._fetch_all | /usr/lib/python3.13/site-packages/django/db/models/query.py | 9 10
<listcomp> | /app/shop/report.py | 4 8 11
DataFrame.groupby | /usr/lib/python3.13/site-packages/pandas/core/frame.py | 12 13
Decimal.quantize | /usr/lib/python3.13/decimal.py | 
<built-in method sqlite3.execute> | ~ |
ModelIterable.__iter__ | /usr/lib/python3.13/site-packages/django/db/models/query.py | 9 4
<genexpr> | /app/shop/report.py | 8 14
factorize | /usr/lib/python3.13/site-packages/pandas/core/algorithms.py | 14
<built-in method decompress> | ~ |
isinstance | ~ |`,
  },
  {
    name: "rust",
    type: CPU,
    worth: 1e6,
    mapping: "/app/target/release/indexer",
    program: `
std::rt::lang_start_internal | /rustc/4d91de4e48198da2e33413efdcd9cd2cc0c46688/library/std/src/rt.rs | 2
indexer::main | src/main.rs | 3 4
<indexer::walk::Walker as core::iter::traits::iterator::Iterator>::next | src/walk.rs | 5 6
rayon_core::registry::WorkerThread::wait_until_cold | /root/.cargo/registry/src/index.crates.io-6f17d22bba15001f/rayon-core-1.12.1/src/registry.rs | 7
std::fs::read_dir | /rustc/4d91de4e48198da2e33413efdcd9cd2cc0c46688/library/std/src/fs.rs | 12
indexer::tokens::Tokens<R>::read_word::{{closure}} | src/tokens.rs | 8 9 10
<F as rayon_core::job::Job>::execute::h0123456789abcdef | /root/.cargo/registry/src/index.crates.io-6f17d22bba15001f/rayon-core-1.12.1/src/job.rs | 6 3
hashbrown::map::HashMap<alloc::string::String,u32,ahash::RandomState>::insert | /root/.cargo/registry/src/index.crates.io-6f17d22bba15001f/hashbrown-0.14.5/src/map.rs | 11
core::str::iter::Chars::next | /rustc/4d91de4e48198da2e33413efdcd9cd2cc0c46688/library/core/src/str/iter.rs |
alloc::vec::Vec<T,A>::reserve | /rustc/4d91de4e48198da2e33413efdcd9cd2cc0c46688/library/alloc/src/vec/mod.rs | 11
__rust_alloc | |
[libc.so.6] readdir64 | |`,
  },
  {
    name: "java",
    type: CPU,
    worth: 1e7,
    mapping: "java",
    program: `
java.lang.Thread.run | Thread.java | 2
java.util.concurrent.ThreadPoolExecutor$Worker.run | ThreadPoolExecutor.java | 3
org.springframework.web.servlet.DispatcherServlet.doDispatch | DispatcherServlet.java | 4 5
com.example.shop.CheckoutController.lambda$checkout$0 | CheckoutController.java | 6 7 8
com.fasterxml.jackson.databind.ObjectMapper.readValue | ObjectMapper.java | 9 10
com.example.shop.price.DiscountService.best | DiscountService.java | 6 10
org.hibernate.engine.internal.TwoPhaseLoad.initializeEntity | TwoPhaseLoad.java | 11 10
com.example.shop.Basket$Item.hashCode | Basket.java | 
com.fasterxml.jackson.core.json.UTF8StreamJsonParser.nextToken | UTF8StreamJsonParser.java |
java.util.HashMap.putVal | HashMap.java | 8
com.mysql.cj.jdbc.ClientPreparedStatement.executeQuery | ClientPreparedStatement.java | 12
Java_java_net_SocketInputStream_socketRead0 | |`,
  },
  {
    name: "cpp",
    type: CPU,
    worth: 1e6,
    mapping: "/app/build/render",
    program: `
_start | | 2
main | /app/src/main.cpp | 3 4
render::Scene::draw(render::Camera const&, std::vector<render::Light, std::allocator<render::Light>> const&) | /app/src/scene.cpp | 5 6 3
tbb::detail::r1::market::process(rml::job&) | | 3
render::Bvh<render::Triangle, 8>::intersect(render::Ray const&, float) const | /app/src/bvh.h | 5 7 8
render::Material::shade(render::Hit const&) const::{lambda(float)#1}::operator()(float) const | /app/src/material.cpp | 9 8
bool render::hit<float, (render::Kind)3>(render::Box<float> const&, render::Ray const&) | /app/src/box.h |
Eigen::internal::call_dense_assignment_loop<Eigen::Matrix<float, 3, 1, 0, 3, 1>, Eigen::Matrix<float, 3, 1, 0, 3, 1>, Eigen::internal::assign_op<float, float>> | /usr/include/eigen3/Eigen/src/Core/AssignEvaluator.h |
operator new(unsigned long) | | 10
_int_malloc | |`,
  },
  {
    name: "dotnet",
    type: CPU,
    worth: 1e7,
    mapping: "Shop.dll",
    program: `
System.Private.CoreLib!System.Threading.ThreadPoolWorkQueue.Dispatch() | | 2
Microsoft.AspNetCore.Server.Kestrel.Core!HttpProtocol+<ProcessRequests>d__238\`1[System.__Canon].MoveNext() | | 3 4
Shop!Shop.Controllers.CheckoutController+<Post>d__4.MoveNext() | | 5 6
System.Text.Json!System.Text.Json.JsonSerializer.Deserialize<System.__Canon>(System.String) | | 7
Microsoft.EntityFrameworkCore!QueryingEnumerable\`1+Enumerator[System.__Canon].MoveNext() | | 8 7
Shop!Shop.Pricing.Discounts.Best(System.Collections.Generic.List\`1<Shop.Item>) | | 9 6
System.Private.CoreLib!System.String.Concat(System.String, System.String) | | 10
System.Data.SqlClient!TdsParser.TryRun(RunBehavior) | | 10
System.Linq!Enumerable+WhereSelectListIterator\`2[System.__Canon,System.Decimal].MoveNext() | | 7
coreclr!WKS::gc_heap::mark_object_simple1 | |`,
  },
  {
    name: "php",
    type: { type: "wall", unit: "nanoseconds" },
    worth: 1e7,
    mapping: "php-fpm",
    program: `
<main> | /var/www/public/index.php | 2
Illuminate\\Foundation\\Http\\Kernel::handle | /var/www/vendor/laravel/framework/src/Illuminate/Foundation/Http/Kernel.php | 3 2
App\\Http\\Controllers\\CheckoutController::store | /var/www/app/Http/Controllers/CheckoutController.php | 4 5
App\\Pricing\\Discounts::{closure} | /var/www/app/Pricing/Discounts.php | 6 4
Illuminate\\Database\\Eloquent\\Builder::get | /var/www/vendor/laravel/framework/src/Illuminate/Database/Eloquent/Builder.php | 7 8
array_map | | 4 9
PDOStatement::execute | |
Composer\\Autoload\\ClassLoader::loadClass | /var/www/vendor/composer/ClassLoader.php | 10
bcmul | |
require | |`,
  },
  {
    name: "ruby",
    type: CPU,
    worth: 1e7,
    mapping: "ruby",
    program: `
block in <main> | /app/bin/worker | 2
Sidekiq::Processor#process | /usr/local/bundle/gems/sidekiq-7.2.0/lib/sidekiq/processor.rb | 3 4
ReportJob#perform | /app/app/jobs/report_job.rb | 5 6
ActiveRecord::Relation#load | /usr/local/bundle/gems/activerecord-7.1.2/lib/active_record/relation.rb | 7 8
block (2 levels) in ReportJob#rows | /app/app/jobs/report_job.rb | 9 5
Array#each | <internal:array> | 5 9
PG::Connection#exec_params | (cfunc) |
ActiveModel::AttributeSet::Builder#build_from_database | /usr/local/bundle/gems/activemodel-7.1.2/lib/active_model/attribute_set/builder.rb | 10
BigDecimal#* | (cfunc) |
(garbage collection) | |`,
  },
  {
    name: "julia",
    type: CPU,
    worth: 1e6,
    mapping: "julia",
    program: `
eval | ./boot.jl | 2
main() | /app/src/solve.jl | 3 4
solve!(::Problem{Float64, 3}, ::Vector{Float64}) | /app/src/solve.jl | 5 6 3
(::var"#step#12"{Float64})(u::Matrix{Float64}, t::Float64) | /app/src/step.jl | 6 7
mul! | /usr/share/julia/stdlib/v1.10/LinearAlgebra/src/matmul.jl | 8
materialize! | ./broadcast.jl | 9
∇f! | /app/src/gradient.jl | 9 7 6
gemm! | /usr/share/julia/stdlib/v1.10/LinearAlgebra/src/blas.jl | 
macro expansion | ./simdloop.jl | 10
jl_gc_pool_alloc | |`,
  },
  {
    name: "javascript",
    type: CPU,
    worth: 1e7,
    mapping: "/app/dist/main.js",
    program: `
(root) | | 2 3 4
processTicksAndRejections | node:internal/process/task_queues | 5
(anonymous server.ts:41) | /app/src/server.ts | 5 6
(garbage collector) | |
CheckoutController.checkout | /app/src/checkout.ts | 7 8 9
parserOnIncoming | node:_http_server | 5
bestDiscount | /app/src/discounts.ts | 7 10
async Pool.query | /app/node_modules/pg-pool/index.js | 11
JSON.parse | |
get [Symbol.iterator] | /app/src/basket.ts | 10
Parser.handlePacket | /app/node_modules/pg-protocol/dist/parser.js | 12
Buffer.toString | node:buffer |`,
  },
  {
    name: "kernel",
    type: CPU,
    worth: 1e6,
    mapping: "[kernel.kallsyms]",
    program: `
entry_SYSCALL_64_after_hwframe | | 2
do_syscall_64 | | 3 4 5
__x64_sys_read | | 6
__x64_sys_sendto | | 7
__x64_sys_futex | | 8
ext4_file_read_iter | | 9
tcp_sendmsg_locked | | 9 10
futex_wait_queue | | 11
copy_user_enhanced_fast_string | |
__alloc_skb | | 12
schedule | | 11
kmem_cache_alloc_node | |`,
  },
  {
    name: "heap",
    type: MEMORY,
    worth: 65_536,
    mapping: "/app/dist/main.js",
    program: `
(anonymous main.ts:3) | /app/src/main.ts | 2 3
Cache.set | /app/src/cache.ts | 4 5
Router.add | /app/node_modules/find-my-way/index.js | 6
Entry | /app/src/cache.ts |
Buffer.allocUnsafe | node:buffer |
compileCreateObject | /app/node_modules/find-my-way/lib/params.js | 7
(anonymous vm:1) | node:vm |`,
  },
];

/** A profile of the program: walks through its calls, a name that none has at the end of some. */
export function writeLanguage(file: string, { type, worth, mapping: binary, program }: Language): void {
  const builder = new ProfileBuilder({
    sampleTypes: [{ type: "samples", unit: "count" }, type],
    durationNanos: type === MEMORY ? 0 : 30_000_000_000,
    timeNanos: BigInt(Date.UTC(2026, 0, 2, 3, 4, 5)) * 1_000_000n,
  });
  const mapping = builder.mapping({ filename: binary });
  const lines = program.trim().split("\n");
  const functions = lines.map((line, i) => {
    const [name = "", filename = "", calls = ""] = line.split("|").map((part) => part.trim());
    const fn = builder.function({ name, filename, startLine: 10 * i + 1 });
    return { fn, calls: calls.split(" ").filter(Boolean).map(Number) };
  });
  let seed = 7;
  const random = (): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) / 2 ** 24;
  };
  for (let sample = 0; sample < 1500; sample++) {
    const stack: number[] = [];
    for (let at = 1; at > 0; ) {
      const { fn, calls } = functions[at - 1]!;
      const line = 10 * at + Math.floor(random() * 6);
      stack.unshift(builder.location({ mapping, lines: [{ function: fn, line }] }));
      const ends = calls.length === 0 || (stack.length > 3 && random() < 0.18) || stack.length > 40;
      // The first of its calls are the dearer ones.
      at = ends ? 0 : calls[Math.floor(random() ** 1.6 * calls.length)]!;
    }
    builder.sample(
      stack,
      [1, worth],
      sample % 3 === 0 ? [{ key: "route", value: sample % 2 === 0 ? "/checkout" : "/" }] : [],
    );
  }
  writeFileSync(file, encode(builder.build()));
}
