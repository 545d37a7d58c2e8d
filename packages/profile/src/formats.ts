import { decode } from "./decode.ts";
import { encode } from "./encode.ts";
import { isCallgrind, readCallgrind } from "./format/callgrind.ts";
import { isChromeTrace, readChromeTrace } from "./format/chrome-trace.ts";
import { isCollapsed, readCollapsed } from "./format/collapsed.ts";
import { isContention, readContention } from "./format/contention.ts";
import { isCpuProfile, readCpuProfile } from "./format/cpuprofile.ts";
import { isFirefox, readFirefox } from "./format/firefox.ts";
import { isGoCount, readGoCount } from "./format/go-count.ts";
import { isGoroutineDump, readGoroutineDump } from "./format/goroutine-dump.ts";
import { isHeapProfile, readHeapProfile } from "./format/heapprofile.ts";
import { isHeapTimeline, readHeapTimeline } from "./format/heaptimeline.ts";
import type { Input } from "./format/input.ts";
import { isLegacyCpu, readLegacyCpu } from "./format/legacy-cpu.ts";
import { isLegacyHeap, readLegacyHeap } from "./format/legacy-heap.ts";
import { isLegacyJava, readLegacyJava } from "./format/legacy-java.ts";
import { isOtlp, readOtlp } from "./format/otlp.ts";
import { isPerfScript, readPerfScript } from "./format/perf-script.ts";
import { isProfileProto } from "./format/profile-proto.ts";
import { isSpeedscope, readSpeedscope } from "./format/speedscope.ts";
import { isThreadz, readThreadz } from "./format/threadz.ts";
import { isV8Log, readV8Log } from "./format/v8-log.ts";
import { writeCallgrind } from "./format/write-callgrind.ts";
import { writeCollapsed } from "./format/write-collapsed.ts";
import { writeCpuProfile } from "./format/write-cpuprofile.ts";
import { writeOtlp } from "./format/write-otlp.ts";
import { writeSpeedscope } from "./format/write-speedscope.ts";
import type { Profile } from "./profile.ts";

/** A profile's format: how it is recognised by content, and read and written where that can be done. */
export interface Format {
  readonly name: string;
  /** What it is, in a few words. */
  readonly title: string;
  readonly recognise: (input: Input) => boolean;
  /** A format without it is recognised so as to say what to do. */
  readonly read?: (input: Input) => Profile;
  readonly write?: (profile: Profile, options?: WriteOptions) => Uint8Array;
}

export interface WriteOptions {
  /** The sample type that a format of one value holds; default: the profile's default, else its last. */
  readonly sampleType?: string;
}

/** Every format; the first that recognises an input reads it. */
export const formats: readonly Format[] = [
  {
    name: "legacy-cpu",
    title: "binary CPU profile of gperftools, early Go or Java",
    recognise: isLegacyCpu,
    read: readLegacyCpu,
  },
  {
    name: "legacy-heap",
    title: "heap, growth or fragmentation profile of tcmalloc, or Go's heap?debug=1",
    recognise: isLegacyHeap,
    read: readLegacyHeap,
  },
  {
    name: "go-count",
    title: "Go's goroutine?debug=1, threadcreate?debug=1 and other counts",
    recognise: isGoCount,
    read: readGoCount,
  },
  {
    name: "goroutine-dump",
    title: "Go's goroutine?debug=2, or the traceback of a crash",
    recognise: isGoroutineDump,
    read: readGoroutineDump,
  },
  { name: "threadz", title: "stacks of a C++ program's threads", recognise: isThreadz, read: readThreadz },
  {
    name: "legacy-java",
    title: "heap or contention profile of a Java agent",
    recognise: isLegacyJava,
    read: readLegacyJava,
  },
  {
    name: "contention",
    title: "contention profile of a C++ program, or Go's block?debug=1 and mutex?debug=1",
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
  {
    name: "speedscope",
    title: "speedscope's JSON",
    recognise: isSpeedscope,
    read: readSpeedscope,
    write: writeSpeedscope,
  },
  { name: "firefox", title: "processed profile of the Firefox Profiler", recognise: isFirefox, read: readFirefox },
  {
    name: "otlp",
    title: "OTLP profiles, v1development, protobuf or JSON",
    recognise: isOtlp,
    read: readOtlp,
    write: writeOtlp,
  },
  {
    name: "callgrind",
    title: "callgrind's profile",
    recognise: isCallgrind,
    read: readCallgrind,
    write: writeCallgrind,
  },
  { name: "perf-script", title: "text of perf script", recognise: isPerfScript, read: readPerfScript },
  { name: "collapsed", title: "collapsed stacks", recognise: isCollapsed, read: readCollapsed, write: writeCollapsed },
  {
    name: "perf-data",
    title: "perf.data, which `perf script` turns into text that is read",
    recognise: (input) => input.head.startsWith("PERFILE2"),
  },
  {
    name: "pprof",
    title: "profile.proto",
    recognise: isProfileProto,
    read: (input) => decode(input.bytes),
    write: encode,
  },
];
