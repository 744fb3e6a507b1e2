import { parentPort, workerData } from 'node:worker_threads'
import { readArguments } from './arguments.js'
import type { Assignment, News, Order } from './bench/crew.js'
import { ThreadGenerator } from './bench/generator.js'
import { openSession } from './bench/session.js'
import type { Command } from './command.js'
import { commands } from './commands.js'
import { behindCommand } from './run.js'

// One thread of `bench --workers`.

/** Milliseconds. */
const betweenGlimpses = 250

const { line, connections, index, of } = workerData as Assignment
const port = parentPort as NonNullable<typeof parentPort>
const tell = (news: News) => port.postMessage(news)

const bench = commands.find(({ name }) => name === 'bench') as Command
const typed = await behindCommand(readArguments(line, bench, commands), bench, process.env)
const session = await openSession(typed, connections)
const generator = new ThreadGenerator(random => session.sender(random), { index, of })
let stopping = new AbortController()

port.on('message', (order: Order) => {
  if (order === 'stop') stopping.abort()
  else if (order === 'close') void session.close().then(() => process.exit())
  else void run(order)
})
tell('ready')

async function run({ step }: Exclude<Order, string>): Promise<void> {
  stopping = new AbortController()
  const timer = setInterval(() => tell({ glimpse: generator.glimpse() }), betweenGlimpses)
  const { ran, tallies } = await generator.run(step, stopping.signal)
  clearInterval(timer)
  tell({ ran, tallies: tallies.map(tally => tally.packed()) })
}
