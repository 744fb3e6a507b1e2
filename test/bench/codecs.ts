import type { Payload } from './codecs/contenders.js'
import { CodecContender } from './codecs/processes.js'
import type { Report } from './harness/report.js'
import { takeTurns } from './harness/turns.js'

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

/** Milliseconds of CPU of a turn: in less, one collection of garbage more or less shows in the time of a list. */
const shortest = 100

/**
 * What it costs to encode and to decode one user record of 143 bytes and a list of 100 kB in every codec, beside the libraries that they
 * compete with, and what class-transformer's decorators cost.
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
  const { duration, only, quick } = report.settings
  const turns = { duration: Math.max(shortest, duration / 5), staysInProcess: quick }
  const contenders = groups
    .flatMap(([reference = '', ...others]) => [reference, ...others].map(name => ({ name, reference })))
    .filter(({ name }) => only === undefined || only.some(word => name.includes(word)))
    .map(one => ({ ...one, codec: new CodecContender(one.name, payload, turns) }))
  try {
    if (quick) await startAll(contenders.map(({ codec }) => codec))
    const measured = await takeTurns(report, contenders, ({ codec }) => codec.turn(), { isHot: true })
    report.add(
      { id, title },
      measured.map(({ one: { name, reference }, rounds }) => ({ name, reference, rounds })),
    )
  } finally {
    for (const { codec } of contenders) codec.end()
  }
}

/** Starts those whose processes stay, two at a time. One that fails is left to its first turn, which says so. */
async function startAll(codecs: readonly CodecContender[]): Promise<void> {
  const waiting = codecs.values()
  const lane = async () => {
    for (const codec of waiting) await codec.start().catch(() => {})
  }
  await Promise.all([lane(), lane()])
}
