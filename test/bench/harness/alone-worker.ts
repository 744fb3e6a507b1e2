// The process of calls that reach no other: node alone-worker.js <module>. It sends the names of its cases, and then microseconds of CPU for
// one call of each case that it is asked for. It ends with its parent.
import type { LoneCalls, LoneTurn } from './alone.js'

process.once('disconnect', () => process.exit())
const [, , module = ''] = process.argv
const { cases, inFlight } = (await import(module)) as LoneCalls
process.on('message', ({ name, calls }: LoneTurn) => {
  const call = cases[name]
  if (call === undefined) throw new Error(`${module} has no case ${name}`)
  void microseconds(call, calls).then(time => process.send?.(time))
})
process.send?.(Object.keys(cases))

/** CPU of one call, which other processes of the machine disturb less than its time. */
async function microseconds(call: () => Promise<unknown>, calls: number): Promise<number> {
  const before = process.cpuUsage()
  const caller = async (): Promise<void> => {
    for (let n = 0; n < calls / inFlight; n++) await call()
  }
  await Promise.all(Array.from({ length: inFlight }, caller))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / calls
}
