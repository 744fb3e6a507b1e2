import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import { serviceOf } from '../../src/decorators/read-service.js'
import {
  Arg,
  Field,
  Idempotent,
  int32,
  Message,
  Method,
  Safe,
  Service,
  string,
  Timeout,
  unimplemented,
} from '../../src/index.js'
import { messageSchemaOf } from '../../src/schema/resolve.js'
import type { Class } from '../../src/schema/type.js'
import { pair } from '../../src/testing/pair.js'
import { compiledFolder, compilers, root } from '../support/compile.js'

interface Echo {
  echo(text: string): Promise<string>
}

interface Standard {
  readonly BaseMessage: new () => { id: string }
  readonly BaseService: new () => Echo
  messageOf(base: Class): Class
  serviceOf(base: Class<Echo>): new () => Echo & { more(): Promise<string> }
}

const folder = await compiledFolder()
await compilers.standard.tsc([join(root, 'test/fixtures/standard/inheriting.ts')], folder.path)
const standard = (await import(pathToFileURL(join(folder.path, 'inheriting.js')).href)) as Standard
test.after.always(() => folder.remove())

@Message('mixed.Base')
class LegacyMessage {
  @Field(1, string) id = ''
}

@Service('mixed.Base')
@Timeout('1s')
class LegacyService {
  @Method(string) @Safe() async echo(@Arg(1, 'text', string) _text: string): Promise<string> {
    return unimplemented()
  }
}

function fieldsOf(type: Class): unknown {
  return messageSchemaOf(type)?.fields.map(({ key, number, presence, makeDefault }) => [
    key,
    number,
    presence,
    makeDefault(),
  ])
}

function described(type: Class): unknown {
  const { name, policies, methods } = serviceOf(type)
  const summaries = (of: readonly { readonly summary: string }[]) => of.map(({ summary }) => summary)
  return {
    name,
    policies: summaries(policies),
    methods: methods.map(one => [
      one.path,
      one.idempotency,
      one.input.fields.map(({ name }) => name),
      summaries(one.policies),
    ]),
  }
}

const fields = [
  ['id', 1, 'implicit', ''],
  ['count', 2, 'explicit', 3],
]

test('a message inherits fields from one that was compiled in the other mode', t => {
  @Message('mixed.Heir')
  class Heir extends standard.BaseMessage {
    @Field(2, int32) count = 3
  }
  t.deepEqual(fieldsOf(Heir), fields)
  t.deepEqual(fieldsOf(standard.messageOf(LegacyMessage)), fields)
  t.deepEqual(fieldsOf(standard.messageOf(standard.BaseMessage)), fields)
})

test('a service inherits methods and policies from one that was compiled in the other mode', async t => {
  @Service()
  class Heir extends standard.BaseService {
    @Timeout('2s') override async echo(text: string): Promise<string> {
      return `${text}!`
    }
    @Method(string) async more(): Promise<string> {
      return 'more'
    }
  }
  const expected = {
    name: 'mixed.Base',
    policies: ['timeout(1000 ms)'],
    methods: [
      ['/mixed.Base/Echo', 'safe', ['text'], ['timeout(2000 ms)']],
      ['/mixed.Base/More', 'unknown', [], []],
    ],
  }
  for (const type of [Heir, standard.serviceOf(LegacyService), standard.serviceOf(standard.BaseService)]) {
    t.deepEqual(described(type), expected)
    await using served = await pair(type, type)
    t.is(await served.remote.echo('a'), 'a!')
    t.is(await served.remote.more(), 'more')
  }
})

test('an heir leaves its base of the other mode as it was', t => {
  @Service()
  class Heir extends standard.BaseService {
    @Idempotent() override async echo(text: string): Promise<string> {
      return text
    }
  }
  t.is(serviceOf(Heir).methods[0]?.idempotency, 'idempotent')
  t.is(serviceOf(standard.BaseService).methods[0]?.idempotency, 'safe')
  standard.serviceOf(LegacyService)
  t.deepEqual(described(LegacyService), {
    name: 'mixed.Base',
    policies: ['timeout(1000 ms)'],
    methods: [['/mixed.Base/Echo', 'safe', ['text'], []]],
  })
})

test('a legacy decorator that is called by hand adds to a class with standard ones', t => {
  const type = standard.messageOf(standard.BaseMessage)
  Field(7, string)(type.prototype as { late?: string }, 'late')
  t.is(messageSchemaOf(type)?.name, 'mixed.Heir')
  t.deepEqual(
    messageSchemaOf(type)
      ?.fields.map(({ key, number }) => [key, number])
      .sort(),
    [
      ['count', 2],
      ['id', 1],
      ['late', 7],
    ],
  )
})
