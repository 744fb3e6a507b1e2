import type { Payload } from './codecs/contenders.js'
import type { CodecTimes, CodecTurn } from './codecs/worker.js'
import { WorkerProcess } from './harness/processes.js'
import type { Report } from './harness/report.js'

/** The first of each group is what the others are compared with. */
const groups = [
  ['protobufjs', 'protobuf-es', 'polywire proto', 'polywire thrift-binary', 'polywire thrift-compact'],
  ['JSON.stringify and JSON.parse', 'polywire json'],
  ['msgpackr', 'polywire msgpack', 'polywire msgpack-compact'],
  ['fast-xml-parser', 'polywire xml'],
  ['avsc', 'polywire avro'],
]

const transformed = [
  ['polywire json', 'polywire json, decorated', 'class-transformer and JSON'],
  ['polywire msgpack', 'polywire msgpack, decorated'],
  ['polywire xml', 'polywire xml, decorated'],
]

/**
 * What it costs to encode and to decode one user record of 143 bytes and a list of 100 kB in every codec, beside the libraries that they
 * compete with, and what class-transformer's decorators cost. Each is a process of its own.
 */
export async function run(report: Report): Promise<void> {
  await compareCodecs(report, { id: 'codecs.one', title: 'Codecs, a user record', payload: 'one', groups })
  await compareCodecs(report, { id: 'codecs.many', title: 'Codecs, a list of 700 records', payload: 'many', groups })
  const title = "Codecs, class-transformer's decorators on the record"
  await compareCodecs(report, { id: 'codecs.transformed', title, payload: 'one', groups: transformed })
}

interface CodecComparison {
  readonly id: string
  readonly title: string
  readonly payload: Payload
  readonly groups: readonly (readonly string[])[]
}

async function compareCodecs(report: Report, { id, title, payload, groups }: CodecComparison): Promise<void> {
  const { rounds, duration, only } = report.settings
  const turn: CodecTurn = { payload, duration: duration / 5 }
  const program = { path: new URL('./codecs/worker.js', import.meta.url), flags: process.execArgv }
  const contenders = groups
    .flatMap(([reference = '', ...others]) => [reference, ...others].map(name => ({ name, reference })))
    .filter(({ name }) => only === undefined || only.some(word => name.includes(word)))
    .map(one => ({ ...one, rounds: [] as CodecTimes[], worker: new WorkerProcess(one.name, [one.name], program) }))
  try {
    for (const { worker } of contenders) await worker.receive()
    // The first round only makes the code hot.
    for (let round = -1; round < rounds; round++) {
      for (const one of contenders) {
        const times = (await one.worker.ask(turn)) as CodecTimes
        if (round >= 0) one.rounds.push(times)
      }
    }
    const measured = contenders.map(({ name, reference, rounds }) => ({ name, reference, rounds }))
    report.add({ id, title }, measured)
  } finally {
    for (const { worker } of contenders) worker.end()
  }
}
