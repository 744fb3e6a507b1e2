import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { contractOfModels } from '../../src/idl/check/snapshot.js'
import type { Contract } from '../../src/idl/format.js'
import { lockOf } from '../../src/idl/lock/write.js'
import { contractOf } from '../../src/idl/module-contract.js'
import { openapi } from '../../src/idl/openapi/write.js'
import { readSources } from '../../src/idl/read-source.js'
import {
  bool,
  Field,
  int32,
  int64,
  type JsonValue,
  listOf,
  listValue,
  Message,
  Method,
  mapOf,
  optional,
  Service,
  string,
  value,
} from '../../src/index.js'
import { routeOf } from '../../src/schema/http-rule.js'
import * as described from '../fixtures/described.js'
import * as hello from '../fixtures/hello.js'
import * as known from '../fixtures/idl/generated/known/known.js'
import * as names from '../fixtures/idl/generated/names/names.js'
import * as old from '../fixtures/idl/generated/old/old.js'
import * as orders from '../fixtures/idl/generated/shop/v1/orders.js'
import * as vault from '../fixtures/idl/generated/vault.js'
import * as wide from '../fixtures/idl/generated/wide.js'
import * as zoo from '../fixtures/idl/generated/zoo.js'
import * as library from '../fixtures/library.js'
import * as shop from '../fixtures/shop.js'

/** What the format describes: streams have a path only as routes, and maps have keys that are text. */
function describable({ services, messages, ...rest }: Contract): Contract {
  const isWritten = (contract: Contract) => {
    try {
      return openapi.write(contract).length === 1
    } catch {
      return false
    }
  }
  const carried = services.map(one => ({
    ...one,
    methods: one.methods.filter(
      method =>
        openapi.refuses(method) === undefined && isWritten({ services: [{ ...one, methods: [method] }], messages: [] }),
    ),
  }))
  return { ...rest, services: carried, messages: messages.filter(one => isWritten({ services: [], messages: [one] })) }
}

async function imported(t: ExecutionContext, contract: Contract) {
  const folder = await mkdtemp(join(tmpdir(), 'polywire-openapi-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const path = join(folder, 'openapi.json')
  await writeFile(path, openapi.write(contract)[0]?.text ?? '')
  return readSources([path], [])
}

const modules = { described, hello, known, names, old, orders, vault, wide, zoo, library, shop }

for (const [name, module] of Object.entries(modules))
  test(`${name}: the classes of an exported document are those that it was exported from`, async t => {
    const contract = describable(contractOf(module))
    const { files, notes } = await imported(t, contract)
    t.deepEqual(notes, [])
    const enums = new Set(files.flatMap(file => file.enums.map(one => one.name)))
    t.deepEqual(
      contract.enums?.filter(one => !enums.has(one.name ?? '')),
      [],
    )
    t.deepEqual(lockOf(contractOfModels(files)), lockOf(contract))
    const methods = new Map(
      files
        .flatMap(({ services }) => services)
        .flatMap(one => one.methods.map(method => [`${one.name}/${method.name}`, method])),
    )
    for (const { name: service, doc, methods: own } of contract.services) {
      t.is(files.flatMap(({ services }) => services).find(one => one.name === service)?.doc, doc)
      for (const method of own) {
        const found = methods.get(`${service}/${method.name}`)
        t.is(found?.doc, method.doc)
        const routes = method.routes.map(({ verb, template, ...options }) => ({
          route: routeOf({ verb, template }),
          ...options,
        }))
        t.deepEqual(found?.routes, routes, method.name)
      }
    }
  })

test('a required field keeps its initial value', async t => {
  @Message('needed.Needed')
  class Needed {
    @Field(string, { required: true }) name = 'x'
    @Field(string, { required: true }) note = ''
    @Field(listOf(string), { required: true }) tags: string[] = []
    @Field(listOf(value)) any: JsonValue[] = []
    @Field(optional(listValue)) all?: JsonValue[]
  }
  const contract = contractOf({ Needed })
  t.deepEqual(lockOf(contractOfModels((await imported(t, contract)).files)), lockOf(contract))
})

test('fields keep initial values that are messages, maps or both', async t => {
  @Message('given.Place')
  class Place {
    @Field(string) town = 'Bonn'
    @Field(int32, { name: 'post_code' }) postCode = 0
    @Field(optional(string)) street?: string
  }
  @Message('given.Given')
  class Given {
    @Field(Place) at = Object.assign(new Place(), { postCode: 53_111, street: 'Markt' })
    @Field(Place) home = new Place()
    @Field(mapOf(int32, string)) names = new Map([[-1, 'minus']])
    @Field(mapOf(string, Place)) places = new Map([['here', new Place()]])
    @Field(mapOf(bool, listOf(int64))) counts = new Map([[true, [2n ** 60n]]])
  }
  const contract = contractOf({ Given, Place })
  t.deepEqual(lockOf(contractOfModels((await imported(t, contract)).files)), lockOf(contract))
})

test('arguments of two methods of one name stay apart', async t => {
  @Service('twice.One')
  class One {
    @Method({ args: { count: int32 }, returns: int32 })
    async ping(count: number): Promise<number> {
      return count
    }
  }
  @Service('twice.Two')
  class Two {
    @Method({ args: { name: string }, returns: string })
    async ping(name: string): Promise<string> {
      return name
    }
  }
  const contract = contractOf({ One, Two })
  t.deepEqual(lockOf(contractOfModels((await imported(t, contract)).files)), lockOf(contract))
})
