import type { Usage } from './contender.js'

/** CPU time of this process between two readings, and its memory now. */
export class UsageMeter {
  private last = cpuTime()

  read(): Usage {
    const now = cpuTime()
    const cpu = now - this.last
    this.last = now
    return { cpu, memory: process.memoryUsage.rss() }
  }
}

function cpuTime(): number {
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  return userCPUTime + systemCPUTime
}
