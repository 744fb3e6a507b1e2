// The attacked server, a process of its own: node victim.js <limits as JSON>. It tells its parent its port and, when asked, what it has cost.
import { openSync, readFileSync, readSync, writeFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { serve } from '../../src/index.js'
import type { Cost, VictimOrder } from './scene.js'
import { Streams, Target } from './target.js'

const tell = (message: { port: number } | { ready: true } | Cost) => process.send?.(message)
/** Twice: what the first round finds dead may have held buffers, which are freed behind it. */
async function collect(): Promise<void> {
  const { gc } = globalThis as { gc?: () => void }
  gc?.()
  await new Promise(resolve => setImmediate(resolve))
  gc?.()
}

/** Milliseconds between two looks at the thread. */
const lookEvery = 5
const schedule = openSchedule()
const line = Buffer.alloc(64)
let thread = threadTime()
let longest = 0
setInterval(look, lookEvery)

let cpu = process.cpuUsage()
let utilization = performance.eventLoopUtilization()
let resident = 0
let held = 0

process.on('message', async (order: VictimOrder) => {
  if (order === 'begin') {
    await collect()
    resetPeak()
    resident = process.memoryUsage.rss()
    held = heldBytes()
    utilization = performance.eventLoopUtilization()
    cpu = process.cpuUsage()
    look()
    longest = 0
    tell({ ready: true })
    return
  }
  look()
  const { user, system } = process.cpuUsage(cpu)
  const busy = performance.eventLoopUtilization(utilization).utilization
  const peak = order === 'end' ? Math.max(0, peakBytes() - resident) : 0
  if (order === 'end') await collect()
  const sockets = process.getActiveResourcesInfo().filter(name => name === 'TCPSocketWrap').length
  tell({
    cpu: (user + system) / 1000,
    busy,
    taken: longest,
    peak,
    held: heldBytes() - held,
    sockets,
    isPolluted: 'polluted' in {},
  })
})

const server = await serve([Target, Streams], {
  host: '127.0.0.1',
  limits: JSON.parse(process.argv[2] ?? '{}'),
  // What goes wrong is told here and nowhere else: a line on stderr fails the test.
  report: () => {},
})
tell({ port: server.port })
process.once('disconnect', () => process.exit())

/** Linux says how long a thread has run; elsewhere the clock has to do, which also counts what others did meanwhile. */
function openSchedule(): number | undefined {
  try {
    return openSync('/proc/self/schedstat', 'r')
  } catch {
    return undefined
  }
}

/** Milliseconds that the thread of JavaScript has run. */
function threadTime(): number {
  if (schedule === undefined) return performance.now()
  const length = readSync(schedule, line, 0, line.length, 0)
  return Number.parseInt(line.toString('latin1', 0, length), 10) / 1e6
}

/** Timers run once a turn of the event loop, so what the thread ran since the last look is what one turn held up. */
function look(): void {
  const now = threadTime()
  longest = Math.max(longest, now - thread)
  thread = now
}

function heldBytes(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Of the process since `resetPeak`; where there is no procfs, since its start. */
function peakBytes(): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]) * 1024
  } catch {
    return process.resourceUsage().maxRSS * 1024
  }
}

function resetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5')
  } catch {
    // Then the peak is that of the whole life, which asks more of the server, never less.
  }
}
