// A client in a process of its own that calls whoever it is told to: node caller.js. Each order is a target; it answers with what that has cost.
import { connect, disconnect, RpcError } from '../../src/index.js'
import type { Outcome } from './hostile-servers.test.js'
import { Target } from './target.js'

/** Milliseconds that a call may take. */
const timeout = 1500

process.on('message', async (target: string) => {
  ;(globalThis as { gc?: () => void }).gc?.()
  let peak = 0
  const resident = process.memoryUsage.rss()
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss() - resident)
  }, 5)
  const cpu = process.cpuUsage()
  const began = performance.now()
  const remote = connect(Target, target, {
    report: () => {},
    config: { methodConfig: [{ name: [{}], timeout: `${timeout / 1000}s` }] },
  })
  let code: number | undefined
  let message = ''
  try {
    await remote.take({ text: 'a call' })
  } catch (error) {
    message = String(error).slice(0, 300)
    code = error instanceof RpcError ? error.code : -1
  }
  const took = performance.now() - began
  await disconnect(remote)
  const { user, system } = process.cpuUsage(cpu)
  clearInterval(watch)
  process.send?.({ code, message, took, peak, cpu: (user + system) / 1000 } satisfies Outcome)
})
process.once('disconnect', () => process.exit())
process.send?.({ ready: true })
