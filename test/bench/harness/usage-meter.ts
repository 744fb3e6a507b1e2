import { readdirSync, readFileSync } from 'node:fs'
import type { Usage } from './contender.js'

/** CPU time of a process between two readings, and its memory now. */
export class UsageMeter {
  private last: ReadonlyMap<string, number>

  /** @param pid another process than this one; on Linux only */
  constructor(private readonly pid?: number) {
    this.last = this.cpuTimes()
  }

  read(): Usage {
    const now = this.cpuTimes()
    let cpu = 0
    for (const [thread, time] of now) cpu += time - (this.last.get(thread) ?? 0)
    this.last = now
    return { cpu, memory: this.pid === undefined ? process.memoryUsage.rss() : residentOf(this.pid) }
  }

  /** Microseconds by thread. */
  private cpuTimes(): ReadonlyMap<string, number> {
    if (this.pid !== undefined) return threadTimes(this.pid)
    const { userCPUTime, systemCPUTime } = process.resourceUsage()
    return new Map([['all', userCPUTime + systemCPUTime]])
  }
}

/**
 * The first number of each thread's schedstat, which counts nanoseconds; proc_pid_stat(5) counts hundredths of a second, a tenth of a short
 * turn. What a thread used that has ended since the last reading is not counted.
 */
function threadTimes(pid: number): ReadonlyMap<string, number> {
  const times = new Map<string, number>()
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      const [nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')
      times.set(thread, Number(nanoseconds) / 1000)
    } catch {
      // It has ended.
    }
  }
  if (times.size === 0) throw new Error(`process ${pid} has ended, or this system keeps no schedstat`)
  return times
}

function residentOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
  return Number(kilobytes) * 1024
}
