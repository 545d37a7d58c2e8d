import { ProfileError } from "../../error.ts";
import { PROC_STATUS } from "./events.ts";
import type { Rule } from "./schedule.ts";

/** What events of procs demand, and what they change. */
export const PROC_RULES: Readonly<Record<string, Rule>> = {
  ProcStart: {
    needs: "thread",
    act(now, [number, sequence], thread) {
      const proc = now.procs.get(number!);
      if (proc?.status !== PROC_STATUS.idle || !now.follows(proc, sequence!) || thread.proc !== undefined) return false;
      proc.status = PROC_STATUS.running;
      proc.sequence++;
      thread.proc = number;
      return true;
    },
  },
  ProcStop: {
    needs: "proc",
    act(now, _args, thread) {
      now.procs.get(thread.proc!)!.status = PROC_STATUS.idle;
      thread.proc = undefined;
      return true;
    },
  },
  ProcSteal: {
    needs: "thread",
    act(now, [number, sequence, from]) {
      const proc = now.procs.get(number!);
      const isOpen = proc?.status === PROC_STATUS.syscall || proc?.status === PROC_STATUS.abandoned;
      if (proc === undefined || !isOpen || !now.follows(proc, sequence!)) return false;
      const abandoned = proc.status === PROC_STATUS.abandoned;
      proc.status = PROC_STATUS.idle;
      proc.sequence++;
      if (abandoned) return true;
      const owner = now.threads.get(from!);
      if (owner?.proc !== number)
        throw new ProfileError(`proc ${number} is stolen of thread ${from}, which has not got it`);
      owner!.proc = undefined;
      return true;
    },
  },
  ProcStatus: {
    needs: "nothing",
    act(now, [number, status], thread) {
      if (!Object.values<number>(PROC_STATUS).includes(status!))
        throw new ProfileError(`proc ${number} has status ${status}`);
      const proc = now.procs.get(number!);
      if (proc === undefined) now.procs.set(number!, now.sequenced(status!));
      else {
        const promoted = status === PROC_STATUS.abandoned && proc.status === PROC_STATUS.syscall;
        if (proc.status !== status && !promoted) {
          throw new ProfileError(`proc ${number} has status ${status}, and had ${proc.status} before`);
        }
        proc.generation = now.generation;
        proc.sequence = 0;
      }
      if (status === PROC_STATUS.running || status === PROC_STATUS.syscall) thread.proc = number;
      return true;
    },
  },
};
