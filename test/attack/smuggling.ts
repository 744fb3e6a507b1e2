import { Raw } from './raw.js'
import type { Shape } from './rig.js'

const body = '{"text":"x"}'
const hidden = `POST /attack.Target/Take HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`

function request(fields: readonly string[], content: string, line = 'POST /attack.Target/Take HTTP/1.1'): string {
  return [line, 'content-type: application/json', ...fields, '', content].join('\r\n')
}

const length = `content-length: ${body.length}`
const host = 'host: attacked'
const chunked = 'transfer-encoding: chunked'
const chunks = `c\r\n${body}\r\n0\r\n\r\n`

/** Requests that two servers could read differently: refused, and nothing behind them is read as another. */
const ambiguous: Readonly<Record<string, string>> = {
  'two lengths that differ': request([host, length, 'content-length: 5'], body),
  'two lengths that agree': request([host, length, length], body),
  'a list of lengths': request([host, `content-length: ${body.length}, 5`], body),
  'a length with a sign': request([host, `content-length: +${body.length}`], body),
  'a length in hexadecimal': request([host, 'content-length: 0xc'], body),
  'a negative length': request([host, 'content-length: -1'], body),
  'chunks and a length': request([host, chunked, length], chunks),
  'a length and chunks': request([host, length, chunked], chunks),
  'chunks that are not the last encoding': request([host, 'transfer-encoding: chunked, identity'], chunks),
  'chunks by another name': request([host, 'transfer-encoding: xchunked'], chunks),
  'chunks twice': request([host, chunked, 'transfer-encoding: identity'], chunks),
  'a chunk of a negative size': request([host, chunked], `-c\r\n${body}\r\n0\r\n\r\n`),
  'a chunk whose size has a space': request([host, chunked], `c \r\n${body}\r\n0\r\n\r\n`),
  'a chunk whose size overflows': request([host, chunked], `1000000000000000c\r\n${body}\r\n0\r\n\r\n`),
  'a chunk that ends by a bare line feed': request([host, chunked], `c\n${body}\n0\n\n`),
  'a space before a colon': request([host, `content-length : ${body.length}`], body),
  'a folded field': request([host, length, 'a: b\r\n c'], body),
  'a bare line feed between fields': request([host, `${length}\na: b`], body),
  'a bare carriage return in a field': request([host, length, 'a: b\rc: d'], body),
  'a NUL in a field': request([host, length, 'a: b\0c'], body),
  'a field without a name': request([host, length, ': b'], body),
  'two hosts that differ': request([host, 'host: other', length], body),
  'two hosts that agree': request([host, host, length], body),
  'no host': request([length], body),
  'another version': request([host, length], body, 'POST /attack.Target/Take HTTP/2.3'),
  'a space in the target': request([host, length], body, 'POST /attack.Target/Take x HTTP/1.1'),
}

const accepted: Readonly<Record<string, string>> = {
  'an absolute target': request([host, length], body, 'POST http://attacked/attack.Target/Take HTTP/1.1'),
  'chunks alone': request([host, chunked], chunks),
  'a length alone': request([host, length], body),
}

/** @returns the statuses of its responses, and `open` where the connection is in the end */
async function statuses(port: number, bytes: string): Promise<string[]> {
  const raw = await Raw.open(port)
  raw.send(bytes)
  const answer = await raw.answer()
  const isOpen = !raw.isClosed
  raw.end()
  return [
    ...[...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status as string),
    ...(isOpen ? ['open'] : []),
  ]
}

/** Of all at once: the names of those whose answers are not as they ought to be, with what they are. */
async function otherwise(
  port: number,
  requests: Readonly<Record<string, string>>,
  fits: (answers: readonly string[]) => boolean,
): Promise<string> {
  const all = await Promise.all(
    Object.entries(requests).map(async ([name, bytes]) => [name, await statuses(port, bytes + hidden)] as const),
  )
  return all.flatMap(([name, answers]) => (fits(answers) ? [] : [`${name}: ${answers.join(', ')}`])).join('; ')
}

export const shapes: readonly Shape[] = [
  {
    name: 'requests that can be read in two ways are refused, and end their connection',
    attack: async (port, t) => {
      t.is(await otherwise(port, ambiguous, answers => !answers.includes('200') && !answers.includes('open')), '')
    },
  },
  {
    name: 'requests that can be read in one way only are answered, as is the next',
    attack: async (port, t) =>
      void t.is(await otherwise(port, accepted, answers => answers.join() === '200,200,open'), ''),
  },
]
