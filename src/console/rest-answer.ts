import type { IncomingMessage } from 'node:http'
import { streamsOut } from '../core/call.js'
import { Code, codeOf } from '../core/code.js'
import { defaultLimits } from '../core/limits.js'
import { RpcError } from '../core/rpc-error.js'
import { codeOfHttpStatus, malformedReply } from '../protocols/failures.js'
import { Lines } from '../protocols/http/server/rest/lines.js'
import { problemType } from '../protocols/http/server/rest/problem.js'
import type { HttpRule } from '../schema/http-rule.js'
import type { MethodSchema } from '../schema/service.js'
import { shownMessage } from './redact.js'
import { jsonNameOf } from './route-views.js'
import type { TrialEnd } from './trial.js'
import type { HttpAnswer } from './trial-views.js'

/** Bytes of a reply that the page can save. */
const mostFile = 8 * 1024 * 1024

/** Takes a reply as it may be shown. */
type TakeReply = (message: unknown, bytes: number, id?: string) => Promise<void>

interface Problem {
  readonly code: string
  readonly detail?: string
  readonly details?: readonly { readonly '@type': string }[]
}

/** The response to a call by a route: its replies, and what it ended with. */
export class RestAnswer {
  private response: IncomingMessage | undefined
  private problem: Problem | undefined
  private file: HttpAnswer['file']
  private readonly isStream: boolean

  constructor(
    private readonly method: MethodSchema,
    private readonly rule: HttpRule,
    private readonly take: TakeReply,
  ) {
    this.isStream = streamsOut(method)
  }

  /** Reads the whole response. Rejects if it tells of an error, or does not arrive whole. */
  async read(response: IncomingMessage): Promise<void> {
    this.response = response
    const { statusCode = 0, headers } = response
    const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
    const isSuccess = statusCode >= 200 && statusCode < 300
    if (isSuccess && this.rule.produces !== undefined) await this.readFile(response)
    else if (isSuccess && type === 'text/event-stream') await this.readEvents(response)
    else if (isSuccess && this.isStream) await this.readLines(response)
    else await this.readWhole(response, { isSuccess, type })
  }

  ending(): TrialEnd {
    const { response, problem, file } = this
    if (response === undefined) return { headers: [], trailers: [] }
    const { statusCode: status = 0, statusMessage: text = '', rawHeaders } = response
    return {
      headers: rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), rawHeaders[at + 1] ?? '']] : [])),
      trailers: [],
      http: {
        status,
        text,
        ...(problem !== undefined && { problem: this.shownProblem(problem) }),
        ...(file && { file }),
      },
    }
  }

  private async readWhole(
    response: IncomingMessage,
    { isSuccess, type }: { readonly isSuccess: boolean; readonly type: string },
  ): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const text = body.toString()
    if (isSuccess || response.statusCode === 304) {
      const isJson = type === 'application/json' || type === problemType
      if (body.byteLength > 0)
        await this.take(isJson ? this.shown(this.parsed(text)) : shownText(text), body.byteLength)
      return
    }
    throw this.failed(text, { type, code: codeOfHttpStatus(response.statusCode ?? 0) })
  }

  private async readLines(response: IncomingMessage): Promise<void> {
    for await (const line of new Lines(response, defaultLimits.messageBytes)) await this.readLine(line)
  }

  private async readLine(line: Uint8Array, id?: string): Promise<void> {
    const content = this.parsed(Buffer.from(line).toString())
    const error = (content as { readonly error?: unknown } | null)?.error
    if (isProblem(error)) throw this.failedBy(error)
    await this.take(this.shown(content), line.byteLength, id)
  }

  /** polywire writes an event's data in one line, behind its id and its type. */
  private async readEvents(response: IncomingMessage): Promise<void> {
    let id: string | undefined
    let isError = false
    for await (const line of new Lines(response, defaultLimits.messageBytes)) {
      const text = Buffer.from(line).toString()
      if (text.startsWith('id: ')) id = text.slice('id: '.length)
      if (text === 'event: error') isError = true
      if (!text.startsWith('data: ')) continue
      const data = text.slice('data: '.length)
      if (isError) throw this.failed(data, { type: problemType, code: Code.unknown })
      await this.readLine(Buffer.from(data), id)
    }
  }

  private async readFile(response: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of response) {
      const { byteLength } = chunk as Buffer
      bytes += byteLength
      if (bytes <= mostFile) chunks.push(chunk as Buffer)
      if (this.isStream) await this.take(`${byteLength} bytes`, byteLength)
    }
    const base64 = bytes > mostFile || this.isSensitive ? null : Buffer.concat(chunks).toString('base64')
    this.file = { type: response.headers['content-type'] ?? '', bytes, base64 }
  }

  /** Whether the bytes of the response are a field that must not be shown. */
  private get isSensitive(): boolean {
    const { fields } = this.method.output
    const name = this.rule.responseBody ?? fields[0]?.name
    return fields.some(field => field.name === name && field.sensitive === true)
  }

  private shown(reply: unknown): unknown {
    const { responseBody } = this.rule
    const { output } = this.method
    if (responseBody === undefined) return shownMessage(reply, output)
    const name = jsonNameOf(output, responseBody)
    return (shownMessage({ [name]: reply }, output) as Readonly<Record<string, unknown>>)[name]
  }

  /** @throws RpcError `internal` (`malformed_reply`) */
  private parsed(text: string): unknown {
    try {
      return JSON.parse(text)
    } catch (error) {
      throw malformedReply(this.method.path, (error as Error).message, error)
    }
  }

  /** An error that is not a problem is told as its text. */
  private failed(text: string, { type, code }: { readonly type: string; readonly code: Code }): RpcError {
    const problem = type === problemType ? jsonOrNothing(text) : undefined
    return isProblem(problem) ? this.failedBy(problem) : new RpcError(shownText(text), code)
  }

  private failedBy(problem: Problem): RpcError {
    this.problem = problem
    return new RpcError(problem.detail ?? '', codeOf(problem.code) ?? Code.unknown)
  }

  /** The details of a problem are declared errors, whose fields may be sensitive. */
  private shownProblem({ details, ...problem }: Problem): unknown {
    const shown = details?.map(detail => {
      const schema = this.method.throws.find(({ name }) => name === detail['@type'])
      return schema === undefined ? detail : shownMessage({ ...detail }, schema)
    })
    return { ...problem, ...(shown !== undefined && { details: shown }) }
  }
}

function isProblem(value: unknown): value is Problem {
  const { code, status } = (value ?? {}) as { readonly code?: unknown; readonly status?: unknown }
  return typeof code === 'string' && typeof status === 'number'
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function shownText(text: string): string {
  return text.slice(0, 1024)
}
