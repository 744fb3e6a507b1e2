import { codeName, codeOf } from '../../core/code.js'
import { Envelopes } from './envelopes.js'
import { begin, type SeenCall } from './seen.js'

/** Bytes of an error's body that are kept. */
const most = 65_536

export interface RequestHead {
  readonly path: string
  readonly contentType: string
  readonly headers: readonly string[]
}

/** One call over HTTP of any version: gRPC, a Connect stream, or one message each way. */
export class HttpCall {
  readonly seen: SeenCall
  private readonly isGrpc: boolean
  private readonly requests: Envelopes | undefined
  private replies: Envelopes | undefined
  private status = 0
  private body: Buffer[] = []
  private kept = 0

  constructor({ path, contentType, headers }: RequestHead) {
    this.isGrpc = contentType.startsWith('application/grpc')
    const method = path.slice(1).split('?', 1).join()
    this.seen = begin(this.isGrpc ? 'grpc' : 'http', method, headers)
    this.requests = this.isGrpc || isStream(contentType) ? new Envelopes() : undefined
  }

  request(chunk: Buffer): void {
    this.requests?.push(chunk)
    this.seen.requests = this.requests?.count ?? 1
    this.seen.sent = this.requests?.bytes ?? this.seen.sent + chunk.length
  }

  head(status: number, contentType: string): void {
    this.status = status
    this.replies = contentType.startsWith('application/grpc') || isStream(contentType) ? new Envelopes() : undefined
  }

  reply(chunk: Buffer): void {
    this.replies?.push(chunk)
    this.seen.replies = this.replies?.count ?? 1
    this.seen.received = this.replies?.bytes ?? this.seen.received + chunk.length
    if (this.replies !== undefined || this.status === 200 || this.kept > most) return
    this.kept += chunk.length
    this.body.push(chunk)
  }

  /** @param grpcStatus of the trailers, or of headers that have them */
  end(grpcStatus: string | undefined): SeenCall {
    this.seen.code = this.isGrpc ? grpcCode(grpcStatus) : this.connectCode()
    return this.seen
  }

  /** @param code why it has no end of its own */
  abort(code: string): SeenCall {
    this.seen.code = code
    return this.seen
  }

  private connectCode(): string {
    if (this.replies !== undefined) return codeIn(this.replies.end, 'error') ?? 'ok'
    if (this.status === 200) return 'ok'
    return codeIn(Buffer.concat(this.body).toString()) ?? `HTTP ${this.status}`
  }
}

function isStream(contentType: string): boolean {
  return contentType.startsWith('application/connect+')
}

function grpcCode(status: string | undefined): string {
  const code = codeOf(Number(status ?? Number.NaN))
  return code === undefined ? 'no status' : codeName(code)
}

/** The code in Connect's JSON of an error. @param within the field that has it */
function codeIn(text: string, within?: string): string | undefined {
  try {
    const document = JSON.parse(text) as Readonly<Record<string, unknown>>
    const error = within === undefined ? document : (document[within] as Readonly<Record<string, unknown>> | undefined)
    return typeof error?.code === 'string' && codeOf(error.code) !== undefined ? error.code : undefined
  } catch {
    return undefined
  }
}
