import {
  Code,
  Field,
  int64,
  Message,
  Method,
  RpcError,
  Safe,
  Service,
  streamOf,
  string,
  Throws,
  unimplemented,
} from '../../../src/web/index.js'

@Message('page.Text')
export class Text {
  @Field(1, string) text = ''
  @Field(2, int64) count = 0n
}

@Message('page.Refused', { code: 'failed_precondition' })
export class Refused extends RpcError {
  @Field(1, string) why = ''
}

/** What a page calls in the test with Chromium. */
@Service('page.Page')
export class Page {
  @Method({ accepts: Text, returns: Text })
  @Safe()
  @Throws(Refused)
  async echo(_request: Text): Promise<Text> {
    return unimplemented()
  }

  @Method({ accepts: Text, returns: streamOf(Text) })
  letters(_request: Text): AsyncIterable<Text> {
    return unimplemented()
  }
}

@Service()
export class PageService extends Page {
  override async echo({ text, count }: Text): Promise<Text> {
    if (text === 'refuse') throw Refused.of('not today', { why: 'closed' })
    if (text === 'hang') await new Promise(() => {})
    return { text, count: count + 1n }
  }

  override async *letters({ text }: Text): AsyncIterable<Text> {
    for (const letter of text) yield { text: letter, count: 1n }
    if (text === 'fail') throw new RpcError('at its end', Code.aborted)
  }
}
