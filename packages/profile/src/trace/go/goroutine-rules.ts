import { ProfileError } from "../../error.ts";
import { GO_STATUS, PROC_STATUS } from "./events.ts";
import type { Rule } from "./schedule.ts";

/** A goroutine stops running, and has this status then; undefined: it has ended. */
function leaves(status: number | undefined): Rule {
  return {
    needs: "goroutine",
    act(now, _args, thread) {
      const goroutine = now.running(thread);
      if (status === undefined) now.goroutines.delete(thread.goroutine!);
      else goroutine.status = status;
      thread.goroutine = undefined;
      return true;
    },
  };
}

function creates(status: number): Rule {
  return {
    needs: "proc",
    act(now, [number], thread) {
      if (thread.goroutine !== undefined) now.running(thread);
      if (now.goroutines.has(number!))
        throw new ProfileError(`goroutine ${number} is created, and there is one already`);
      now.goroutines.set(number!, now.goroutine(status));
      return true;
    },
  };
}

/** The running goroutine changes places with one that waits. */
function switches(status: number | undefined): Rule {
  const leave = leaves(status);
  return {
    needs: "goroutine",
    act(now, args, thread, number) {
      now.running(thread);
      const next = now.goroutines.get(args[0]!);
      if (next?.status !== GO_STATUS.waiting || !now.follows(next, args[1]!)) return false;
      leave.act!(now, args, thread, number);
      next.status = GO_STATUS.running;
      next.sequence++;
      thread.goroutine = args[0]!;
      return true;
    },
  };
}

const goStatus: Rule = {
  needs: "nothing",
  act(now, [number, owner, status], thread, current) {
    if (!Object.values<number>(GO_STATUS).includes(status!))
      throw new ProfileError(`goroutine ${number} has status ${status}`);
    const goroutine = now.goroutines.get(number!);
    if (goroutine === undefined) {
      if (!now.isFirst) throw new ProfileError(`goroutine ${number} has a status, and was never created`);
      now.goroutines.set(number!, now.goroutine(status!));
    } else {
      if (goroutine.status !== status) {
        throw new ProfileError(`goroutine ${number} has status ${status}, and had ${goroutine.status} before`);
      }
      goroutine.generation = now.generation;
      goroutine.sequence = 0;
    }
    if (status === GO_STATUS.running) thread.goroutine = number;
    if (status !== GO_STATUS.syscall) return true;
    if (owner! > Number.MAX_SAFE_INTEGER)
      throw new ProfileError(`goroutine ${number} is in a system call on no thread`);
    if (owner === current) {
      if (!now.isFirst && thread.goroutine !== number)
        throw new ProfileError(`goroutine ${number} is not on its thread`);
      thread.goroutine = number;
      return true;
    }
    const other = now.threads.get(owner!);
    if (other === undefined) now.threads.set(owner!, { proc: undefined, goroutine: number });
    else if (other.goroutine !== number) throw new ProfileError(`goroutine ${number} is not on thread ${owner}`);
    return true;
  },
};

/** What events of goroutines demand, and what they change. */
export const GOROUTINE_RULES: Readonly<Record<string, Rule>> = {
  GoCreate: creates(GO_STATUS.runnable),
  GoCreateBlocked: creates(GO_STATUS.waiting),
  GoCreateSyscall: {
    needs: "thread",
    act(now, [number], thread) {
      if (thread.goroutine !== undefined) throw new ProfileError(`goroutine ${thread.goroutine} runs there`);
      if (now.goroutines.has(number!))
        throw new ProfileError(`goroutine ${number} is created, and there is one already`);
      now.goroutines.set(number!, now.goroutine(GO_STATUS.syscall));
      thread.goroutine = number;
      return true;
    },
  },
  GoStart: {
    needs: "thread",
    act(now, [number, sequence], thread) {
      const goroutine = now.goroutines.get(number!);
      if (goroutine?.status !== GO_STATUS.runnable || !now.follows(goroutine, sequence!)) return false;
      if (thread.proc === undefined) throw new ProfileError("GoStart on a thread without a proc");
      if (thread.goroutine !== undefined) throw new ProfileError(`GoStart where goroutine ${thread.goroutine} runs`);
      goroutine.status = GO_STATUS.running;
      goroutine.sequence++;
      thread.goroutine = number;
      return true;
    },
  },
  GoDestroy: leaves(undefined),
  GoStop: leaves(GO_STATUS.runnable),
  GoBlock: leaves(GO_STATUS.waiting),
  GoSwitch: switches(GO_STATUS.waiting),
  GoSwitchDestroy: switches(undefined),
  GoDestroySyscall: {
    needs: "thread",
    act(now, _args, thread) {
      if (thread.goroutine === undefined) throw new ProfileError("GoDestroySyscall where no goroutine is");
      now.running(thread, GO_STATUS.syscall);
      now.goroutines.delete(thread.goroutine);
      thread.goroutine = undefined;
      if (thread.proc === undefined) return true;
      now.procs.get(thread.proc)!.status = PROC_STATUS.abandoned;
      thread.proc = undefined;
      return true;
    },
  },
  GoUnblock: {
    needs: "nothing",
    act(now, [number, sequence]) {
      const goroutine = now.goroutines.get(number!);
      if (goroutine?.status !== GO_STATUS.waiting || !now.follows(goroutine, sequence!)) return false;
      goroutine.status = GO_STATUS.runnable;
      goroutine.sequence++;
      return true;
    },
  },
  GoSyscallBegin: {
    needs: "goroutine",
    act(now, [sequence], thread) {
      now.running(thread).status = GO_STATUS.syscall;
      const proc = now.procs.get(thread.proc!)!;
      if (!now.follows(proc, sequence!))
        throw new ProfileError(`proc ${thread.proc} has another sequence than ${sequence}`);
      proc.status = PROC_STATUS.syscall;
      proc.sequence++;
      return true;
    },
  },
  GoSyscallEnd: {
    needs: "goroutine",
    act(now, _args, thread) {
      const proc = now.procs.get(thread.proc!)!;
      if (proc.status !== PROC_STATUS.syscall) throw new ProfileError(`proc ${thread.proc} is in no system call`);
      now.running(thread, GO_STATUS.syscall).status = GO_STATUS.running;
      proc.status = PROC_STATUS.running;
      return true;
    },
  },
  GoSyscallEndBlocked: {
    needs: "thread",
    act(now, _args, thread) {
      // Its proc is taken away first.
      if (thread.proc !== undefined && now.procs.get(thread.proc)!.status === PROC_STATUS.syscall) return false;
      if (thread.goroutine === undefined) throw new ProfileError("GoSyscallEndBlocked where no goroutine is");
      now.running(thread, GO_STATUS.syscall).status = GO_STATUS.runnable;
      thread.goroutine = undefined;
      return true;
    },
  },
  GoStatus: goStatus,
  GoStatusStack: goStatus,
};
