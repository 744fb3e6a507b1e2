import type { Duplex } from 'node:stream'
import { PipelinedBinding } from '../../pipelined/server/binding.js'
import type { Router, ServerBinding, ServerSettings } from '../../protocol.js'
import { beginsZlib, ZlibStream } from '../zlib-stream.js'
import { ThriftConnection } from './connection.js'
import { servingOf } from './dispatch.js'

/** A fifth of the memory that zlib takes by default, since a stranger can open thousands of connections. */
const smallWindow = { windowBits: 13, memLevel: 5 }

export function thriftBinding(router: Router, settings: ServerSettings): ServerBinding {
  return new ThriftBinding(() => {
    const serving = servingOf(router, settings)
    return {
      connect: (socket, closed) => new ThriftConnection(socket, serving, closed),
      *warmUp() {
        // A method has several names.
        for (const method of new Set(serving.methods.values())) yield method?.warmUp()
      },
    }
  })
}

class ThriftBinding extends PipelinedBinding {
  override accept(socket: Duplex, head: Uint8Array): void {
    if (!beginsZlib(head)) {
      super.accept(socket, head)
      return
    }
    socket.unshift(head)
    super.accept(new ZlibStream(socket, smallWindow), none)
  }
}

const none = new Uint8Array(0)
