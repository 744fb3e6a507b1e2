import { WorkerProcess } from '../harness/processes.js'
import type { Payload } from './contenders.js'
import type { CodecTime, CodecTurn, Direction } from './worker.js'

/** Microseconds of CPU for one message, and its bytes. */
export type CodecTimes = Readonly<Record<'encode' | 'decode' | 'both' | 'bytes', number>>

/** Milliseconds of CPU until V8 has optimized even the code that a list runs through once in a message. */
const heating = 400

export interface CodecTurns {
  /** Milliseconds of CPU for each direction. */
  readonly duration: number
  /** Whether the processes of the first turn serve the others. */
  readonly staysInProcess: boolean
}

/**
 * One codec. Its turns have new processes each: where V8 and malloc put things differs from one process to the next, and a process stays with
 * what it has.
 */
export class CodecContender {
  private processes: CodecProcesses | undefined

  constructor(
    readonly name: string,
    private readonly payload: Payload,
    private readonly turns: CodecTurns,
  ) {}

  /** Starts its processes ahead of the first turn. */
  async start(): Promise<CodecProcesses> {
    this.processes ??= await this.started()
    return this.processes
  }

  async turn(): Promise<CodecTimes> {
    const { duration, staysInProcess } = this.turns
    const times = await (await this.start()).turn(duration)
    if (!staysInProcess) this.end()
    return times
  }

  end(): void {
    this.processes?.end()
    this.processes = undefined
  }

  private async started(): Promise<CodecProcesses> {
    const processes = new CodecProcesses(this.name, this.payload)
    try {
      await processes.ready()
      await processes.turn(heating)
      return processes
    } catch (error) {
      processes.end()
      throw error
    }
  }
}

/** A process that encodes, and another that decodes what the first has written. */
class CodecProcesses {
  private readonly encoding: WorkerProcess
  private readonly decoding: WorkerProcess
  private size = 0

  constructor(name: string, payload: Payload) {
    const program = { path: new URL('worker.js', import.meta.url), flags: process.execArgv }
    const start = (direction: Direction) => new WorkerProcess(`its ${direction}r`, [name, payload, direction], program)
    this.encoding = start('encode')
    this.decoding = start('decode')
  }

  /** @returns when both can take a turn */
  async ready(): Promise<void> {
    await Promise.all([this.encoding.receive(), this.decoding.receive()])
  }

  async turn(duration: number): Promise<CodecTimes> {
    // With the turn that makes code hot a process uses a third more than asked for, and other work may have the machine too.
    const patience = duration * 5
    const turn: CodecTurn = { duration }
    const encoded = (await this.encoding.ask(turn, patience)) as CodecTime
    const { bytes } = encoded
    if (bytes !== undefined) this.size = Buffer.byteLength(bytes, 'base64')
    const decoded = (await this.decoding.ask(
      { ...turn, ...(bytes === undefined ? {} : { bytes }) },
      patience,
    )) as CodecTime
    const [encode, decode] = [encoded.time, decoded.time]
    return { encode, decode, both: encode + decode, bytes: this.size }
  }

  end(): void {
    this.encoding.end()
    this.decoding.end()
  }
}
