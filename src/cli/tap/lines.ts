import type { Typed } from '../command.js'
import { shownHeader } from '../headers.js'
import { jsonText } from '../plain.js'
import type { Terminal } from '../terminal.js'
import { reasonOf } from './call-end.js'
import type { SeenCall, SeenMessages } from './seen.js'

/** A call as it is shown. */
export interface ShownCall {
  readonly call: SeenCall
  /** When it ended. */
  readonly at: Date
  readonly ms: number
  readonly peer: string
  readonly streamsIn: boolean
  readonly streamsOut: boolean
  readonly messages: SeenMessages | undefined
}

/** What is printed of a call: a line, and with -v its headers and messages below. */
export function lineOf(shown: ShownCall, typed: Typed, terminal: Terminal): string {
  if (terminal.isJson) return `${JSON.stringify(documentOf(shown, typed))}\n`
  const { call, at, ms, messages } = shown
  const { wire, method, code, requests, replies, sent, received } = call
  const end = [
    code,
    ...(requests > 1 ? [`${requests} requests`] : []),
    ...(replies > 1 ? [`${replies} replies`] : []),
  ].join(', ')
  const time = `${at.toTimeString().slice(0, 8)}.${String(at.getMilliseconds()).padStart(3, '0')}`
  const took = `${rounded(ms).toFixed(1)} ms`
  const headers = typed.has('verbose') ? headersOf(call, typed).map(([name, value]) => `    ${name}: ${value}\n`) : []
  const texts = (arrow: string, list: readonly unknown[] | undefined) =>
    (typed.has('verbose') ? (list ?? []) : []).map(
      message => `  ${arrow} ${jsonText(message, terminal.width && terminal.width - 4).replaceAll('\n', '\n    ')}\n`,
    )
  const { error } = messages ?? {}
  const said = textOf(call)
  const failure = typed.has('verbose') && said !== '' ? [`  ! ${said}\n`] : []
  const thrown = error === undefined ? [] : [`  ! ${error.type}  ${jsonText(error.value, undefined)}\n`]
  const below = [
    ...headers,
    ...texts('>', messages?.requests),
    ...texts('<', messages?.replies),
    ...failure,
    ...(typed.has('verbose') ? thrown : []),
  ].join('')
  const [out, into] = [`${sent} B`, `${received} B`]
  if (terminal.width === undefined) return `${[time, wire, method, end, took, `${out} > ${into}`].join('\t')}\n${below}`
  const painted = terminal.paint(code === 'ok' ? 'good' : 'bad', end)
  // A long end takes the room before the time.
  const right = (text: string, width: number) => `  ${text}`.padStart(width)
  const sizes = `${right(out, 8)} > ${into}`
  return `${time}  ${wire.padEnd(6)}  ${method.padEnd(24)}  ${painted}${right(took, 26 - end.length)}${sizes}\n${below}`
}

/** A line of `--record`, which `bench` replays. */
export function recordOf(shown: ShownCall, typed: Typed): string {
  return JSON.stringify(documentOf(shown, typed))
}

/** A call as data. A message that could not be read is left out. */
function documentOf(shown: ShownCall, typed: Typed): object {
  const { call, at, ms, peer, messages } = shown
  const { wire, method, code, requests, replies, sent, received } = call
  const said = textOf(call)
  const inside = (list: readonly unknown[] | undefined, isStream: boolean) => (isStream ? list : list?.[0])
  return {
    schema: 'polywire.tap/1',
    at: at.toISOString(),
    wire,
    method,
    code,
    reason: code === 'ok' ? undefined : reasonOf(call),
    message: said === '' ? undefined : said,
    error: messages?.error,
    ms: rounded(ms),
    requests,
    replies,
    sent,
    received,
    headers: Object.fromEntries(headersOf(call, typed)),
    peer,
    request: inside(messages?.requests, shown.streamsIn),
    reply: inside(messages?.replies, shown.streamsOut),
  }
}

/** What the server says of a failure. Some say OK of a success, too. */
function textOf({ code, message }: SeenCall): string {
  return code === 'ok' ? '' : message
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10
}

function headersOf({ headers }: SeenCall, typed: Typed): (readonly [string, string])[] {
  return headers.flatMap((name, at) =>
    at % 2 === 0 ? [[name, shownHeader(name, headers[at + 1] ?? '', typed)] as const] : [],
  )
}
