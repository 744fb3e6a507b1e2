import { readFileSync } from 'node:fs'
import type { Usage } from './contender.js'

/** CPU time of a process between two readings, and its memory now. */
export class UsageMeter {
  private last: number

  /** @param pid another process than this one; on Linux only, and in steps of 10 ms of CPU */
  constructor(private readonly pid?: number) {
    this.last = this.cpuTime()
  }

  read(): Usage {
    const now = this.cpuTime()
    const cpu = now - this.last
    this.last = now
    return { cpu, memory: this.pid === undefined ? process.memoryUsage.rss() : residentOf(this.pid) }
  }

  private cpuTime(): number {
    if (this.pid !== undefined) return cpuTimeOf(this.pid)
    const { userCPUTime, systemCPUTime } = process.resourceUsage()
    return userCPUTime + systemCPUTime
  }
}

/** Fields 14 and 15 of proc_pid_stat(5), which count hundredths of a second. A program's name may hold spaces, so counting begins behind it. */
function cpuTimeOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

function residentOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
  return Number(kilobytes) * 1024
}
