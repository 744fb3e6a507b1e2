import { Code, codeName } from '../core/code.js'
import { exits } from './cli-error.js'
import { table } from './table.js'

/** A page of help that belongs to no command. */
export interface Topic {
  readonly heading: string
  /** What is written, and what it means. */
  readonly rows: readonly (readonly [term: string, meaning: string])[]
}

/** What `polywire help <topic>` prints. */
export const topics: Readonly<Record<string, () => Topic>> = {
  targets: () =>
    topic('A target is the address of a server, or a name of polywire.json:', [
      ['grpc://host:port', 'that wire: grpc, http, ws, thrift or avro; with an s at the end (grpcs) over TLS'],
      ['grpc://a:1,b:2', 'several addresses'],
      ['grpc+dns://host:port', 'addresses from DNS; grpc+etcd:// from etcd'],
      ['thrift://host:port?codec=compact', 'settings of the wire, as connect() takes them'],
      ['host:port, :8080', 'the wire is found: HTTP/2 means gRPC, HTTP/1.1 Connect, TLS grpcs; then Avro'],
      ['unix:/run/hello.sock', 'a Unix socket; grpc+unix:/run/hello.sock names its wire'],
      ['prod', 'a target of polywire.json, with its headers, TLS and contracts'],
    ]),
  data: () =>
    topic('DATA is the request:', [
      ['(nothing)', '{}'],
      ['name=World times=3', 'fields, read by their type in the contract'],
      ['tags=a tags=b', 'a list'],
      ['parent.name=X totals.EUR=1250', 'a field of a message, an entry of a map'],
      ['avatar=@me.png', 'a file, for a field of bytes'],
      ['\'{"name":"World"}\'', 'JSON; also by -d'],
      ['@request.json, -', 'JSON from a file, from stdin; for a stream several values'],
    ]),
  'exit-codes': () =>
    topic('polywire exits with', [
      [String(exits.ok), 'done'],
      [
        String(exits.no),
        'done, and the answer is no: check, lock, health, doctor, bench --fail-if, import --check or --skip, export --skip',
      ],
      [String(exits.usage), 'a mistake in the command line, a request or a contract. Nothing was sent'],
      [String(exits.fault), 'a fault of polywire itself'],
      ...codes.map(code => [String(exits.call + code), `the call ended with ${codeName(code)}`] as const),
      [String(exits.interrupted), 'ended by Ctrl-C'],
      [String(exits.terminated), 'ended by SIGTERM'],
    ]),
  json: () =>
    topic('With --json stdout has JSON that begins with "schema":', [
      [
        'polywire.<command>/1',
        'one document; its schema is polywire/schemas/<command>-1.json. Later versions may add fields',
      ],
      ['polywire.call/1', 'a line for each message, and one for the end'],
      ['polywire.tap/1', 'a line for each call'],
      ['polywire.health/1', 'with --watch a line for each change'],
      ['polywire.error/1', 'a failure, on stdout too: from, code, reason, message, delivery, endpoint, hint, exit'],
    ]),
}

const codes = Object.values(Code).filter((code): code is Code => typeof code === 'number' && code !== Code.ok)

function topic(heading: string, rows: Topic['rows']): Topic {
  return { heading, rows }
}

/** @param width of the terminal; undefined: a pipe */
export function topicText({ heading, rows }: Topic, width: number | undefined): string {
  const lines = rows.map(([term, meaning]) => [`  ${term}`, meaning])
  return `${heading}\n\n${table(lines, { width })}`
}
