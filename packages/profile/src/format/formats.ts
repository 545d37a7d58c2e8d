import type { Profile } from "../profile.ts";
import { decode } from "../proto/decode.ts";
import { encode } from "../proto/encode.ts";
import type { Input } from "./build/input.ts";
import type { WriteOptions } from "./build/sample-type.ts";
import { isFirefox, readFirefox } from "./exchange/firefox.ts";
import { isJfr, readJfr } from "./exchange/jfr.ts";
import { isOtlp, readOtlp } from "./exchange/otlp.ts";
import { isProfileProto } from "./exchange/profile-proto.ts";
import { isSpeedscope, readSpeedscope } from "./exchange/speedscope.ts";
import { isStackprof, readStackprof } from "./exchange/stackprof.ts";
import { writeOtlp } from "./exchange/write-otlp.ts";
import { writeSpeedscope } from "./exchange/write-speedscope.ts";
import { isContention, readContention } from "./legacy/contention.ts";
import { isCrashLog, readCrashLog } from "./legacy/crash-log.ts";
import { isGoCount, readGoCount } from "./legacy/go-count.ts";
import { isGoroutineDump, readGoroutineDump } from "./legacy/goroutine-dump.ts";
import { isJemallocHeap, readJemallocHeap } from "./legacy/jemalloc-heap.ts";
import { isLegacyCpu, readLegacyCpu } from "./legacy/legacy-cpu.ts";
import { isLegacyHeap, readLegacyHeap } from "./legacy/legacy-heap.ts";
import { isLegacyJava, readLegacyJava } from "./legacy/legacy-java.ts";
import { isSymbolized, readSymbolized } from "./legacy/symbolized.ts";
import { isThreadz, readThreadz } from "./legacy/threadz.ts";
import { isCallgrind, readCallgrind } from "./text/callgrind.ts";
import { isCollapsed, readCollapsed } from "./text/collapsed.ts";
import { isPerfReport, readPerfReport } from "./text/perf-report.ts";
import { isPerfScript, readPerfScript } from "./text/perf-script.ts";
import { writeCallgrind } from "./text/write-callgrind.ts";
import { writeCollapsed } from "./text/write-collapsed.ts";
import { isChromeTrace, readChromeTrace } from "./v8/chrome-trace.ts";
import { isCpuProfile, readCpuProfile } from "./v8/cpuprofile.ts";
import { isHeapProfile, readHeapProfile } from "./v8/heapprofile.ts";
import { isHeapTimeline, readHeapTimeline } from "./v8/heaptimeline.ts";
import { isV8Log, readV8Log } from "./v8/v8-log.ts";
import { writeCpuProfile } from "./v8/write-cpuprofile.ts";

/** A profile's format: how it is recognised by content, and read and written where that can be done. */
export interface Format {
  readonly name: string;
  /** What it is, in a few words. */
  readonly title: string;
  /** Whether it is pprof's own, of today or of before: what Go's tool makes of it is known. */
  readonly isOwn?: true;
  readonly recognise: (input: Input) => boolean;
  /** A format without it is recognised so as to say what to do. */
  readonly read?: (input: Input) => Profile;
  readonly write?: (profile: Profile, options?: WriteOptions) => Uint8Array;
}

/** Every format; the first that recognises an input reads it. */
export const formats: readonly Format[] = [
  {
    name: "legacy-cpu",
    title: "binary CPU profile of gperftools, early Go or Java",
    isOwn: true,
    recognise: isLegacyCpu,
    read: readLegacyCpu,
  },
  {
    name: "legacy-heap",
    title: "heap, growth or fragmentation profile of tcmalloc, or Go's heap?debug=1",
    isOwn: true,
    recognise: isLegacyHeap,
    read: readLegacyHeap,
  },
  { name: "jfr", title: "recording of Java's Flight Recorder, or async-profiler's", recognise: isJfr, read: readJfr },
  { name: "jemalloc-heap", title: "heap profile of jemalloc", recognise: isJemallocHeap, read: readJemallocHeap },
  {
    name: "symbolized",
    title: "profile of gperftools or jemalloc with a table of names (--raw)",
    recognise: isSymbolized,
    read: readSymbolized,
  },
  {
    name: "go-count",
    title: "Go's goroutine?debug=1, threadcreate?debug=1 and other counts",
    isOwn: true,
    recognise: isGoCount,
    read: readGoCount,
  },
  {
    name: "goroutine-dump",
    title: "Go's goroutine?debug=2, or the traceback of a crash",
    isOwn: true,
    recognise: isGoroutineDump,
    read: readGoroutineDump,
  },
  { name: "threadz", title: "stacks of a C++ program's threads", isOwn: true, recognise: isThreadz, read: readThreadz },
  {
    name: "legacy-java",
    title: "heap or contention profile of a Java agent",
    isOwn: true,
    recognise: isLegacyJava,
    read: readLegacyJava,
  },
  {
    name: "contention",
    title: "contention profile of a C++ program, or Go's block?debug=1 and mutex?debug=1",
    isOwn: true,
    recognise: isContention,
    read: readContention,
  },
  {
    name: "cpuprofile",
    title: "V8's .cpuprofile",
    recognise: isCpuProfile,
    read: readCpuProfile,
    write: writeCpuProfile,
  },
  { name: "heapprofile", title: "V8's .heapprofile", recognise: isHeapProfile, read: readHeapProfile },
  {
    name: "heaptimeline",
    title: "V8's .heaptimeline, or a .heapsnapshot with allocation stacks",
    recognise: isHeapTimeline,
    read: readHeapTimeline,
  },
  {
    name: "v8-log",
    title: "the JSON of node --prof-process --preprocess",
    recognise: isV8Log,
    read: readV8Log,
  },
  {
    name: "chrome-trace",
    title: "trace of Chrome's or Node's, with CPU samples",
    recognise: isChromeTrace,
    read: readChromeTrace,
  },
  // Known by its first words: one JSON a line is none as a whole, as those below would have it.
  {
    name: "otlp",
    title: "OTLP profiles, v1development, protobuf or JSON",
    recognise: isOtlp,
    read: readOtlp,
    write: writeOtlp,
  },
  {
    name: "speedscope",
    title: "speedscope's JSON",
    recognise: isSpeedscope,
    read: readSpeedscope,
    write: writeSpeedscope,
  },
  { name: "stackprof", title: "the JSON of Ruby's stackprof", recognise: isStackprof, read: readStackprof },
  { name: "firefox", title: "processed profile of the Firefox Profiler", recognise: isFirefox, read: readFirefox },
  {
    name: "callgrind",
    title: "callgrind's profile",
    recognise: isCallgrind,
    read: readCallgrind,
    write: writeCallgrind,
  },
  {
    name: "perf-report",
    title: "text of perf report --no-children -g folded",
    recognise: isPerfReport,
    read: readPerfReport,
  },
  { name: "perf-script", title: "text of perf script", recognise: isPerfScript, read: readPerfScript },
  { name: "collapsed", title: "collapsed stacks", recognise: isCollapsed, read: readCollapsed, write: writeCollapsed },
  {
    name: "crash-log",
    title: "log with the traceback of a Go program",
    recognise: isCrashLog,
    read: readCrashLog,
  },
  {
    name: "perf-data",
    title: "perf.data, which `perf script` turns into text that is read",
    recognise: (input) => input.head.startsWith("PERFILE2"),
  },
  {
    name: "pprof",
    title: "profile.proto",
    isOwn: true,
    recognise: isProfileProto,
    read: (input) => decode(input.bytes),
    write: encode,
  },
];
