/**
 * The commands that a worker thread is sent. None of them runs JavaScript in it, and so none can end the process, at whatever
 * moment the worker is terminated.
 *
 * Node has V8 interrupt the worker's JavaScript for a command. Where the command runs JavaScript itself, as `Runtime.evaluate`
 * does, `worker.terminate()` may meet that instead of the worker's own: V8 ends the command, and then goes on behind the
 * interrupt as if nothing was (`StackGuard::HandleInterrupts` returns `undefined`, in all versions up to 14), with the
 * termination still noted in the isolate. From there
 *
 * - each call that Node's own code makes to V8 returns nothing, without an exception that could be caught, which Node 20 takes
 *   for impossible: `Assertion failed: try_catch.HasCaught()`, `v8::FromJust`, or a null pointer. A worker that starts makes
 *   hardly anything but such calls;
 * - a loop that calls nothing is never ended: `worker.terminate()` waits for good, on every version.
 *
 * No check beforehand helps, for a worker can be terminated at any moment.
 *
 * Nor is any command without danger. Node ends the process where one is sent in the instant, of well below a microsecond unless
 * the thread loses its processor just then, in which the worker takes its inspector down (`MainThreadInterface::Post` asks for
 * a `shared_ptr` of what is being destroyed, in all versions up to 26: an abort without a word). So workers are sent nothing at
 * rest, and a few commands as a capture begins and ends (`Threads.watchWorkers`); those that come and go nothing (`turnover.ts`).
 */
export const WORKER_COMMANDS: ReadonlySet<string> = new Set([
  "Debugger.disable",
  "Debugger.enable",
  "Debugger.getScriptSource",
  "Debugger.setSkipAllPauses",
  "HeapProfiler.collectGarbage",
  "HeapProfiler.enable",
  "HeapProfiler.getSamplingProfile",
  "HeapProfiler.startSampling",
  "HeapProfiler.stopSampling",
  "Profiler.disable",
  "Profiler.enable",
  "Profiler.setSamplingInterval",
  "Profiler.start",
  "Profiler.startPreciseCoverage",
  "Profiler.stop",
  "Profiler.stopPreciseCoverage",
  "Runtime.getHeapUsage",
]);
