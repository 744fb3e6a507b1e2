import {
  type Call,
  Context,
  Field,
  int32,
  Message,
  Method,
  RpcError,
  Service,
  streamOf,
  string,
  Throws,
} from '../../../src/index.js'

@Message('bench.SoakText')
export class Text {
  @Field(1, string) text = ''
}

@Message('bench.SoakCount')
export class Count {
  @Field(1, int32) count = 0
}

@Message('bench.Busy', { code: 'resource_exhausted' })
export class Busy extends RpcError {
  @Field(1, int32) queue = 0
}

@Service('bench.Soak')
export class Soak {
  @Method(() => Text)
  async say(request: Text): Promise<Text> {
    return request
  }

  @Method(() => Text)
  @Throws(Busy)
  async refuse(_request: Text): Promise<Text> {
    throw Object.assign(new Busy('busy'), { queue: 7 })
  }

  /** Replies after a second, by when its caller has given up. Thrift and Avro cannot tell a server that a caller has. */
  @Method(() => Text)
  wait(request: Text, @Context() call?: Call): Promise<Text> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, 1000, request)
      call?.onCancel(reason => {
        clearTimeout(timer)
        reject(reason)
      })
    })
  }
}

/** Apart, since Thrift and Avro have no streams. */
@Service('bench.SoakStreams')
export class SoakStreams {
  @Method({ accepts: Count, returns: streamOf(Text) })
  async *count({ count }: Count): AsyncIterable<Text> {
    for (let n = 0; n < count; n++) yield { text: String(n) }
  }
}
