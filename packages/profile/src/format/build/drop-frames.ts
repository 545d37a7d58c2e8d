import type { ValueType } from "../../profile.ts";

/** The frames that the machinery of a legacy profiler leaves on stacks, as the regular expressions of a profile. */
export interface FrameFilter {
  readonly dropFrames: string;
  readonly keepFrames: string;
}

const TC_MALLOC =
  "calloc cfree malloc free memalign posix_memalign pvalloc valloc realloc new delete newarray deletearray";

/** Frames of allocators: POSIX, tcmalloc, macOS zones, the Go runtime, C++ libraries. */
const ALLOCATION: readonly string[] = [
  "calloc",
  "cfree",
  "malloc",
  "free",
  "memalign",
  "do_memalign",
  "(__)?posix_memalign",
  "pvalloc",
  "valloc",
  "realloc",
  "tcmalloc::.*",
  ...TC_MALLOC.split(" ").map((name) => `tc_${name}`),
  "tc_new_nothrow",
  "tc_newarray_nothrow",
  ...["malloc", "calloc", "valloc", "realloc", "memalign", "free"].map((name) => `malloc_zone_${name}`),
  "runtime\\..*",
  "BaseArena::.*",
  "(::)?do_malloc_no_errno",
  "(::)?do_malloc_pages",
  "(::)?do_malloc",
  "DoSampledAllocation",
  "MallocedMemBlock::MallocedMemBlock",
  "_M_allocate",
  "__builtin_(vec_)?delete",
  "__builtin_(vec_)?new",
  "__gnu_cxx::new_allocator::allocate",
  "__libc_malloc",
  "__malloc_alloc_template::allocate",
  "allocate",
  "cpp_alloc",
  "operator new(\\[\\])?",
  "simple_alloc::allocate",
];

/** Frames of the Go runtime that may stand in the middle of a stack. */
const ALLOCATION_KEPT: readonly string[] = ["runtime\\.panic", "runtime\\.reflectcall", "runtime\\.call[0-9]*"];

const LOCK: readonly string[] = [
  "RecordLockProfileData",
  "(base::)?RecordLockProfileData.*",
  "(base::)?SubmitMutexProfileData.*",
  "(base::)?SubmitSpinLockProfileData.*",
  ...["(base::Mutex", "(Mutex"].flatMap((mutex) => [
    ...["AwaitCommon", "Unlock", "UnlockSlow", "ReaderUnlock"].map((name) => `${mutex}::)?${name}.*`),
    `${mutex}Lock::)?~MutexLock.*`,
  ]),
  "(SpinLock::)?Unlock.*",
  "(SpinLock::)?SlowUnlock.*",
  "(SpinLockHolder::)?~SpinLockHolder.*",
];

const SIGNAL: readonly string[] = [
  "ProfileData::Add",
  "ProfileData::prof_handler",
  "CpuProfiler::prof_handler",
  "__pthread_sighandler",
  "__restore",
];

const FILTERS = new Map<string, readonly [drop: readonly string[], keep: readonly string[]]>([
  ["objects,space", [ALLOCATION, ALLOCATION_KEPT]],
  ["inuse_objects,inuse_space", [ALLOCATION, ALLOCATION_KEPT]],
  ["alloc_objects,alloc_space,inuse_objects,inuse_space", [ALLOCATION, ALLOCATION_KEPT]],
  ["contentions,delay", [LOCK, []]],
]);

/** The frames to drop from a legacy profile of these types, as the reference tool has them. */
export function frameFilter(sampleTypes: readonly ValueType[]): FrameFilter {
  const [drop, keep] = FILTERS.get(sampleTypes.map(({ type }) => type).join()) ?? [SIGNAL, []];
  return { dropFrames: drop.join("|"), keepFrames: keep.join("|") };
}
