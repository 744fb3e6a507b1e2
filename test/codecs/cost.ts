/** Microseconds of CPU time that an action takes. */
export function cpuOf(action: () => unknown): number {
  const before = process.cpuUsage()
  action()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

export function leastCpuOf(times: number, action: () => unknown): number {
  return Math.min(...Array.from({ length: times }, () => cpuOf(action)))
}
