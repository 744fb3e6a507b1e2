/** A flag, as `--help`, the parser and docs/reference/cli.md know it. */
export interface Flag {
  /** One letter, without its dash. */
  readonly short?: string
  /** What stands for its value: `FILE`. Without it the flag takes none. */
  readonly value?: string
  /** It may be given several times. */
  readonly many?: true
  readonly text: string
}

export type Flags = Readonly<Record<string, Flag>>

/** Flags that every command takes. One that a command has no use for is ignored, so that a line can be reused with another command. */
export const sharedFlags = {
  contract: { short: 'c', value: 'FILE|MODULE', many: true, text: 'the contract; default: reflection' },
  include: {
    short: 'I',
    value: 'DIR',
    many: true,
    text: 'where imports of a contract are looked for; default: its folder',
  },
  header: {
    short: 'H',
    value: "'name: value'",
    many: true,
    text: 'a header; @FILE reads them from a file, one a line',
  },
  timeout: {
    short: 't',
    value: 'DURATION',
    text: 'the deadline of the call; default 30s, none for a stream of replies',
  },
  'connect-timeout': { value: 'DURATION', text: 'the time to connect in; default 5s' },
  codec: { value: 'NAME', text: "the codec; default: the wire's own" },
  compression: { value: 'NAME', text: 'compresses requests: gzip, deflate, br or zstd; gRPC and HTTP only' },
  cacert: { value: 'FILE', text: "the server's authority, PEM; default: the system's" },
  cert: { value: 'FILE', text: 'a client certificate, PEM' },
  key: { value: 'FILE', text: 'its private key, PEM' },
  'server-name': { value: 'NAME', text: 'the name that the certificate must have' },
  insecure: { text: 'TLS that accepts any certificate' },
  project: { value: 'FILE', text: 'the project file; default: the nearest polywire.json' },
  color: { value: 'WHEN', text: 'auto, always or never; default auto, by NO_COLOR, FORCE_COLOR and the terminal' },
  json: { short: 'j', text: 'prints one JSON document, or a line of JSON for each message' },
  quiet: { short: 'q', text: 'prints errors only' },
  verbose: { short: 'v', text: 'prints headers, sizes and times to stderr' },
  debug: { text: 'prints stacks' },
  help: { short: 'h', text: 'prints the help of the command' },
  version: { short: 'V', text: 'prints the version' },
} as const satisfies Flags
