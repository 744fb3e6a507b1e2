import { WorkerProcess } from '../harness/processes.js'
import type { Payload } from './contenders.js'
import type { CodecTime, CodecTurn, Direction } from './worker.js'

/** Microseconds of CPU for one message, and its bytes. */
export type CodecTimes = Readonly<Record<'encode' | 'decode' | 'both' | 'bytes', number>>

/** One codec, in a process that encodes and another that decodes what the first has written. */
export class CodecProcesses {
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
  async ready(): Promise<true> {
    await Promise.all([this.encoding.receive(), this.decoding.receive()])
    return true
  }

  /** @param duration milliseconds of CPU for each direction */
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
