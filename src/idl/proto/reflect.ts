import { type ConnectOptions, connect } from '../../client/connect.js'
import { disconnect } from '../../client/proxy.js'
import type { Target } from '../../client/target.js'
import { ServerReflectionRequest } from '../../contracts/grpc/reflection/v1/reflection.js'
import { Code } from '../../core/code.js'
import { RpcError } from '../../core/rpc-error.js'
import type { FileDescriptorProto } from '../../protocols/standard-services/descriptor-messages.js'
import { Reflection, type ReflectionAnswer, ReflectionV1Alpha } from '../../protocols/standard-services/reflection.js'
import { decodeDescriptor } from './descriptor-set.js'

/** What a server says of itself. */
export interface Reflected {
  readonly files: readonly FileDescriptorProto[]
  /** Full names, in the server's order. */
  readonly services: readonly string[]
  /** The version of the service that answered. */
  readonly version: 'v1' | 'v1alpha'
}

/** Wraps a client before it is used, to give calls headers and a deadline. */
export type Prepare = <T extends object>(remote: T) => T

/**
 * The services of a server and the descriptors of their files, by reflection v1, else v1alpha.
 * @throws RpcError `unimplemented` if it has no reflection; `unavailable` if it cannot be reached
 */
export async function reflect(
  target: Target,
  options: ConnectOptions = {},
  prepare: Prepare = remote => remote,
): Promise<Reflected> {
  try {
    return { ...(await reflectBy(Reflection, target, options, prepare)), version: 'v1' }
  } catch (error) {
    if (!(error instanceof RpcError) || error.code !== Code.unimplemented) throw error
    return { ...(await reflectBy(ReflectionV1Alpha, target, options, prepare)), version: 'v1alpha' }
  }
}

async function reflectBy(
  type: typeof Reflection,
  target: Target,
  options: ConnectOptions,
  prepare: Prepare,
): Promise<Omit<Reflected, 'version'>> {
  const remote = connect(type, target, { limits: { messageBytes: 64 * 1024 * 1024 }, ...options })
  try {
    const asker = new Asker(prepare(remote))
    const listed = await asker.ask({ case: 'list_services', value: '' })
    if (listed.case !== 'list_services_response')
      throw new RpcError('reflection answered a list with something else', Code.internal)
    const services = listed.value.service.map(({ name }) => name)
    for (const symbol of services) await asker.collect({ case: 'file_containing_symbol', value: symbol })
    return { files: [...asker.files.values()], services }
  } finally {
    await disconnect(remote)
  }
}

type Question = NonNullable<ServerReflectionRequest['messageRequest']>

class Asker {
  /** By name. */
  readonly files = new Map<string, FileDescriptorProto>()

  constructor(private readonly remote: Reflection) {}

  async ask(question: Question): Promise<ReflectionAnswer> {
    const request = Object.assign(new ServerReflectionRequest(), { messageRequest: question })
    for await (const { messageResponse: answer } of this.remote.serverReflectionInfo(once(request))) {
      if (answer?.case === 'error_response')
        throw new RpcError(`reflection: ${answer.value.errorMessage}`, answer.value.errorCode as Code)
      if (answer !== undefined) return answer
    }
    throw new RpcError('reflection gave no answer', Code.internal)
  }

  /** Adds the files of an answer, and those that they import. A server may leave out what it thinks was sent before. */
  async collect(question: Question): Promise<void> {
    const answer = await this.ask(question)
    if (answer.case !== 'file_descriptor_response') return
    const found = answer.value.fileDescriptorProto.map(decodeDescriptor).filter(({ name }) => !this.files.has(name))
    for (const file of found) this.files.set(file.name, file)
    for (const file of found)
      for (const name of file.dependency)
        if (!this.files.has(name)) await this.collect({ case: 'file_by_filename', value: name })
  }
}

async function* once<T>(value: T): AsyncIterable<T> {
  yield value
}
