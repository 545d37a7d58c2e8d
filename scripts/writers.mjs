// Makes small profiles of programs of which it is known what is hot, with the profilers that others use, each run for real:
//   node scripts/writers.mjs [NAME…] [--out DIR]
// They go to packages/profile/test/written (or DIR), with profiles.json, which says what each is and what its own tools make
// of it; tests hold what is read to that. Writers are installed below WRITERS_DIR (default: a folder of the system's for
// temporary files); what cannot be had is said and left as it was. Linux alone; Debian's packages are named, not installed.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";

const root = fileURLToPath(new URL("..", import.meta.url));
const home = process.env.WRITERS_DIR ?? path.join(tmpdir(), "pprof-writers");
const { values: given, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { out: { type: "string", default: path.join(root, "packages/profile/test/written") } },
});

/** Sums the counts at the ends of lines. */
const sum = (file) => `awk '{ s += $NF } END { print s }' ${file}`;
const PYTHON = "python/bin/python";
const pip = (wanted) => `[ -e python ] || python3 -m venv python; python/bin/pip install -q ${wanted}`;
const cargo = (wanted) => `cargo install -q --locked --root cargo ${wanted}`;
const maven = (name, version) => {
  const jar = `$HOME/.m2/repository/tools/profiler/${name}/${version}/${name}-${version}.jar`;
  return `[ -e "${jar}" ] || mvn -q dependency:get -Dartifact=tools.profiler:${name}:${version}; cp "${jar}" ${name}.jar`;
};
const C = "gcc -O1 -g -fno-omit-frame-pointer -fno-optimize-sibling-calls";
const PERF = `${C} -o known known.c; perf record -q -e cpu-clock -F 100 --call-graph fp -o perf.data ./known >perf.log`;
const READ_PERF = "perf report --stdio --no-children -g none -i perf.data 2>perf.log";

const GO_TOTAL =
  "go tool pprof -sample_index=samples -top go.pb.gz 2>/dev/null | sed -n 's/.* of \\([0-9]*\\) total/\\1/p'";

/**
 * The writers. A row: where it is from, `install` (a script that is run once), `make` (a script), and the files that it makes:
 * the format, one sample type and its total as the writer's own tools, or simple ones, have it (a command that prints it).
 * `false` behind it where what it has of functions is not to be looked at, such as where it has addresses alone. Scripts run in a folder with the programs of scripts/writers.
 */
const WRITERS = {
  perf: {
    from: "Debian's linux-perf",
    make: `${PERF}
      perf script -i perf.data 2>perf.log >perf-script.txt
      perf report --no-children -g folded,count --stdio -i perf.data 2>perf.log | sed 's/ *$//' >perf-report.txt
      perf report --no-children -g folded,period,caller --stdio -i perf.data 2>perf.log | sed 's/ *$//' >perf-report-period.txt`,
    version: "perf --version",
    files: {
      "perf-script.txt": ["perf-script", "cpu-clock", `${READ_PERF} | awk '/Event count/ { print $NF }'`],
      "perf-report.txt": ["perf-report", "samples", `${READ_PERF} | awk '/^# Samples:/ { print $3 }'`],
      "perf-report-period.txt": ["perf-report", "cpu-clock", `${READ_PERF} | awk '/Event count/ { print $NF }'`],
    },
  },
  "py-spy": {
    from: "PyPI",
    install: pip("py-spy==0.4.3"),
    make: `python/bin/py-spy record -f raw -o py-spy.collapsed -- ${PYTHON} known.py >py-spy.log 2>&1
      python/bin/py-spy record -f speedscope -o py-spy.speedscope.json -- ${PYTHON} known.py >py-spy2.log 2>&1`,
    version: "python/bin/py-spy --version",
    files: {
      "py-spy.collapsed": ["collapsed", "samples", "sed -n 's/.*Samples: \\([0-9]*\\).*/\\1/p' py-spy.log"],
      "py-spy.speedscope.json": ["speedscope", "time", "jq '.profiles[0].weights | add * 1e9' py-spy.speedscope.json"],
    },
  },
  austin: {
    from: "PyPI",
    install: pip("austin-dist==3.7.0"),
    make: `python/bin/austin -i 20000 -o austin.collapsed ${PYTHON} known.py >austin.log 2>&1`,
    version: "echo austin 3.7.0",
    files: { "austin.collapsed": ["collapsed", "samples", `grep -v '^#' austin.collapsed | ${sum("")}`] },
  },
  pyinstrument: {
    from: "PyPI",
    install: pip("pyinstrument==5.1.3"),
    make: `python/bin/pyinstrument -r speedscope -o pyinstrument.speedscope.json known.py >pyinstrument.log`,
    version: "echo pyinstrument 5.1.3",
    files: {
      "pyinstrument.speedscope.json": [
        "speedscope",
        "time",
        "jq '.profiles[0].events | (last.at - first.at) * 1e9' pyinstrument.speedscope.json",
        // It looks where functions are called: what it has of such short ones is not their time.
        false,
      ],
    },
  },
  rbspy: {
    from: "crates.io",
    install: cargo("rbspy@0.55.0"),
    make: `for f in collapsed speedscope callgrind pprof; do
        cargo/bin/rbspy record --silent --no-drop-root --format $f --file rbspy.$f -- ruby known.rb >rbspy.log 2>&1; done
      mv rbspy.speedscope rbspy.speedscope.json; mv rbspy.callgrind rbspy.callgrind.out; mv rbspy.pprof rbspy.pb.gz`,
    version: "cargo/bin/rbspy --version",
    files: {
      "rbspy.collapsed": ["collapsed", "samples", sum("rbspy.collapsed")],
      "rbspy.speedscope.json": [
        "speedscope",
        "time",
        "jq '[.profiles[].weights | add] | add * 1e9' rbspy.speedscope.json",
      ],
      "rbspy.callgrind.out": ["callgrind", "", ""],
      "rbspy.pb.gz": ["pprof", "", ""],
    },
  },
  stackprof: {
    from: "Debian's ruby-stackprof",
    make: "ruby stackprof.rb",
    version:
      "ruby -r stackprof -e 'puts %(stackprof #{Gem.loaded_specs[%q(stackprof)]&.version || StackProf::VERSION})'",
    files: {
      "stackprof.json": [
        "stackprof",
        "samples",
        "stackprof --text stackprof.dump | sed -n 's/^ *Samples: \\([0-9]*\\).*/\\1/p'",
      ],
    },
  },
  samply: {
    from: "crates.io",
    install: cargo("samply@0.13.1"),
    // Recording needs another setting of the kernel than most have.
    make: `${PERF}
      cargo/bin/samply import perf.data --save-only --unstable-presymbolicate -o samply.json.gz >samply.log 2>&1
      gunzip -f samply.json.gz; mv samply.json samply.firefox.json`,
    version: "cargo/bin/samply --version",
    files: {
      "samply.firefox.json": [
        "firefox",
        "samples",
        "jq '[.threads[].samples | .weight // [range(.length) | 1] | add] | add' samply.firefox.json",
        false,
      ],
    },
  },
  "async-profiler": {
    from: "Maven Central",
    install: `${maven("async-profiler", "4.1")}; unzip -qo async-profiler.jar linux-x64/libasyncProfiler.so linux-arm64/libasyncProfiler.so
      ${maven("jfr-converter", "4.1")}`,
    make: `javac Known.java; so=$(ls $PWD/linux-$([ $(uname -m) = aarch64 ] && echo arm64 || echo x64)/libasyncProfiler.so)
      for f in collapsed jfr otlp; do
        java -agentpath:$so=start,event=ctimer,interval=20ms,jfropts=15,$f,file=async-profiler.$f Known >async-profiler.log; done
      java -jar jfr-converter.jar --cpu -o pprof async-profiler.jfr async-profiler.pb.gz >async-profiler.log`,
    version: "echo async-profiler 4.1",
    files: {
      "async-profiler.collapsed": ["collapsed", "samples", sum("async-profiler.collapsed")],
      "async-profiler.jfr": [
        "jfr",
        "samples",
        "jfr summary async-profiler.jfr | awk '/jdk.ExecutionSample/ { print $2 }'",
      ],
      "async-profiler.otlp": ["otlp", "", ""],
      "async-profiler.pb.gz": ["pprof", "", ""],
    },
  },
  jfr: {
    from: "the JDK",
    make: `javac Known.java
      java '-XX:StartFlightRecording:filename=jdk.jfr,settings=none,+jdk.ExecutionSample#enabled=true,+jdk.ExecutionSample#period=20ms' Known >jfr.log`,
    version: "java -version 2>&1 | head -1",
    files: { "jdk.jfr": ["jfr", "samples", "jfr summary jdk.jfr | awk '/jdk.ExecutionSample/ { print $2 }'"] },
  },
  gperftools: {
    from: "Debian's google-perftools and libgoogle-perftools-dev",
    make: `${C} -o known known.c; ${C} -o allocates allocates.c
      CPUPROFILE=gperftools.prof LD_PRELOAD=libprofiler.so.0 ./known >gperftools.log 2>&1
      HEAPPROFILE=./gperftools LD_PRELOAD=libtcmalloc.so.4 ./allocates >gperftools.log 2>&1; mv gperftools.0001.heap gperftools.heap
      google-pprof --raw ./known gperftools.prof >gperftools.symbolized.prof 2>gperftools.log
      google-pprof --raw ./allocates gperftools.heap >gperftools.symbolized.heap 2>gperftools.log
      google-pprof --collapsed ./known gperftools.prof >gperftools.collapsed 2>gperftools.log
      google-pprof --callgrind ./known gperftools.prof >gperftools.callgrind.out 2>gperftools.log`,
    version: "google-pprof --version | head -1",
    files: {
      "gperftools.prof": [
        "legacy-cpu",
        "samples",
        "google-pprof --text ./known gperftools.prof 2>/dev/null | awk '/^Total/ { print $2 }'",
        false,
      ],
      "gperftools.heap": [
        "legacy-heap",
        "space",
        "sed -n '1s/[^:]*: *[0-9]*: *\\([0-9]*\\).*/\\1/p' gperftools.heap",
        false,
      ],
      "gperftools.symbolized.prof": [
        "symbolized",
        "samples",
        "google-pprof --text ./known gperftools.prof 2>/dev/null | awk '/^Total/ { print $2 }'",
      ],
      "gperftools.symbolized.heap": [
        "symbolized",
        "samples",
        "sed -n '1s/[^:]*: *[0-9]*: *\\([0-9]*\\).*/\\1/p' gperftools.heap",
      ],
      "gperftools.collapsed": ["collapsed", "samples", sum("gperftools.collapsed")],
      "gperftools.callgrind.out": [
        "callgrind",
        "",
        "google-pprof --text ./known gperftools.prof 2>/dev/null | awk '/^Total/ { print $2 }'",
      ],
    },
  },
  jemalloc: {
    from: "Debian's libjemalloc2 and libjemalloc-dev",
    make: `${C} -o allocates allocates.c; rm -f jemalloc.*.heap
      MALLOC_CONF=prof:true,prof_final:true,lg_prof_sample:0,prof_prefix:jemalloc LD_PRELOAD=libjemalloc.so.2 ./allocates >jemalloc.log
      mv jemalloc.*.f.heap jemalloc.heap
      jeprof --collapsed ./allocates jemalloc.heap >jemalloc.collapsed 2>jemalloc.log`,
    version: "jeprof --version | head -1",
    files: {
      "jemalloc.heap": [
        "jemalloc-heap",
        "space",
        "jeprof --text --show_bytes ./allocates jemalloc.heap 2>/dev/null | awk '/^Total/ { print $2 }'",
        false,
      ],
      "jemalloc.collapsed": ["collapsed", "samples", sum("jemalloc.collapsed")],
    },
  },
  callgrind: {
    from: "Debian's valgrind",
    make: `sed 's/i < 200/i < 30/; s/3000000/3000/; s/1000000/1000/' known.c >small.c; ${C} -o small small.c
      valgrind -q --tool=callgrind --callgrind-out-file=callgrind.out ./small >callgrind.log 2>&1`,
    version: "valgrind --version",
    files: {
      "callgrind.out": ["callgrind", "Ir", "awk '/^(summary|totals):/ { print $2; exit }' callgrind.out"],
    },
  },
  go: {
    from: "Go",
    make: `go build -o known-go known.go; ./known-go >go.log; ! GOTRACEBACK=all ./known-go crash 2>&1 | sed 's/^/app-1  | /' >go.crash.txt`,
    version: "go version",
    files: {
      "go.pb.gz": ["pprof", "samples", GO_TOTAL],
      "go.goroutine1.txt": ["go-count", "goroutine", "sed -n 's/^goroutine profile: total //p' go.goroutine1.txt"],
      "go.goroutine2.txt": ["goroutine-dump", "goroutine", "grep -c '^goroutine ' go.goroutine2.txt"],
      "go.block.txt": ["contention", "contentions", "awk '/ @ / { s += $2 } END { print s }' go.block.txt"],
      "go.crash.txt": ["crash-log", "goroutine", "grep -c '| goroutine ' go.crash.txt"],
    },
  },
  node: {
    from: "Node",
    make: `rm -rf node_trace.1.log *.cpuprofile *.heapprofile
      node --cpu-prof --cpu-prof-interval 20000 --cpu-prof-name=node.cpuprofile known.js >node.log
      node --heap-prof --heap-prof-interval 65536 --heap-prof-name=node.heapprofile known.js >node.log`,
    version: "node --version",
    files: {
      "node.cpuprofile": ["cpuprofile", "samples", "jq '.samples | length' node.cpuprofile"],
      "node.heapprofile": [
        "heapprofile",
        "inuse_space",
        "jq '[.. | .selfSize? | numbers] | add' node.heapprofile",
        false,
      ],
    },
  },
  "OpenTelemetry's collector": {
    from: "the Go module proxy; it is sent what the tool makes of Go's profile",
    install: "cd collector && go build -o collector .",
    make: `[ -e go.pb.gz ] || { echo "go is to be run before it" >&2; exit 1; }
      node ${path.join(root, "packages/cli/bin/pprof.js")} -otlp -symbolize=none -output=sent.otlp go.pb.gz 2>send.log
      rm -f collector.json collector.otlp
      collector/collector --feature-gates=service.profilesSupport --config collector/config.yaml >collector.log 2>&1 & server=$!
      trap "kill $server" EXIT
      send() { curl -sf -o send.log -H 'content-type: application/x-protobuf' --data-binary @sent.otlp http://127.0.0.1:43180/v1development/profiles; }
      for i in $(seq 60); do send && break; sleep 1; done
      for i in $(seq 60); do [ -s collector.json ] && [ -s collector.otlp ] && break; sleep 1; done; [ -s collector.otlp ]`,
    version: "echo collector 0.161.0",
    files: {
      "collector.json": ["otlp", "samples", GO_TOTAL],
      "collector.otlp": ["otlp", "samples", GO_TOTAL],
    },
  },
  "pprof-rs": {
    from: "crates.io",
    install: "cd pprof-rs && cargo build -q --release",
    make: "pprof-rs/target/release/known >pprof-rs.log",
    version: "echo pprof-rs 0.15.0",
    files: { "pprof-rs.pb": ["pprof", "samples", "awk '/^total/ { print $2 }' pprof-rs.log"] },
  },
};

cpSync(path.join(root, "scripts/writers"), home, { recursive: true });
mkdirSync(given.out, { recursive: true });
const list = path.join(given.out, "profiles.json");
const profiles = existsSync(list) ? JSON.parse(readFileSync(list, "utf8")) : {};
let missing = 0;
for (const [name, writer] of Object.entries(WRITERS)) {
  if (names.length > 0 && !names.includes(name)) continue;
  console.error(`> ${name}`);
  try {
    const stamp = path.join(home, `${name}.installed`);
    if (writer.install !== undefined && !(existsSync(stamp) && readFileSync(stamp, "utf8") === writer.install)) {
      sh(writer.install);
      writeFileSync(stamp, writer.install);
    }
    sh(writer.make);
    const by = sh(writer.version).trim();
    for (const [file, [format, type, command, hasNames = true]] of Object.entries(writer.files)) {
      // Numbers of many digits are no JSON number of everybody's.
      const total = command === "" ? undefined : String(Math.round(Number(sh(command))));
      const bytes = withoutHome(readFileSync(path.join(home, file)));
      const isSmall = bytes.length < 20_000 || file.endsWith(".gz");
      writeFileSync(
        path.join(given.out, isSmall ? file : `${file}.gz`),
        isSmall ? bytes : gzipSync(bytes, { level: 9 }),
      );
      profiles[isSmall ? file : `${file}.gz`] = { by, format, type, total, hasNames };
    }
    const sorted = Object.fromEntries(Object.entries(profiles).sort(([a], [b]) => (a < b ? -1 : 1)));
    writeFileSync(list, `${JSON.stringify(sorted, undefined, 2)}\n`);
  } catch (error) {
    missing++;
    console.error(`${name} (${writer.from}): ${error.message}`);
  }
}
process.exitCode = missing > 0 ? 1 : 0;

/** Where a text says whose machine this is, a user's home of no name; all else as it is. */
function withoutHome(bytes) {
  if (bytes.includes(0)) return bytes;
  const text = bytes.toString("latin1").replaceAll(`${homedir()}/`, "/home/user/");
  return Buffer.from(text, "latin1");
}

/** What a script prints; throws what it complains of. */
function sh(script) {
  const { status, stdout, stderr } = spawnSync("bash", ["-e", "-o", "pipefail", "-c", script], {
    cwd: home,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${script.trim().split("\n")[0]}: status ${status}: ${stderr.trim().slice(-400)}`);
  return stdout;
}
