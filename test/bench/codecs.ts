import { avro } from '../../src/codecs/avro/codec.js'
import { json } from '../../src/codecs/json/codec.js'
import { msgpack, msgpackCompact } from '../../src/codecs/msgpack/codec.js'
import { protobuf } from '../../src/codecs/protobuf/codec.js'
import { thriftBinary, thriftCompact } from '../../src/codecs/thrift/codec.js'
import { xml } from '../../src/codecs/xml/codec.js'
import {
  avscLibrary,
  type ContenderMaker,
  classTransformer,
  decorated,
  fastXmlParser,
  msgpackR,
  type Payload,
  plainJson,
  polywire,
  protobufJs,
} from './codecs/contenders.js'
import { machine, printTable, printTarget } from './harness/table.js'

const rounds = 9
/** Milliseconds that each contender runs in each round. */
const slice = 40

interface Figure {
  /** Best microseconds a call of each. */
  readonly times: readonly number[]
}

/** Measured in turn, so that all meet the same machine. */
function measure(actions: readonly (() => unknown)[]): Figure {
  const best = actions.map(() => Number.POSITIVE_INFINITY)
  const counts = actions.map(action => calibrated(action))
  for (let round = 0; round < rounds; round++) {
    for (const [at, action] of actions.entries()) {
      const micros = timed(action, counts[at] as number)
      best[at] = Math.min(best[at] ?? micros, micros)
    }
  }
  return { times: best }
}

function timed(action: () => unknown, count: number): number {
  const start = process.hrtime.bigint()
  for (let n = 0; n < count; n++) action()
  return Number(process.hrtime.bigint() - start) / 1000 / count
}

/** How many calls fill a slice, once the code is warm. */
function calibrated(action: () => unknown): number {
  let count = 1
  for (;;) {
    const spent = (timed(action, count) * count) / 1000
    if (spent >= slice) return Math.max(1, Math.round((count * slice) / spent))
    count *= 2
  }
}

/** The first is what the others are compared with. */
const groups: readonly (readonly [reference: ContenderMaker, ...others: ContenderMaker[]])[] = [
  [protobufJs, polywire(protobuf), polywire(thriftBinary), polywire(thriftCompact)],
  [plainJson, polywire(json)],
  [msgpackR, polywire(msgpack), polywire(msgpackCompact)],
  [fastXmlParser, polywire(xml)],
  [avscLibrary, polywire(avro)],
]

const transformed = [
  [polywire(json), decorated(json), classTransformer],
  [polywire(msgpack), decorated(msgpack)],
  [polywire(xml), decorated(xml)],
] as const

/** Our share on top of the library, at most. */
const target = 1.25
/** The same of a round trip, encoding and decoding together. */
const bothTarget = 1.2

/**
 * Prints what it costs to encode and to decode one user record of 143 bytes and a list of 100 kB in every codec, beside the libraries that they
 * compete with, and what class-transformer's decorators cost. Ratios are to the first of each group, in the same run.
 */
export async function run(): Promise<void> {
  console.log(machine())
  for (const payload of ['one', 'many'] as const) {
    console.log(payload === 'one' ? 'A user record' : 'A list of 700 of them')
    const results = groups.map(group => compare(group, payload))
    printTable([head, ...results.flatMap(({ rows }) => rows)])
    for (const { targets } of results)
      for (const [claim, ratio, most] of targets) printTarget(claim, ratio, ratio <= most)
    console.log()
  }
  console.log("class-transformer's decorators on the record; the first of each group is the same record without them")
  printTable([head, ...transformed.flatMap(group => compare(group, 'one').rows)])
}

const head = ['', 'bytes', 'encode us', 'ratio', 'decode us', 'ratio', 'both, ratio']

interface Result {
  readonly rows: readonly (readonly string[])[]
  /** Claims about ours, their ratios, and what these may be. */
  readonly targets: readonly (readonly [claim: string, ratio: number, most: number])[]
}

function compare(makers: readonly ContenderMaker[], payload: Payload): Result {
  const contenders = makers.map(make => make(payload))
  const encode = measure(contenders.map(one => one.encode)).times
  const decode = measure(contenders.map(one => one.decode)).times
  const ratio = (times: readonly number[], at: number) => (times[at] as number) / (times[0] as number)
  const both = encode.map((time, at) => time + (decode[at] as number))
  const rows = contenders.map(({ name, size }, at) => [
    name,
    String(size),
    (encode[at] as number).toFixed(2),
    ratio(encode, at).toFixed(2),
    (decode[at] as number).toFixed(2),
    ratio(decode, at).toFixed(2),
    ratio(both, at).toFixed(2),
  ])
  const of = `of ${contenders[0]?.name}'s time`
  const targets = contenders
    .slice(1)
    .flatMap(({ name }, index) => [
      [`${name} encodes in at most ${target} ${of}`, ratio(encode, index + 1), target] as const,
      [`${name} decodes in at most ${target} ${of}`, ratio(decode, index + 1), target] as const,
      [`${name} does both in at most ${bothTarget} ${of}`, ratio(both, index + 1), bothTarget] as const,
    ])
  return { rows, targets }
}
