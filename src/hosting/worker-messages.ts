import type { Worker } from 'node:cluster'
import type { ServerTls } from '../server/server-tls.js'
import type { ExpositionFormat } from '../telemetry/exposition.js'

/** A message between a worker and the supervisor. */
export type Message =
  | {
      readonly polywire: 'ready'
      readonly port: number
      readonly addresses: readonly string[]
      readonly protocols: readonly string[]
    }
  | { readonly polywire: 'close' }
  | TlsMessage
  | Question
  | Answer

export interface TlsMessage {
  readonly polywire: 'tls'
  readonly tls: ServerTls
  readonly address: string | undefined
}

/**
 * What one process asks the other. `ready`: whether the worker is ready; asked of the supervisor, whether any worker is. A format: the
 * figures of the worker; asked of the supervisor, the page of all workers.
 */
export type Subject = 'ready' | ExpositionFormat

export interface Question {
  readonly polywire: 'question'
  readonly id: number
  readonly subject: Subject
}

/** A part of an answer. A long answer has several, so that no process is busy with one message for long. */
export interface Answer {
  readonly polywire: 'answer'
  readonly id: number
  readonly items: readonly unknown[]
  readonly isLast: boolean
}

/** The other end of an IPC channel: a worker, or for a worker its own process, which leads to the supervisor. */
export type Other = Worker | NodeJS.Process

/** Sends a message. A process that is about to end cannot be reached, and need not be. */
export function tell(other: Other, message: Message): void {
  const channel: Pick<NodeJS.Process, 'connected' | 'send'> = 'process' in other ? other.process : other
  if (channel.connected) channel.send?.(message, undefined, undefined, () => {})
}

export function isMessage(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && 'polywire' in message
}
