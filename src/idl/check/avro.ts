import type { AvroSchema, RecordSchema } from '../../codecs/avro/schema.js'
import { AvroShapes } from '../../codecs/avro/shape.js'
import { type AvroMessage, messageOf } from '../../protocols/avro/protocol-schema.js'
import { refusals } from '../../protocols/avro/unsupported.js'
import { rootsOf } from '../../protocols/standard-services/descriptor-names.js'
import type { MessageSchema } from '../../schema/message.js'
import { reachableMessages } from '../../schema/reachable.js'
import type { MethodSchema } from '../../schema/service.js'
import { Reading } from './avro-reading.js'
import type { Finding } from './finding.js'
import type { AvroRule } from './rules.js'
import type { Snapshot } from './snapshot.js'

/**
 * Who is replaced first. `both`: during a rollout old and new stand on either end, so that each must read the other. Else requests and
 * replies need one direction each.
 */
export type Deploy = 'both' | 'servers-first' | 'clients-first'

/** What Avro's schema resolution cannot read: by new readers of old data (BACKWARD), and by old readers of new data (FORWARD). */
export function avroFindings(before: Snapshot, after: Snapshot, deploy: Deploy = 'both'): Finding[] {
  const comparison = new Comparison(before, after, deploy)
  comparison.run()
  return comparison.found
}

type Direction = 'BACKWARD' | 'FORWARD'

class Comparison {
  readonly found: Finding[] = []
  private readonly seen = new Set<string>()
  private readonly refusals = { before: refusals(), after: refusals() }
  private readonly names: ReadonlySet<string>
  private readonly readings = new Map<Direction, Reading>()

  constructor(
    private readonly before: Snapshot,
    private readonly after: Snapshot,
    private readonly deploy: Deploy,
  ) {
    this.names = new Set([...Object.keys(before.lock.messages), ...Object.keys(after.lock.messages)])
  }

  run(): void {
    const after = new Map(this.after.contract.services.map(one => [one.name, one]))
    const [shapes, others] = [new AvroShapes(), new AvroShapes()]
    for (const { name, methods } of this.before.contract.services) {
      const now = after.get(name)
      if (now === undefined) this.add('PROTOCOL_REMOVED', name, 'nobody answers its calls')
      const known = new Map(now?.methods.map(method => [method.name, method]))
      for (const method of methods) {
        if (now === undefined || this.refusals.before(method) !== undefined) continue
        this.method(method, known.get(method.name), shapes, others)
      }
    }
    this.messages(shapes, others)
  }

  private add(rule: AvroRule, at: string, why: string, level: Finding['level'] = 'break', direction = ''): void {
    const key = `${rule}${direction} ${at}`
    if (this.seen.has(key)) return
    this.seen.add(key)
    this.found.push({ wire: 'avro', at, rule: `AVRO_${rule}${direction}`, level, why })
  }

  private method(old: MethodSchema, now: MethodSchema | undefined, shapes: AvroShapes, others: AvroShapes): void {
    const at = old.path.slice(1)
    if (now === undefined || this.refusals.after(now) !== undefined) {
      this.add('MESSAGE_REMOVED', at, 'calls fail with unknown message')
      return
    }
    const [one, other] = [messageOf(old, shapes), messageOf(now, others)]
    if (one.oneWay !== other.oneWay)
      this.add('ONE_WAY_CHANGED', at, other.oneWay ? 'old callers wait for a reply' : 'old callers read no reply')
    for (const direction of this.directions('request')) {
      const [reader, writer] = this.ends(direction, one, other)
      this.reading(direction).fields(reader.parameters, writer.parameters, at)
    }
    for (const direction of this.directions('reply')) {
      const [reader, writer] = this.ends(direction, one, other)
      const reading = this.reading(direction)
      reading.value(reader.response, writer.response, at)
      // On the wire a text stands before the declared errors, for those that are not.
      reading.value(union(reader.errors), union(writer.errors), at)
    }
  }

  private directions(part: 'request' | 'reply'): readonly Direction[] {
    if (this.deploy === 'both') return ['BACKWARD', 'FORWARD']
    return (part === 'request') === (this.deploy === 'servers-first') ? ['BACKWARD'] : ['FORWARD']
  }

  private ends(
    direction: Direction,
    old: AvroMessage,
    now: AvroMessage,
  ): readonly [reader: AvroMessage, writer: AvroMessage] {
    return direction === 'BACKWARD' ? [now, old] : [old, now]
  }

  /** One for all methods: a message that a thousand of them name is compared once. */
  private reading(direction: Direction): Reading {
    const reading = this.readings.get(direction) ?? this.readingOf(direction)
    this.readings.set(direction, reading)
    return reading
  }

  private readingOf(direction: Direction): Reading {
    const who = direction === 'BACKWARD' ? ['a new reader', 'old data'] : ['an old reader', 'new data']
    return new Reading(this.names, (type, at, why, level) => {
      const text = why.startsWith('it ') ? `${who[0]} ${why.slice('it '.length)}` : `${who[0]} of ${who[1]}: ${why}`
      this.add(type, at, text, level, level === 'warn' ? '' : ` (${direction})`)
    })
  }

  /** Messages that no method names are data. */
  private messages(shapes: AvroShapes, others: AvroShapes): void {
    const now = new Map(this.after.contract.messages.map(one => [one.name, one]))
    const isUsed = usedNames(this.before)
    for (const message of this.before.contract.messages) {
      const other = now.get(message.name)
      if (other === undefined || isUsed.has(message.name)) continue
      const [one, two] = [recordOf(shapes, message), recordOf(others, other)]
      if (one === undefined || two === undefined) continue
      this.reading('BACKWARD').value(two, one, message.name)
      this.reading('FORWARD').value(one, two, message.name)
    }
  }
}

function union(errors: readonly AvroSchema[]): AvroSchema {
  return { kind: 'union', branches: [{ kind: 'string' }, ...errors] }
}

function recordOf(shapes: AvroShapes, message: MessageSchema): RecordSchema | undefined {
  try {
    return shapes.message(message)
  } catch {
    // A name that Avro cannot have: Avro does not carry the message.
    return undefined
  }
}

function usedNames({ contract }: Snapshot): Set<string> {
  return new Set(Array.from(reachableMessages(rootsOf(contract.services)), ({ name }) => name))
}
